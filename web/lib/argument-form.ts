import { labelInWords, nameInWords } from './describe-arguments';
import { fromLocal, toLocal } from './zoned-time';

/** What a form reads of a JSON Schema; a tool from elsewhere may say much more. */
export type ArgumentSchema = {
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  description?: string;
  properties?: Record<string, ArgumentSchema>;
  required?: string[];
  items?: ArgumentSchema;
  anyOf?: ArgumentSchema[];
};

export type FieldKind =
  | 'text'
  | 'number'
  | 'boolean'
  | 'date'
  | 'moment'
  | 'choice'
  | 'lines'
  | 'json';

/** One argument as a form holds it. */
export type ArgumentField = {
  name: string;
  label: string;
  kind: FieldKind;
  hint?: string;
  /** What can be chosen. */
  options: string[];
  /** What an emptied field means: nothing at all, `null`, or a mistake. */
  empty: 'absent' | 'null' | 'refused';
  /** What the field holds at first; unchanged text gives back the very same value. */
  text: string;
  /** `undefined` if the call does not say it. */
  original: unknown;
};

export type EditedArguments =
  | { values: Record<string, unknown> }
  | { problems: Record<string, string> };

type Plain = { schema: ArgumentSchema; type: string | undefined; isNullable: boolean };

/** A schema without the part of it that only says "or null". */
function plain(schema: ArgumentSchema): Plain {
  const others = schema.anyOf?.filter(({ type }) => type !== 'null');
  if (others?.length === 1 && others[0]) {
    const isNullable = others.length < (schema.anyOf?.length ?? 0);
    const inner = plain({ description: schema.description, ...others[0] });
    return { ...inner, isNullable: isNullable || inner.isNullable };
  }
  const types = [schema.type ?? []].flat();
  const [type, ...more] = types.filter((name) => name !== 'null');
  return {
    schema,
    type: more.length === 0 ? type : undefined,
    isNullable: types.includes('null'),
  };
}

const isText = (value: unknown): value is string => typeof value === 'string';

function kindOf({ schema, type }: Plain, value: unknown): FieldKind {
  switch (type) {
    case 'boolean':
      return 'boolean';
    case 'number':
    case 'integer':
      return 'number';
    case 'array':
      return schema.items && plain(schema.items).type === 'string' ? 'lines' : 'json';
    case 'string':
      if (schema.enum) return 'choice';
      if (schema.format === 'date') return 'date';
      return schema.format === 'date-time' ? 'moment' : 'text';
    default:
      return type === undefined && isText(value) ? 'text' : 'json';
  }
}

function textOf(value: unknown, kind: FieldKind, timeZone: string): string {
  if (value === null || value === undefined) return '';
  if (kind === 'json') return JSON.stringify(value, null, 2);
  if (kind === 'lines' && Array.isArray(value)) return value.join('\n');
  return kind === 'moment' ? toLocal(String(value), timeZone) : String(value);
}

/** The fields in which a person can edit a call's arguments; null if they are no object. */
export function argumentFields(
  input: unknown,
  { properties = {}, required = [] }: ArgumentSchema,
  timeZone: string,
): ArgumentField[] | null {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return null;
  const given = new Map(Object.entries(input));
  const known = new Map(Object.entries(properties));
  const names = [...given.keys(), ...[...known.keys()].filter((name) => !given.has(name))];
  const labels = names.map(labelInWords);
  return names.map((name, place) => {
    const original = given.get(name);
    const shape = plain(known.get(name) ?? {});
    const kind = kindOf(shape, original);
    const label = labelInWords(name);
    // Two names may read the same; then a field that is only offered says which one it is.
    const isTaken = labels.some((other, at) => other === label && at !== place);
    return {
      name,
      label: isTaken && !given.has(name) ? nameInWords(name) : label,
      kind,
      hint: shape.schema.description,
      options: shape.schema.enum?.filter(isText) ?? [],
      empty: required.includes(name) ? 'refused' : shape.isNullable ? 'null' : 'absent',
      text: textOf(original, kind, timeZone),
      original,
    };
  });
}

function typedValue({ kind, empty }: ArgumentField, text: string, timeZone: string): unknown {
  if (text === '' && kind !== 'text' && kind !== 'lines' && empty !== 'refused') {
    return empty === 'null' ? null : undefined;
  }
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
    case 'moment': {
      if (Number.isNaN(Date.parse(`${text}Z`))) throw new Error('Enter a day and a time.');
      return fromLocal(text, timeZone);
    }
    case 'date':
      if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) throw new Error('Enter a day.');
      return text;
    case 'lines':
      return text.split('\n').filter((line) => line.trim() !== '');
    case 'choice':
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
      if (value !== undefined) values.push([field.name, value]);
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
