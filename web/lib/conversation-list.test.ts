import { expect, test } from 'vitest';
import type { Conversation } from './api-types';
import { addressId, mergeFirstPage, sameConversation } from './conversation-list';

const item = (id: string, hour: number): Conversation => ({
  id,
  clientId: null,
  title: id,
  preview: '',
  updatedAt: `2026-11-25T${String(hour).padStart(2, '0')}:00:00Z`,
  pinned: false,
  archived: false,
  status: 'idle',
  headId: null,
  model: null,
});
const ids = (list: { items: Conversation[] }) => list.items.map((entry) => entry.id);

test('a fresh first page keeps what was loaded below it', () => {
  const known = [item('b', 10), item('c', 9), item('d', 8), item('e', 7)];
  const page = { items: [item('a', 11), item('b', 10), item('c', 9)], nextCursor: 'after-c' };
  const merged = mergeFirstPage(known, 'after-e', page);
  expect(ids(merged)).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(merged.cursor).toBe('after-e');
});

test('what was deleted elsewhere goes', () => {
  const known = [item('a', 11), item('gone', 10), item('b', 9), item('c', 8)];
  const page = { items: [item('a', 11), item('b', 9)], nextCursor: 'after-b' };
  expect(ids(mergeFirstPage(known, 'after-c', page))).toEqual(['a', 'b', 'c']);
  expect(ids(mergeFirstPage(known, null, { items: [item('a', 11)], nextCursor: null }))).toEqual([
    'a',
  ]);
});

test('a conversation is known by both of its ids', () => {
  const chat = { id: 'server', clientId: 'client' };
  expect(sameConversation(chat, 'client') && sameConversation(chat, 'server')).toBe(true);
  expect(sameConversation(chat, null)).toBe(false);
  expect(addressId(chat)).toBe('client');
});
