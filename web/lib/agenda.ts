import type { Meeting, MeetingFields } from './api-types';
import { addDays, addMinutes, dayOf, fromLocal, midnight, toLocal } from './zoned-time';

export type AgendaDay = { day: string; meetings: Meeting[] };

/** A whole day is the same day everywhere; other meetings stand where the person's clock puts them. */
export function firstDay(meeting: Meeting, timeZone: string): string {
  return dayOf(meeting.startsAt, meeting.allDay ? meeting.timezone : timeZone);
}

/** Meetings by day from `from` on; one that began earlier and still goes on stands on the first. */
export function agenda(meetings: Meeting[], from: string, timeZone: string): AgendaDay[] {
  const days = new Map<string, Meeting[]>();
  for (const meeting of meetings) {
    const begins = firstDay(meeting, timeZone);
    const day = begins < from ? from : begins;
    days.set(day, [...(days.get(day) ?? []), meeting]);
  }
  return [...days]
    .map(([day, found]) => ({ day, meetings: found }))
    .sort((one, other) => one.day.localeCompare(other.day));
}

/** A meeting as its form holds it: clock times, or whole days of which the last one counts. */
export type MeetingDraft = {
  title: string;
  allDay: boolean;
  starts: string;
  ends: string;
  location: string;
  attendees: string;
  notes: string;
};

export function blankDraft(day: string): MeetingDraft {
  const starts = `${day}T09:00`;
  const ends = addMinutes(starts, 30);
  return { title: '', allDay: false, starts, ends, location: '', attendees: '', notes: '' };
}

/** The zone in whose clocks a meeting is edited. */
export function draftZone(meeting: Meeting | null, timeZone: string): string {
  return meeting?.allDay ? meeting.timezone : timeZone;
}

export function draftOf(meeting: Meeting, timeZone: string): MeetingDraft {
  const zone = draftZone(meeting, timeZone);
  const lastDay = addDays(dayOf(meeting.endsAt, zone), -1);
  return {
    title: meeting.title,
    allDay: meeting.allDay,
    starts: toLocal(meeting.startsAt, zone),
    ends: meeting.allDay ? `${lastDay}T00:00` : toLocal(meeting.endsAt, zone),
    location: meeting.location ?? '',
    attendees: meeting.attendees.join(', '),
    notes: meeting.notes ?? '',
  };
}

export function fieldsOf(draft: MeetingDraft, zone: string): MeetingFields {
  const { title, allDay, starts, ends, location, attendees, notes } = draft;
  const times = allDay
    ? {
        startsAt: midnight(starts.slice(0, 10), zone),
        endsAt: midnight(addDays(ends.slice(0, 10), 1), zone),
      }
    : { startsAt: fromLocal(starts, zone), endsAt: fromLocal(ends, zone) };
  const names = attendees.split(/[,;\n]/).map((name) => name.trim());
  return {
    title: title.trim(),
    allDay,
    ...times,
    ...(allDay ? { timezone: zone } : {}),
    location: location.trim() || null,
    attendees: names.filter((name) => name !== ''),
    notes: notes.trim(),
  };
}

/** Moving the start moves the end along. */
export function withStart(draft: MeetingDraft, starts: string): MeetingDraft {
  const minutes = (Date.parse(`${draft.ends}Z`) - Date.parse(`${draft.starts}Z`)) / 60_000;
  return { ...draft, starts, ends: addMinutes(starts, Math.max(0, minutes)) };
}
