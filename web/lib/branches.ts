import type { ChatMessage } from './chat-message';

export type BranchPlace = { place: number; count: number; previous?: string; next?: string };

/** Where a message stands among the versions of itself; null if it is the only one. */
export function branchPlace({ id, metadata }: ChatMessage): BranchPlace | null {
  const siblings = metadata?.siblings ?? [];
  const index = siblings.indexOf(metadata?.id ?? id);
  if (siblings.length < 2 || index < 0) return null;
  return {
    place: index + 1,
    count: siblings.length,
    previous: siblings[index - 1],
    next: siblings[index + 1],
  };
}

/** The server's id of the newest message that is shown. */
export function shownHead(messages: ChatMessage[]): string | null {
  const last = messages.at(-1);
  return last?.metadata?.id ?? last?.id ?? null;
}
