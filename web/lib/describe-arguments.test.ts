import { expect, test } from 'vitest';
import { describeArguments, exactData, labelInWords } from './describe-arguments';

const LOCALE = { locale: 'en-GB', timeZone: 'Europe/Berlin' };

test('names become words', () => {
  expect(labelInWords('dueOn')).toBe('Due');
  expect(labelInWords('externalUrl')).toBe('External URL');
  expect(labelInWords('max_results')).toBe('Max results');
  expect(labelInWords('__proto__')).toBe('Proto');
  expect(labelInWords('constructor')).toBe('Constructor');
});

test('a task reads like a form', () => {
  const lines = describeArguments(
    { title: 'Send the offer', dueOn: '2026-11-27', allDay: true, notes: null, tags: ['a', 'b'] },
    LOCALE,
  );
  expect(lines).toEqual([
    { label: 'Title', text: 'Send the offer' },
    { label: 'Due', text: expect.stringContaining('27 November 2026'), exact: '2026-11-27' },
    { label: 'All day', text: 'yes' },
    { label: 'Notes', text: 'none' },
    { label: 'Tags', text: 'a, b' },
  ]);
});

test('entries that could be misread as two are listed one by one', () => {
  const [line] = describeArguments({ to: ['Kim, boss', 'Lee'] }, LOCALE);
  expect(line).toEqual({
    label: 'To',
    lines: [
      { label: '1', text: 'Kim, boss' },
      { label: '2', text: 'Lee' },
    ],
  });
});

test('nested data is kept to the last value', () => {
  const deep = { a: { b: { c: { d: { e: { f: 'end' } } } } } };
  expect(JSON.stringify(describeArguments(deep, LOCALE))).toContain('end');
  expect(describeArguments('plain', LOCALE)).toEqual([{ label: 'Value', text: 'plain' }]);
  expect(describeArguments(undefined, LOCALE)).toEqual([]);
});

test('nothing invisible gets through, in names, values or exact data', () => {
  const data = { 'na\u202Eme': 'va\u2067lue' };
  expect(JSON.stringify(describeArguments(data, LOCALE))).not.toMatch(/[\u202E\u2067]/);
  expect(exactData(data)).toContain('⟨U+202E⟩');
});
