import type { Conversation, Page } from './api-types';

/** Conversations are known by the server's id and by the one the browser made. */
export function sameConversation(
  conversation: Pick<Conversation, 'id' | 'clientId'>,
  id: string | null,
): boolean {
  return id !== null && (conversation.id === id || conversation.clientId === id);
}

/** The id used in addresses, so that a chat keeps the one it began with. */
export function addressId(conversation: Pick<Conversation, 'id' | 'clientId'>): string {
  return conversation.clientId ?? conversation.id;
}

/**
 * Puts a fresh first page over a longer list. Older entries that were loaded
 * before stay; entries that should have been on the fresh page but are not were
 * deleted or moved, and go.
 */
export function mergeFirstPage(
  known: Conversation[] | null,
  cursor: string | null,
  page: Page<Conversation>,
): { items: Conversation[]; cursor: string | null } {
  const oldest = page.items.at(-1);
  if (!known || !oldest || page.nextCursor === null) {
    return { items: page.items, cursor: page.nextCursor };
  }
  const fresh = new Set(page.items.map((item) => item.id));
  const older = known.filter(
    (item) => !fresh.has(item.id) && !item.pinned && item.updatedAt < oldest.updatedAt,
  );
  if (older.length === 0) return { items: page.items, cursor: page.nextCursor };
  return { items: [...page.items, ...older], cursor };
}
