import type { LoggedDecision, PermissionMode, Rule, Verdict } from './api-types';

export const MODES: Array<{ mode: PermissionMode; name: string; means: string }> = [
  {
    mode: 'default',
    name: 'Ask first',
    means: 'Reading and what one click undoes run by themselves; every other change asks.',
  },
  {
    mode: 'acceptEdits',
    name: 'Accept edits',
    means: 'Changes to your own tasks and meetings that can be undone also run by themselves.',
  },
  { mode: 'plan', name: 'Plan only', means: 'Nothing is changed.' },
  {
    mode: 'dontAsk',
    name: 'Do not ask',
    means: 'What no rule allows is refused without a question.',
  },
  {
    mode: 'bypassPermissions',
    name: 'Bypass permissions',
    means: 'Everything runs without a question. An administrator must have enabled it.',
  },
];

export const VERDICTS: Record<Verdict, string> = {
  allow: 'Always allow',
  ask: 'Always ask',
  deny: 'Always refuse',
};

/** The limits of a rule in words: "/channel is #general". */
export function limitsInWords({ when, conversationId }: Rule): string | null {
  const limits = Object.entries(when ?? {}).map(([pointer, value]) => `${pointer} is ${value}`);
  if (conversationId) limits.push('in one conversation');
  return limits.length > 0
    ? `Only if ${limits.join(' and ')}`.replace('Only if in', 'Only in')
    : null;
}

const DECIDERS: Record<LoggedDecision['by']['kind'], string> = {
  user: 'by you',
  rule: 'by a rule of yours',
  mode: 'by your mode',
  admin: 'by an administrator’s rule',
  taint: 'because outside text was read',
  expiry: 'because nobody answered in time',
};

export function decisionInWords({ verdict, by }: LoggedDecision): string {
  const words: Record<Verdict, string> = { allow: 'Allowed', ask: 'Asked', deny: 'Refused' };
  return `${words[verdict]} ${DECIDERS[by.kind]}`;
}
