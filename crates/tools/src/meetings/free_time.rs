//! Free time: the working hours of a range of days, less the meetings in it. All is arithmetic on
//! microseconds since the epoch; the clock of a zone comes in as stretches of one offset each, so a
//! day of 23 or 25 hours needs no rule of its own.

use std::ops::Range;

use jiff::tz::TimeZone;
use serde::Deserialize;
use store::{Checked, Ts, period};

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// How far ahead is looked if nothing is said, and at most.
const WEEK: i64 = 7 * DAY;
const LONGEST: i64 = 92 * DAY;

/// Where a search from now on begins: the next full quarter of an hour.
const GRID: i64 = 15 * MINUTE;

const WORKDAYS: [Day; 5] = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri];

/// What the model asks for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct FindFreeTime {
    from: Option<String>,
    to: Option<String>,
    minutes: Option<u16>,
    working_hours: Option<WorkingHours>,
    days: Option<Vec<Day>>,
    timezone: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WorkingHours {
    start: String,
    end: String,
}

/// A day of the week.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// What is looked for.
pub(super) struct Wish {
    from: Option<i64>,
    to: Option<i64>,
    at_least: i64,
    /// Since midnight, by the clock of `zone`.
    hours: Range<i64>,
    /// By weekday, from Monday.
    days: [bool; 7],
    zone: TimeZone,
}

impl Wish {
    /// Reads what is looked for by a person in `timezone`.
    pub(super) fn read(arguments: &FindFreeTime, timezone: &str) -> Checked<Self> {
        let mut problems = Vec::new();
        let zone = arguments.timezone.as_deref().unwrap_or(timezone);
        let zone = TimeZone::get(zone).unwrap_or_else(|_unknown| {
            problems.push(("timezone", "a time zone name such as `Europe/Berlin`".to_owned()));
            TimeZone::UTC
        });
        let period = period(arguments.from.as_deref(), arguments.to.as_deref(), timezone);
        let (from, to) = period.unwrap_or_else(|wrong| {
            problems.extend(wrong);
            (None, None)
        });
        let hours = arguments.working_hours.as_ref().map_or(Some(9 * 60..17 * 60), minutes_of);
        if hours.is_none() {
            let problem = "from an earlier HH:MM to a later one, at most 24:00";
            problems.push(("workingHours", problem.to_owned()));
        }
        let mut days = [false; 7];
        for day in arguments.days.as_deref().unwrap_or(&WORKDAYS) {
            days[*day as usize] = true;
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let hours = hours.unwrap_or_default();
        Ok(Self {
            from: from.map(|from| from.0),
            to: to.map(|to| to.0),
            at_least: i64::from(arguments.minutes.unwrap_or(30)).max(1) * MINUTE,
            hours: hours.start * MINUTE..hours.end * MINUTE,
            days,
            zone,
        })
    }

    /// The time to look through; what is past is of no use.
    pub(super) fn range(&self, now: i64) -> Checked<Range<i64>> {
        let next = now.saturating_add(GRID - 1).div_euclid(GRID) * GRID;
        let from = self.from.map_or(next, |from| from.max(next));
        let to = self.to.unwrap_or(from.saturating_add(WEEK));
        if to <= from {
            return Err(vec![("to", "a time after `from` that is not past".to_owned())]);
        }
        if to - from > LONGEST {
            return Err(vec![("to", "at most 92 days after `from`".to_owned())]);
        }
        Ok(from..to)
    }

    /// The free stretches in a range that are long enough, in whole minutes. Meetings may overlap.
    pub(super) fn free(&self, range: &Range<i64>, meetings: &[(Ts, Ts)]) -> Vec<Range<i64>> {
        let mut meetings = meetings.to_vec();
        meetings.sort_unstable();
        let mut free = Vec::new();
        for window in self.windows(range) {
            let mut begin = window.start;
            for (starts_at, ends_at) in &meetings {
                if ends_at.0 <= begin {
                    continue;
                }
                free.push(begin..starts_at.0.min(window.end));
                begin = ends_at.0;
                if begin >= window.end {
                    break;
                }
            }
            free.push(begin..window.end);
        }
        let in_minutes = |gap: Range<i64>| {
            let begin = gap.start.saturating_add(MINUTE - 1).div_euclid(MINUTE) * MINUTE;
            begin..gap.end.div_euclid(MINUTE) * MINUTE
        };
        let gaps = free.into_iter().map(in_minutes);
        gaps.filter(|gap| gap.end.saturating_sub(gap.start) >= self.at_least).collect()
    }

    /// The working hours in a range; those that touch are one.
    fn windows(&self, range: &Range<i64>) -> Vec<Range<i64>> {
        let mut windows: Vec<Range<i64>> = Vec::new();
        for (stretch, offset) in stretches(range, &self.zone) {
            let days =
                (stretch.start + offset).div_euclid(DAY)..=(stretch.end + offset).div_euclid(DAY);
            for day in days.filter(|day| self.is_wanted(*day)) {
                let midnight = day * DAY - offset;
                let begin = (midnight + self.hours.start).max(stretch.start);
                let end = (midnight + self.hours.end).min(stretch.end);
                match windows.last_mut() {
                    _ if begin >= end => {}
                    Some(last) if last.end == begin => last.end = end,
                    _ => windows.push(begin..end),
                }
            }
        }
        windows
    }

    /// Whether a day is one of the wanted weekdays, counted from 1970-01-01, a Thursday.
    fn is_wanted(&self, day: i64) -> bool {
        usize::try_from((day + 3).rem_euclid(7)).is_ok_and(|weekday| self.days[weekday])
    }
}

/// The parts of a range in which the clock is not changed, each with its offset from UTC.
fn stretches(range: &Range<i64>, zone: &TimeZone) -> Vec<(Range<i64>, i64)> {
    let begin = Ts(range.start).timestamp();
    let changes = zone.following(begin).map(|change| change.timestamp().as_microsecond());
    let mut stretches = Vec::new();
    let mut start = range.start;
    for end in changes.take_while(|change| *change < range.end).chain([range.end]) {
        let offset = zone.to_offset(Ts(start).timestamp()).seconds();
        stretches.push((start..end, i64::from(offset) * 1_000_000));
        start = end;
    }
    stretches
}

/// Working hours in minutes since midnight.
fn minutes_of(hours: &WorkingHours) -> Option<Range<i64>> {
    let minutes = |text: &str| {
        let (hour, minute) = text.split_once(':')?;
        let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
        let minutes = hour * 60 + minute;
        ((0..60).contains(&minute) && (0..=24 * 60).contains(&minutes)).then_some(minutes)
    };
    let hours = minutes(&hours.start)?..minutes(&hours.end)?;
    (!hours.is_empty()).then_some(hours)
}

#[cfg(test)]
mod tests;
