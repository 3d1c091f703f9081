import type { Effect } from './api-types';
import type { ToolPart } from './chat-message';
import { showHiddenCharacters } from './control-characters';

/** `create_task` becomes "Create task", `asana__create_task` "Asana: create task". */
export function toolInWords(name: string, title?: string | null): string {
  if (title) return showHiddenCharacters(title);
  const words = (text: string) =>
    showHiddenCharacters(text)
      .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
      .replace(/[_-]+/g, ' ')
      .trim()
      .toLowerCase();
  const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
  const divide = name.indexOf('__');
  if (divide <= 0) return capital(words(name)) || name;
  return `${capital(words(name.slice(0, divide)))}: ${words(name.slice(divide + 2))}`;
}

const EFFECTS: Record<Effect, string> = {
  read: 'Only reads',
  write: 'Changes your data',
  destructive: 'Deletes or overwrites',
  outward: 'Visible outside Smithers',
};

export function effectInWords(effect: Effect | undefined): string | null {
  return (effect && EFFECTS[effect]) ?? null;
}

export type ToolTone = 'busy' | 'attention' | 'good' | 'bad' | 'quiet';
export type ToolStatus = { words: string; tone: ToolTone };

// How a call ended without a result of its own is told apart only by how the
// server's text begins.
function lapsedStatus(text: string): ToolStatus | null {
  if (text.startsWith('This call was superseded')) return { words: 'Withdrawn', tone: 'quiet' };
  if (text.startsWith('This call expired')) return { words: 'Expired', tone: 'quiet' };
  if (text.startsWith('This call was started')) {
    return { words: 'May have happened', tone: 'attention' };
  }
  return null;
}

function settledStatus(part: ToolPart): ToolStatus | null {
  switch (part.state) {
    case 'output-available':
      return { words: 'Done', tone: 'good' };
    case 'output-error':
      return lapsedStatus(part.errorText) ?? { words: 'Failed', tone: 'bad' };
    case 'output-denied':
      return { words: 'Denied', tone: 'quiet' };
    case 'approval-responded':
      return part.approval.approved ? null : { words: 'Denied', tone: 'quiet' };
    case 'input-streaming':
    case 'input-available':
    case 'approval-requested':
      return null;
  }
}

const UNSETTLED = {
  'input-streaming': [
    { words: 'Preparing', tone: 'busy' },
    { words: 'Not run', tone: 'quiet' },
  ],
  'input-available': [
    { words: 'Running', tone: 'busy' },
    { words: 'Interrupted', tone: 'quiet' },
  ],
  'approval-requested': [
    { words: 'Needs your approval', tone: 'attention' },
    { words: 'Withdrawn', tone: 'quiet' },
  ],
  'approval-responded': [
    { words: 'Approved, running', tone: 'busy' },
    { words: 'Interrupted', tone: 'quiet' },
  ],
} satisfies Record<string, [ToolStatus, ToolStatus]>;

/** What to say about a call; `isCurrent` is false once its turn can no longer go on. */
export function toolStatus(part: ToolPart, isCurrent: boolean): ToolStatus {
  const settled = settledStatus(part);
  if (settled) return settled;
  const [current, past] = UNSETTLED[part.state as keyof typeof UNSETTLED];
  return isCurrent ? current : past;
}
