import { expect, test } from 'vitest';
import { dateInWords, isOverdue, relativeTime, shortDate, usableLocale } from './dates';

const BERLIN = { locale: 'en-GB', timeZone: 'Europe/Berlin' };
const now = new Date('2026-11-25T23:30:00Z');

test('a calendar day does not move with the time zone', () => {
  const words = dateInWords('2026-11-27', { locale: 'en-GB', timeZone: 'America/Los_Angeles' });
  expect(words).toContain('27 November 2026');
});

test('an instant is shown in the zone of the person', () => {
  expect(dateInWords('2026-11-27T14:00:00Z', BERLIN)).toContain('15:00');
});

test('text that is no date stays text', () => {
  for (const text of ['2026', '2026-13-45', 'Friday', '2026-11-27 or later', '1.2.3']) {
    expect(dateInWords(text, BERLIN)).toBeNull();
  }
});

test('a day is overdue once it is over where the person lives', () => {
  expect(isOverdue({ dueOn: '2026-11-25', dueAt: null }, now, BERLIN)).toBe(true);
  expect(isOverdue({ dueOn: '2026-11-26', dueAt: null }, now, BERLIN)).toBe(false);
  expect(isOverdue({ dueOn: null, dueAt: '2026-11-25T23:00:00Z' }, now, BERLIN)).toBe(true);
  expect(isOverdue({ dueOn: null, dueAt: null }, now, BERLIN)).toBe(false);
});

test('short dates name the year only when it is another one', () => {
  expect(shortDate({ dueOn: '2026-11-27', dueAt: null }, now, BERLIN)).not.toContain('2026');
  expect(shortDate({ dueOn: '2025-01-02', dueAt: null }, now, BERLIN)).toContain('2025');
  expect(shortDate({ dueOn: null, dueAt: null }, now, BERLIN)).toBeNull();
});

test('distances are rounded to the largest unit', () => {
  expect(relativeTime(new Date('2026-12-02T23:29:00Z'), now, 'en')).toBe('in 7 days');
  expect(relativeTime(new Date('2026-11-25T21:30:00Z'), now, 'en')).toBe('2 hours ago');
});

test('unusable preferences fall back to the browser', () => {
  expect(usableLocale('not a locale', 'Mars/Olympus')).toEqual({
    locale: undefined,
    timeZone: undefined,
  });
  expect(usableLocale('de', 'Europe/Berlin')).toEqual({ locale: 'de', timeZone: 'Europe/Berlin' });
});
