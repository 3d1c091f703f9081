import { showHiddenCharacters } from './control-characters';
import { dateInWords, type Locale } from './dates';

/** One argument in words: a value, or a group of further lines. */
export type ArgumentLine =
  | { label: string; text: string; exact?: string }
  | { label: string; lines: ArgumentLine[] };

const NAMES: Record<string, string> = {
  dueOn: 'Due',
  dueAt: 'Due',
  startsAt: 'Starts',
  endsAt: 'Ends',
  createdAt: 'Created',
  updatedAt: 'Updated',
  timezone: 'Time zone',
  allDay: 'All day',
};

const DEEPEST = 4;

export function labelInWords(name: string): string {
  const known = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  return known ?? nameInWords(name);
}

/** `externalUrl` and `external_url` become "External URL". */
export function nameInWords(name: string): string {
  const words = showHiddenCharacters(name)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[_\-\s]+/g, ' ')
    .trim()
    .toLowerCase()
    .replace(/\b(id|ids|url|uri|api)\b/g, (word) => word.toUpperCase().replace('IDS', 'IDs'));
  return words === '' ? name : words.charAt(0).toUpperCase() + words.slice(1);
}

function scalarInWords(value: unknown, locale: Locale): { text: string; exact?: string } | null {
  if (value === null || value === undefined) return { text: 'none' };
  if (typeof value === 'boolean') return { text: value ? 'yes' : 'no' };
  if (typeof value === 'number') return { text: String(value) };
  if (typeof value !== 'string') return null;
  if (value === '') return { text: 'empty' };
  const date = dateInWords(value, locale);
  return date ? { text: date, exact: value } : { text: showHiddenCharacters(value) };
}

function describeValue(label: string, value: unknown, locale: Locale, depth: number): ArgumentLine {
  const scalar = scalarInWords(value, locale);
  if (scalar) return { label, ...scalar };
  if (depth >= DEEPEST) return { label, text: exactData(value) };
  if (Array.isArray(value)) {
    if (value.length === 0) return { label, text: 'none' };
    const lines = value.map((entry, index) =>
      describeValue(String(index + 1), entry, locale, depth + 1),
    );
    const plain = lines.every((line) => 'text' in line && !/[\n,]/.test(line.text));
    return plain
      ? { label, text: lines.map((line) => ('text' in line ? line.text : '')).join(', ') }
      : { label, lines };
  }
  const lines = describeFields(value as object, locale, depth + 1);
  return lines.length === 0 ? { label, text: 'none' } : { label, lines };
}

function describeFields(value: object, locale: Locale, depth: number): ArgumentLine[] {
  return Object.entries(value).map(([name, entry]) =>
    describeValue(labelInWords(name), entry, locale, depth),
  );
}

/** A tool's arguments (or a structured result) as labelled lines a person can check. */
export function describeArguments(input: unknown, locale: Locale): ArgumentLine[] {
  if (input === null || input === undefined) return [];
  if (typeof input === 'object' && !Array.isArray(input)) return describeFields(input, locale, 0);
  return [describeValue('Value', input, locale, 0)];
}

/** The data as JSON, with nothing invisible left in it. */
export function exactData(value: unknown): string {
  return showHiddenCharacters(JSON.stringify(value, null, 2) ?? 'none');
}
