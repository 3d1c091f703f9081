import { labelInWords } from './describe-arguments';
import { fromLocal, toLocal } from './zoned-time';

export type FieldKind = 'text' | 'number' | 'boolean' | 'date' | 'moment' | 'json';

/** One argument as a form holds it. */
export type ArgumentField = {
  name: string;
  label: string;
  kind: FieldKind;
  /** What the field holds at first; unchanged text gives back the very same value. */
  text: string;
  original: unknown;
};

export type EditedArguments =
  | { values: Record<string, unknown> }
  | { problems: Record<string, string> };

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

function isDate(text: string): boolean {
  return !Number.isNaN(Date.parse(text));
}

function kindOf(value: unknown): FieldKind {
  if (typeof value === 'number' || typeof value === 'boolean') return typeof value as FieldKind;
  if (typeof value === 'object' && value !== null) return 'json';
  if (typeof value !== 'string' || !isDate(value)) return 'text';
  if (DAY.test(value)) return 'date';
  return MOMENT.test(value) ? 'moment' : 'text';
}

function textOf(value: unknown, kind: FieldKind, timeZone: string): string {
  if (kind === 'json') return JSON.stringify(value, null, 2);
  if (kind === 'moment') return toLocal(String(value), timeZone);
  return value === null ? '' : String(value);
}

/** The fields in which a person can edit a call's arguments; null if they are no object. */
export function argumentFields(input: unknown, timeZone: string): ArgumentField[] | null {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return null;
  return Object.entries(input).map(([name, original]) => {
    const kind = kindOf(original);
    return {
      name,
      label: labelInWords(name),
      kind,
      text: textOf(original, kind, timeZone),
      original,
    };
  });
}

function typedValue({ kind }: ArgumentField, text: string, timeZone: string): unknown {
  switch (kind) {
    case 'boolean':
      return text === 'true';
    case 'number': {
      const number = Number(text);
      if (text.trim() === '' || !Number.isFinite(number)) throw new Error('Enter a number.');
      return number;
    }
    case 'json':
      try {
        return JSON.parse(text);
      } catch {
        throw new Error('This is not valid JSON.');
      }
    case 'moment':
      if (!isDate(`${text}Z`)) throw new Error('Enter a day and a time.');
      return fromLocal(text, timeZone);
    case 'date':
      if (!DAY.test(text)) throw new Error('Enter a day.');
      return text;
    case 'text':
      return text;
  }
}

/** The arguments with a person's changes, or what is wrong with them by the field's name. */
export function editedArguments(
  fields: ArgumentField[],
  texts: Record<string, string>,
  timeZone: string,
): EditedArguments {
  const values: Array<[string, unknown]> = [];
  const problems: Array<[string, string]> = [];
  for (const field of fields) {
    const typed = Object.hasOwn(texts, field.name) ? texts[field.name] : undefined;
    const text = typed ?? field.text;
    try {
      const value = text === field.text ? field.original : typedValue(field, text, timeZone);
      values.push([field.name, value]);
    } catch (error) {
      problems.push([field.name, error instanceof Error ? error.message : String(error)]);
    }
  }
  if (problems.length > 0) return { problems: Object.fromEntries(problems) };
  return { values: Object.fromEntries(values) };
}

/** The server's complaints by the argument that they are about; `''` holds those about none. */
export function problemsByArgument(
  fields: ReadonlyArray<{ field: string; problem: string }>,
  names: string[],
): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const { field, problem } of fields) {
    const [, step = ''] = /^\/arguments\/([^/]*)/.exec(field) ?? [];
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    const place = names.includes(name) ? name : '';
    const words = place === '' && name !== '' ? `${labelInWords(name)}: ${problem}` : problem;
    problems[place] = problems[place] ? `${problems[place]} ${words}` : words;
  }
  return problems;
}
