import { Banner } from '@/components/ui/banner';
import type { Decision } from '@/lib/api-types';
import type { ChatPart, Notice } from '@/lib/chat-message';
import { Markdown } from './markdown';
import { Reasoning } from './reasoning';
import { ToolCard } from './tool-card';

function noticeTone(notice: Notice): 'info' | 'warning' | 'error' {
  if (notice.level === 'error') return 'error';
  return notice.level === 'warning' || notice.level === 'warn' ? 'warning' : 'info';
}

type MessagePartProps = {
  part: ChatPart;
  isCurrent: boolean;
  onDecide: (approvalId: string, decision: Decision) => Promise<void>;
};

export function MessagePart({ part, isCurrent, onDecide }: MessagePartProps) {
  switch (part.type) {
    case 'text':
      return part.text === '' ? null : <Markdown text={part.text} />;
    case 'reasoning':
      return <Reasoning isThinking={part.state === 'streaming' && isCurrent} text={part.text} />;
    case 'dynamic-tool':
      return <ToolCard isCurrent={isCurrent} onDecide={onDecide} part={part} />;
    case 'data-notice':
      return <Banner tone={noticeTone(part.data)}>{part.data.text}</Banner>;
    default:
      return null;
  }
}
