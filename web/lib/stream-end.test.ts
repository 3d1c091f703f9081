import { expect, test } from 'vitest';
import { judgeEnd, pauseAfter, type StreamRecord } from './stream-end';

const judge = (seen: Partial<StreamRecord>) =>
  judgeEnd({ isResume: false, report: null, finish: null, error: null, ...seen });
const refusal = (statusCode: number) =>
  Object.assign(new Error('x'), { statusCode, responseBody: '{"code":"turn_active"}' });
const end = { isAbort: false, isDisconnect: false };

test('only a finish reason proves that a turn ended', () => {
  expect(judge({ finish: { ...end, finishReason: 'stop' } })).toEqual({
    kind: 'finished',
    reason: 'stop',
  });
  expect(judge({ finish: end }).kind).toBe('cut');
});

test('lost connections are taken up again, whenever they happen', () => {
  const error = new TypeError('Failed to fetch');
  expect(judge({ error, finish: { ...end, isDisconnect: true } }).kind).toBe('cut');
  expect(judge({ isResume: true, error }).kind).toBe('cut');
  expect(judge({ isResume: true, error: refusal(503) }).kind).toBe('cut');
});

test('a refused request is told from a turn that failed', () => {
  expect(judge({ error: refusal(409), finish: end })).toMatchObject({
    kind: 'refused',
    error: { code: 'turn_active' },
  });
  expect(judge({ isResume: true, error: refusal(401) }).kind).toBe('signed-out');
  expect(
    judge({ report: { kind: 'accepted' }, error: new Error('Overloaded'), finish: end }),
  ).toEqual({ kind: 'failed', text: 'Overloaded' });
});

test("the SDK's own messages, which quote payloads, are not shown", () => {
  const error = Object.assign(new Error('Value: {"secret":1}'), { name: 'AI_TypeValidationError' });
  expect(judge({ error, finish: end })).toEqual({
    kind: 'failed',
    text: 'The answer could not be read.',
  });
});

test('nothing to resume and leaving the page are ends of their own', () => {
  expect(judge({ isResume: true, report: { kind: 'nothing-to-resume' } }).kind).toBe(
    'nothing-to-resume',
  );
  expect(judge({ finish: { ...end, isAbort: true } }).kind).toBe('aborted');
});

test('pauses grow, up to a limit', () => {
  expect([1, 2, 3, 20].map(pauseAfter)).toEqual([500, 1000, 2000, 15_000]);
});
