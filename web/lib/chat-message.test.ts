import { expect, test } from 'vitest';
import { type ChatMessage, containsSent, looksUnfinished, markLast } from './chat-message';

const own = (id: string, text: string): ChatMessage => ({
  id,
  role: 'user',
  parts: [{ type: 'text', text }],
});
const answer = (...parts: ChatMessage['parts']): ChatMessage => ({
  id: 'a',
  role: 'assistant',
  parts,
});
const tool = (state: string) =>
  ({ type: 'dynamic-tool', toolName: 't', toolCallId: 'c', state }) as ChatMessage['parts'][number];

test('only an answer that came to its end counts as finished', () => {
  expect(looksUnfinished([])).toBe(false);
  expect(looksUnfinished([own('1', 'hi')])).toBe(true);
  expect(looksUnfinished([answer({ type: 'text', text: 'hello' })])).toBe(false);
  expect(looksUnfinished([answer({ type: 'text', text: 'he', state: 'streaming' })])).toBe(true);
  expect(looksUnfinished([answer(tool('output-available'))])).toBe(true);
  expect(looksUnfinished([answer(tool('approval-requested'))])).toBe(false);
});

test('a sent message is recognised by its id, an edit by being the last', () => {
  const stored = [own('1', 'first'), answer(), own('server-id', 'edited')];
  expect(containsSent(stored, { messageId: '1', text: 'first' })).toBe(true);
  expect(containsSent(stored, { messageId: '3', text: 'edited' })).toBe(true);
  expect(containsSent(stored, { messageId: '1', text: 'other words' })).toBe(false);
  expect(containsSent([], { messageId: '1', text: 'first' })).toBe(false);
});

test('marks go to an answer, never to a question', () => {
  expect(markLast([own('1', 'hi')], { interrupted: true })[0]?.metadata).toBeUndefined();
  expect(markLast([answer()], { interrupted: true })[0]?.metadata).toEqual({ interrupted: true });
});
