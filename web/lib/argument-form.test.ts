import { expect, test } from 'vitest';
import {
  type ArgumentSchema,
  argumentFields,
  editedArguments,
  problemsByArgument,
} from './argument-form';

const ZONE = 'Europe/Berlin';
const orNull = (type: string) => ({ type: [type, 'null'] });
const schema: ArgumentSchema = {
  type: 'object',
  required: ['title', 'startsAt'],
  properties: {
    title: { type: 'string', description: 'What it is.' },
    dueOn: { ...orNull('string'), format: 'date' },
    dueAt: { ...orNull('string'), format: 'date-time' },
    startsAt: { type: 'string', format: 'date-time' },
    count: { type: 'integer' },
    urgent: { anyOf: [{ type: 'boolean' }, { type: 'null' }] },
    status: { ...orNull('string'), enum: ['open', 'done', null] },
    people: { type: 'array', items: { type: 'string' } },
    when: { type: 'object', properties: {} },
  },
};
const input = {
  title: 'Offer',
  dueOn: '2026-11-27',
  startsAt: '2026-11-27T08:00:00.000Z',
  count: 2,
  urgent: false,
  people: ['Ada'],
  when: { a: 1 },
  other: '2026-11-27',
};
const fields = argumentFields(input, schema, ZONE) ?? [];
const field = (name: string) => fields.find((one) => one.name === name);

test('each argument gets the field that its schema asks for', () => {
  expect(fields.map(({ name, kind }) => [name, kind])).toEqual([
    ['title', 'text'],
    ['dueOn', 'date'],
    ['startsAt', 'moment'],
    ['count', 'number'],
    ['urgent', 'boolean'],
    ['people', 'lines'],
    ['when', 'json'],
    ['other', 'text'],
    ['dueAt', 'moment'],
    ['status', 'choice'],
  ]);
  expect(field('startsAt')?.text).toBe('2026-11-27T09:00');
  expect(field('status')?.options).toEqual(['open', 'done']);
  expect(field('title')?.hint).toBe('What it is.');
});

test('names that read the same are told apart where one is offered', () => {
  expect([field('dueOn')?.label, field('dueAt')?.label]).toEqual(['Due', 'Due at']);
});

test('what is not touched stays the very same value, and what is absent stays away', () => {
  expect(editedArguments(fields, {}, ZONE)).toEqual({ values: input });
});

test('what is typed gets the type that the schema asks for', () => {
  const texts = {
    title: '',
    dueOn: '',
    dueAt: '2026-07-01T09:00',
    startsAt: '2026-07-01T09:00',
    count: '3',
    urgent: 'true',
    status: 'done',
    people: 'Ada\nBo\n',
    when: '{"a":[1]}',
  };
  expect(editedArguments(fields, texts, ZONE)).toEqual({
    values: {
      title: '',
      dueOn: null,
      dueAt: '2026-07-01T07:00:00Z',
      startsAt: '2026-07-01T07:00:00Z',
      count: 3,
      urgent: true,
      status: 'done',
      people: ['Ada', 'Bo'],
      when: { a: [1] },
      other: '2026-11-27',
    },
  });
});

test('an optional argument that is emptied is left out', () => {
  const edited = editedArguments(fields, { count: '', when: '' }, ZONE);
  expect(Object.keys('values' in edited ? edited.values : {})).toEqual([
    'title',
    'dueOn',
    'startsAt',
    'urgent',
    'people',
    'other',
  ]);
});

test('what cannot be read is said at its field', () => {
  const texts = { count: 'two', dueOn: 'soon', startsAt: '', when: '[1,' };
  const edited = editedArguments(fields, texts, ZONE);
  expect(Object.keys('problems' in edited ? edited.problems : {})).toEqual([
    'dueOn',
    'startsAt',
    'count',
    'when',
  ]);
});

test('a name of the prototype is a name like others', () => {
  const odd = JSON.parse('{"__proto__":"x"}') as unknown;
  const edited = editedArguments(argumentFields(odd, {}, ZONE) ?? [], {}, ZONE);
  expect(JSON.stringify(edited)).toBe('{"values":{"__proto__":"x"}}');
});

test('arguments that are no object are not edited field by field', () => {
  for (const odd of [null, 'text', [1]]) expect(argumentFields(odd, {}, ZONE)).toBeNull();
});

test('the server’s complaints go to the argument they name', () => {
  const complaints = [
    { field: '/arguments/title', problem: 'too long' },
    { field: '/arguments/a~1b/0', problem: 'wrong' },
    { field: '/arguments/extra', problem: 'unknown' },
    { field: '/digest', problem: 'old' },
  ];
  expect(problemsByArgument(complaints, ['title', 'a/b'])).toEqual({
    title: 'too long',
    'a/b': 'wrong',
    '': 'Extra: unknown old',
  });
});
