const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** How far a zone's clocks are ahead of UTC at an instant. */
function offsetAt(instant: number, timeZone: string): number {
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(instant);
  const wholeSecond = Math.floor(instant / 1000) * 1000;
  return Date.parse(`${clock.replace(' ', 'T')}Z`) - wholeSecond;
}

/** An instant as a `datetime-local` field shows it, on the clocks of a zone. */
export function toLocal(instant: string, timeZone: string): string {
  const moment = Date.parse(instant);
  return new Date(moment + offsetAt(moment, timeZone)).toISOString().slice(0, 16);
}

/** A `datetime-local` value as an instant. A time that a zone skips becomes the one after the gap. */
export function fromLocal(local: string, timeZone: string): string {
  const clock = Date.parse(`${local}Z`);
  const near = clock - offsetAt(clock, timeZone);
  return new Date(clock - offsetAt(near, timeZone)).toISOString().replace('.000Z', 'Z');
}

export function dayOf(instant: string, timeZone: string): string {
  return toLocal(instant, timeZone).slice(0, 10);
}

export function midnight(day: string, timeZone: string): string {
  return fromLocal(`${day}T00:00`, timeZone);
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

export function addMinutes(local: string, minutes: number): string {
  return new Date(Date.parse(`${local}Z`) + minutes * MINUTE_MS).toISOString().slice(0, 16);
}
