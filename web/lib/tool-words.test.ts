import { expect, test } from 'vitest';
import type { ToolPart } from './chat-message';
import { toolInWords, toolStatus } from './tool-words';

const part = (rest: object) =>
  ({ type: 'dynamic-tool', toolName: 't', toolCallId: 'c', input: {}, ...rest }) as ToolPart;

test('tool names become words', () => {
  expect(toolInWords('create_task')).toBe('Create task');
  expect(toolInWords('asana__createTask')).toBe('Asana: create task');
  expect(toolInWords('x', 'Nice\u202E title')).toBe('Nice⟨U+202E⟩ title');
});

test('an open question lapses once a newer message followed', () => {
  const open = part({ state: 'approval-requested', approval: { id: 'a' } });
  expect(toolStatus(open, true).words).toBe('Needs your approval');
  expect(toolStatus(open, false).words).toBe('Withdrawn');
});

test('calls that never ran are told from calls that failed', () => {
  const failed = (errorText: string) =>
    toolStatus(part({ state: 'output-error', errorText }), false);
  expect(failed('This call was superseded: the person went on.').words).toBe('Withdrawn');
  expect(failed('This call expired: nobody decided in time.').words).toBe('Expired');
  expect(failed('This call was started and its outcome is unknown: check.').words).toBe(
    'May have happened',
  );
  expect(failed('The token expired').words).toBe('Failed');
  expect(failed('No such channel')).toEqual({ words: 'Failed', tone: 'bad' });
  const denied = part({ state: 'output-denied', approval: { id: 'a', approved: false } });
  expect(toolStatus(denied, true).words).toBe('Denied');
});
