import { expect, test } from 'vitest';
import { branchPlace, shownHead } from './branches';
import type { ChatMessage } from './chat-message';

const message = (id: string, metadata: ChatMessage['metadata']): ChatMessage => ({
  id,
  role: 'user',
  parts: [],
  metadata,
});

test('a message knows its neighbours among its versions', () => {
  const siblings = ['a', 'b', 'c'];
  expect(branchPlace(message('client', { id: 'b', siblings }))).toEqual({
    place: 2,
    count: 3,
    previous: 'a',
    next: 'c',
  });
  expect(branchPlace(message('a', { siblings }))).toMatchObject({ place: 1, previous: undefined });
});

test('the only version offers no switching', () => {
  expect(branchPlace(message('a', { siblings: ['a'] }))).toBeNull();
  expect(branchPlace(message('a', {}))).toBeNull();
  expect(branchPlace(message('x', { siblings: ['a', 'b'] }))).toBeNull();
});

test('the head is known by the server’s id', () => {
  expect(shownHead([message('client', { id: 'server' })])).toBe('server');
  expect(shownHead([message('streamed', {})])).toBe('streamed');
  expect(shownHead([])).toBeNull();
});
