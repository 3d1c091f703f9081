import { expect, test } from 'vitest';
import { decisionInWords, limitsInWords } from './permissions';

test('a rule says what it is limited to', () => {
  const rule = { verdict: 'allow', tool: 'slack__send' } as const;
  expect(limitsInWords(rule)).toBeNull();
  expect(limitsInWords({ ...rule, when: {} })).toBeNull();
  expect(limitsInWords({ ...rule, when: { '/channel': '#team' } })).toBe(
    'Only if /channel is #team',
  );
  expect(limitsInWords({ ...rule, conversationId: 'c' })).toBe('Only in one conversation');
  expect(limitsInWords({ ...rule, when: { '/a': 'b' }, conversationId: 'c' })).toBe(
    'Only if /a is b and in one conversation',
  );
});

test('a decision says who decided', () => {
  const decision = { id: '', conversationId: '', tool: 'create_task', at: '' };
  expect(decisionInWords({ ...decision, verdict: 'allow', by: { kind: 'user' } })).toBe(
    'Allowed by you',
  );
  expect(decisionInWords({ ...decision, verdict: 'deny', by: { kind: 'expiry' } })).toBe(
    'Refused because nobody answered in time',
  );
});
