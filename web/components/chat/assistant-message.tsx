import { IconButton } from '@/components/ui/button';
import { RetryIcon } from '@/components/ui/icons';
import type { Decision } from '@/lib/api-types';
import { type ChatMessage, textOf } from '@/lib/chat-message';
import { ApproveAll, type ApproveAllProps } from './approve-all';
import { BranchSwitch } from './branch-switch';
import { CopyButton } from './copy-button';
import { MessageActions } from './message-actions';
import { MessagePart } from './message-part';
import { Sources } from './sources';
import { UsageLine } from './usage-line';

type AssistantMessageProps = {
  message: ChatMessage;
  isLast: boolean;
  isBusy: boolean;
  canSwitch: boolean;
  onDecide: (approvalId: string, decision: Decision) => Promise<void>;
  onApproveAll: ApproveAllProps['onApprove'];
  onRegenerate?: () => void;
  onSwitch: (messageId: string) => void;
};

export function AssistantMessage({
  message,
  isLast,
  isBusy,
  canSwitch,
  onDecide,
  onApproveAll,
  onRegenerate,
  onSwitch,
}: AssistantMessageProps) {
  const text = textOf(message);
  const usage = message.parts.findLast((part) => part.type === 'data-usage');
  const { interrupted, declined, summarised } = message.metadata ?? {};

  return (
    <article
      aria-label="Answer"
      className="reveal-host flex min-w-0 flex-col gap-3"
      data-testid="message-assistant"
    >
      {message.parts.map((part, index) => (
        <MessagePart
          isCurrent={isLast && !interrupted}
          // Parts only ever grow at the end, and a repeated step starts over anyway.
          // biome-ignore lint/suspicious/noArrayIndexKey: positions are stable
          key={index}
          onDecide={onDecide}
          part={part}
        />
      ))}
      <Sources message={message} />
      {isLast && !interrupted && <ApproveAll message={message} onApprove={onApproveAll} />}
      {declined && <p className="text-muted-foreground text-sm">The model declined to answer.</p>}
      {!isBusy && (
        <div className="flex min-h-8 flex-wrap items-center gap-x-3">
          {interrupted && (
            <span className="rounded-full bg-muted px-2.5 py-1 text-muted-foreground text-xs">
              Stopped
            </span>
          )}
          <BranchSwitch disabled={!canSwitch} message={message} onSwitch={onSwitch} />
          <MessageActions className="-ml-2">
            {text !== '' && <CopyButton text={text} />}
            {onRegenerate && (
              <IconButton label="Answer again" onClick={onRegenerate}>
                <RetryIcon />
              </IconButton>
            )}
            {usage && <UsageLine usage={usage.data} />}
          </MessageActions>
        </div>
      )}
      {summarised && (
        <p className="flex items-center gap-3 text-muted-foreground text-xs before:h-px before:flex-1 before:bg-border after:h-px after:flex-1 after:bg-border">
          Up to here the model works from a summary
        </p>
      )}
    </article>
  );
}
