import { expect, test } from 'vitest';
import { addDays, addMinutes, dayOf, fromLocal, midnight, toLocal } from './zoned-time';

const BERLIN = 'Europe/Berlin';

test.each([
  ['2026-01-15T09:30', BERLIN, '2026-01-15T08:30:00Z'],
  ['2026-07-15T09:30', BERLIN, '2026-07-15T07:30:00Z'],
  ['2026-07-15T09:30', 'Asia/Kathmandu', '2026-07-15T03:45:00Z'],
  ['2026-03-08T23:15', 'America/Los_Angeles', '2026-03-09T06:15:00Z'],
  ['2026-12-31T23:59', 'Pacific/Kiritimati', '2026-12-31T09:59:00Z'],
])('%s in %s is %s, and back', (local, zone, instant) => {
  expect(fromLocal(local, zone)).toBe(instant);
  expect(toLocal(instant, zone)).toBe(local);
});

test('a time that the clocks skip becomes the one after', () => {
  expect(toLocal(fromLocal('2026-03-29T02:30', BERLIN), BERLIN)).toBe('2026-03-29T03:30');
});

test('midnights follow the zone through daylight saving', () => {
  expect(midnight('2026-03-29', BERLIN)).toBe('2026-03-28T23:00:00Z');
  expect(midnight('2026-03-30', BERLIN)).toBe('2026-03-29T22:00:00Z');
  expect(dayOf('2026-03-28T23:00:00Z', BERLIN)).toBe('2026-03-29');
});

test('days and minutes add up over the ends of months', () => {
  expect(addDays('2026-02-28', 1)).toBe('2026-03-01');
  expect(addDays('2026-01-01', -1)).toBe('2025-12-31');
  expect(addMinutes('2026-12-31T23:45', 30)).toBe('2027-01-01T00:15');
});
