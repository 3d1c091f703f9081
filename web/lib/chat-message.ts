import type { DynamicToolUIPart, FileUIPart, UIMessage } from 'ai';
import type { Effect, RememberScope } from './api-types';

export type ChatMetadata = {
  id?: string;
  /** The server's ids of all versions of this message, itself among them. */
  siblings?: string[];
  conversationId?: string;
  turnId?: string;
  userMessageId?: string;
  model?: string;
  interrupted?: boolean;
  /** The model is sent a summary in place of this message and all before it. */
  summarised?: boolean;
  /** Set by this page when a stream ends because the model declined. */
  declined?: boolean;
};

export type Usage = {
  inputTokens?: number;
  cacheReadTokens?: number;
  cacheWriteTokens?: number;
  outputTokens?: number;
  costUsd?: number | null;
};

export type Notice = { level?: string; code?: string; text: string };

export type ChatData = {
  conversation: { id: string; title: string };
  usage: Usage;
  notice: Notice;
};

export type ChatMessage = UIMessage<ChatMetadata, ChatData>;
export type ChatPart = ChatMessage['parts'][number];
export type ToolPart = DynamicToolUIPart;
export type FilePart = FileUIPart;

export type ApprovalDescriptor = {
  digest?: string;
  expiresAt?: string;
  effect?: Effect;
  rememberable: boolean;
  rememberScope?: RememberScope;
  summary?: string;
  because?: string;
};

export function textOf(message: ChatMessage): string {
  return message.parts
    .flatMap((part) => (part.type === 'text' && part.text !== '' ? [part.text] : []))
    .join('\n\n');
}

export function filesOf(message: ChatMessage): FilePart[] {
  return message.parts.filter((part) => part.type === 'file');
}

function recordOf(value: unknown): Record<string, unknown> {
  return (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
}

function readScope(value: unknown): RememberScope | undefined {
  const scope = Object.entries(recordOf(value)).map(([pointer, text]) => [pointer, String(text)]);
  return scope.length > 0 ? Object.fromEntries(scope) : undefined;
}

export function readDescriptor(value: unknown): ApprovalDescriptor {
  const record = recordOf(value);
  const words = (name: string) => {
    const found = record[name];
    return typeof found === 'string' ? found : undefined;
  };
  return {
    digest: words('digest'),
    expiresAt: words('expiresAt'),
    effect: words('effect') as Effect | undefined,
    rememberable: record.rememberable === true,
    rememberScope: readScope(record.rememberScope),
    summary: words('summary'),
    because: words('because'),
  };
}

/** The open questions of a message, as calls that wait for an answer. */
export function openQuestions(message: ChatMessage) {
  return message.parts.flatMap((part) =>
    part.type === 'dynamic-tool' && part.state === 'approval-requested' ? [part.approval] : [],
  );
}

export function awaitsApproval(message: ChatMessage | undefined): boolean {
  return message?.role === 'assistant' && openQuestions(message).length > 0;
}

function isUnderWay(part: ChatPart): boolean {
  if (part.type === 'text' || part.type === 'reasoning') return part.state === 'streaming';
  return (
    part.type === 'dynamic-tool' &&
    (part.state === 'input-streaming' ||
      part.state === 'input-available' ||
      part.state === 'approval-responded')
  );
}

/**
 * Whether messages look as if a turn was still under way when they were read.
 * A turn ends in words, so a tool result in last place counts as unfinished.
 */
export function looksUnfinished(messages: ChatMessage[]): boolean {
  const last = messages.at(-1);
  if (!last) return false;
  if (last.role === 'user') return true;
  if (last.parts.some(isUnderWay)) return true;
  const end = last.parts.findLast((part) => part.type === 'text' || part.type === 'dynamic-tool');
  return end?.type === 'dynamic-tool' && end.state !== 'approval-requested';
}

/** Adds to the metadata of a closing assistant message what only the stream said. */
export function markLast(messages: ChatMessage[], mark: Partial<ChatMetadata>): ChatMessage[] {
  const last = messages.at(-1);
  if (last?.role !== 'assistant') return messages;
  return [...messages.slice(0, -1), { ...last, metadata: { ...last.metadata, ...mark } }];
}

/** Whether the server kept what was sent, judged from the messages it has now. */
export function containsSent(
  messages: ChatMessage[],
  sent: { messageId: string; text: string },
): boolean {
  const lastOwn = messages.findLast((message) => message.role === 'user');
  return messages.some(
    (message) =>
      message.role === 'user' &&
      textOf(message) === sent.text &&
      (message.id === sent.messageId || message === lastOwn),
  );
}
