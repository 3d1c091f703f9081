import { expect, test } from 'vitest';
import { argumentFields, editedArguments, problemsByArgument } from './argument-form';

const ZONE = 'Europe/Berlin';
const input = {
  title: 'Offer',
  dueOn: '2026-11-27',
  startsAt: '2026-11-27T08:00:00.000Z',
  count: 2,
  urgent: false,
  assignee: null,
  tags: ['a'],
};
const fields = argumentFields(input, ZONE) ?? [];

test('each value gets the field that fits it', () => {
  expect(fields.map(({ kind }) => kind)).toEqual([
    'text',
    'date',
    'moment',
    'number',
    'boolean',
    'text',
    'json',
  ]);
  expect(fields.find(({ name }) => name === 'startsAt')?.text).toBe('2026-11-27T09:00');
});

test('what is not touched stays the very same value', () => {
  expect(editedArguments(fields, {}, ZONE)).toEqual({ values: input });
});

test('what is typed gets the type it had', () => {
  const texts = {
    title: '',
    startsAt: '2026-07-01T09:00',
    count: '3.5',
    urgent: 'true',
    assignee: 'Bo',
    tags: '{"a":[1]}',
  };
  expect(editedArguments(fields, texts, ZONE)).toEqual({
    values: {
      title: '',
      dueOn: '2026-11-27',
      startsAt: '2026-07-01T07:00:00Z',
      count: 3.5,
      urgent: true,
      assignee: 'Bo',
      tags: { a: [1] },
    },
  });
});

test('what cannot be read is said at its field', () => {
  const texts = { count: 'two', dueOn: '', startsAt: '', tags: '[1,' };
  const edited = editedArguments(fields, texts, ZONE);
  expect(Object.keys('problems' in edited ? edited.problems : {})).toEqual([
    'dueOn',
    'startsAt',
    'count',
    'tags',
  ]);
});

test('a name of the prototype is a name like others', () => {
  const odd = JSON.parse('{"__proto__":"x"}') as unknown;
  const edited = editedArguments(argumentFields(odd, ZONE) ?? [], {}, ZONE);
  expect(JSON.stringify(edited)).toBe('{"values":{"__proto__":"x"}}');
});

test('arguments that are no object are not edited field by field', () => {
  for (const odd of [null, 'text', [1]]) expect(argumentFields(odd, ZONE)).toBeNull();
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
