export type Locale = { locale: string | undefined; timeZone: string | undefined };

/** Preferences are free text on the server; an unusable value falls back to the browser's. */
export function usableLocale(locale?: string | null, timeZone?: string | null): Locale {
  const usable = (options: { locale?: string; timeZone?: string }) => {
    try {
      new Intl.DateTimeFormat(options.locale, { timeZone: options.timeZone });
      return true;
    } catch {
      return false;
    }
  };
  return {
    locale: locale && usable({ locale }) ? locale : undefined,
    timeZone: timeZone && usable({ timeZone }) ? timeZone : undefined,
  };
}

/** The person's zone by name, for reckoning with clock times. */
export function zoneOf({ timeZone }: Locale): string {
  return timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})$/;

function parse(text: string): Date | null {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** A calendar day or an instant in words; null when the text is neither. */
export function dateInWords(text: string, { locale, timeZone }: Locale): string | null {
  if (DAY.test(text)) {
    const day = parse(`${text}T00:00:00Z`);
    return day
      ? new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeZone: 'UTC' }).format(day)
      : null;
  }
  const instant = INSTANT.test(text) ? parse(text) : null;
  if (!instant) return null;
  return new Intl.DateTimeFormat(locale, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
    timeZone,
  }).format(instant);
}

export function shortDate(
  task: { dueOn: string | null; dueAt: string | null },
  now: Date,
  { locale, timeZone }: Locale,
): string | null {
  const isThisYear = (task.dueAt ?? task.dueOn)?.startsWith(`${now.getFullYear()}-`);
  const day = {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: isThisYear ? undefined : 'numeric',
  } as const;
  if (task.dueAt) {
    const instant = parse(task.dueAt);
    const style = { ...day, hour: 'numeric', minute: '2-digit', timeZone } as const;
    return instant && new Intl.DateTimeFormat(locale, style).format(instant);
  }
  const date = task.dueOn ? parse(`${task.dueOn}T00:00:00Z`) : null;
  return date && new Intl.DateTimeFormat(locale, { ...day, timeZone: 'UTC' }).format(date);
}

/** "09:00 – 09:30" on the person's clock, with days where they differ. */
export function timeSpan(
  { startsAt, endsAt }: { startsAt: string; endsAt: string },
  { locale, timeZone }: Locale,
): string {
  const style = { hour: 'numeric', minute: '2-digit', timeZone } as const;
  return new Intl.DateTimeFormat(locale, style).formatRange(new Date(startsAt), new Date(endsAt));
}

function dayIn(now: Date, timeZone: string | undefined): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    timeZone,
  }).format(now);
  return parts.slice(0, 10);
}

export function isOverdue(
  task: { dueOn: string | null; dueAt: string | null },
  now: Date,
  { timeZone }: Locale,
): boolean {
  if (task.dueAt) return (parse(task.dueAt)?.getTime() ?? Number.POSITIVE_INFINITY) < now.getTime();
  return task.dueOn !== null && task.dueOn < dayIn(now, timeZone);
}

const STEPS: Array<[Intl.RelativeTimeFormatUnit, number]> = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];

/** "in 3 days", "2 hours ago". */
export function relativeTime(instant: Date, now: Date, locale: string | undefined): string {
  const distance = instant.getTime() - now.getTime();
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  for (const [unit, length] of STEPS) {
    if (Math.abs(distance) >= length) return words.format(Math.round(distance / length), unit);
  }
  return words.format(0, 'second');
}
