// Calendar days where the person is.

const DAY_MS = 86_400_000;

export function dateIn(timeZone, daysLater = 0) {
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone }).format(new Date());
  return new Date(Date.parse(`${today}T00:00:00Z`) + daysLater * DAY_MS).toISOString().slice(0, 10);
}

/** The next one strictly after today. */
export function nextFriday(timeZone) {
  const isFriday = later => new Date(`${dateIn(timeZone, later)}T00:00:00Z`).getUTCDay() === 5;
  return dateIn(timeZone, [1, 2, 3, 4, 5, 6, 7].find(isFriday));
}
