import { expect, test } from 'vitest';
import { agenda, blankDraft, draftOf, draftZone, fieldsOf, withStart } from './agenda';
import type { Meeting } from './api-types';

const BERLIN = 'Europe/Berlin';
const meeting = (change: Partial<Meeting>): Meeting => ({
  id: 'm',
  title: 'Round',
  startsAt: '2026-11-27T08:00:00Z',
  endsAt: '2026-11-27T09:00:00Z',
  timezone: BERLIN,
  allDay: false,
  location: null,
  attendees: [],
  notes: '',
  status: 'confirmed',
  source: 'local',
  externalUrl: null,
  ...change,
});
const fair = meeting({
  allDay: true,
  startsAt: '2026-11-26T23:00:00Z',
  endsAt: '2026-11-28T23:00:00Z',
});

test('days are those of the person, whole days those of the meeting', () => {
  const late = meeting({ startsAt: '2026-11-27T23:30:00Z', endsAt: '2026-11-28T00:30:00Z' });
  const days = (zone: string) => agenda([fair, late], '2026-11-20', zone).map(({ day }) => day);
  expect(days(BERLIN)).toEqual(['2026-11-27', '2026-11-28']);
  expect(days('America/Los_Angeles')).toEqual(['2026-11-27']);
});

test('what still goes on stands on the first day that is shown', () => {
  expect(agenda([fair], '2026-11-28', BERLIN)).toEqual([{ day: '2026-11-28', meetings: [fair] }]);
});

test('a meeting that is only opened and saved stays what it is', () => {
  const timed = meeting({ location: 'Room 2', attendees: ['Anna', 'Bo'] });
  expect(timed).toMatchObject(fieldsOf(draftOf(timed, 'Asia/Tokyo'), 'Asia/Tokyo'));
  const zone = draftZone(fair, 'Asia/Tokyo');
  expect(fair).toMatchObject(fieldsOf(draftOf(fair, 'Asia/Tokyo'), zone));
});

test('a whole day ends at the midnight after it', () => {
  const draft = { ...blankDraft('2026-11-27'), title: ' Fair ', allDay: true };
  expect(fieldsOf(draft, BERLIN)).toMatchObject({
    title: 'Fair',
    startsAt: '2026-11-26T23:00:00Z',
    endsAt: '2026-11-27T23:00:00Z',
    timezone: BERLIN,
  });
});

test('moving the start keeps the length', () => {
  expect(withStart(blankDraft('2026-11-27'), '2026-11-28T23:45').ends).toBe('2026-11-29T00:15');
});
