//! Dates and times in plain English, always relative to a given now.
//!
//! Each reading is a date, a moment, or a question for the person when the words name no day, a
//! past one, or more than one.

use jiff::civil::{Date, Time, Weekday};
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::{Span, Timestamp, ZonedDateTime};
use serde_json::{Map, Value, json};

use crate::words::{self, Pattern, Word, after, one_of};

/// Asked when arithmetic leaves the calendar.
const UNREADABLE: &str = "I cannot read that date. Which date do you mean?";
const REPEATING: &str = "I cannot make repeating tasks. Which single date do you mean?";
const MIDNIGHT: &str =
    "Midnight belongs to two days. Which day and time (00:00 or 23:59) do you mean?";
const WHICH_DAY: &str =
    "On which day? Please say day and time together, for example “Friday 3 pm”.";
const DAYS: [(&str, i64); 5] = [
    ("the? day after tomorrow", 2),
    ("today|tonight", 0),
    ("this @part", 0),
    ("tomorrow|tmrw @part?", 1),
    ("yesterday", -1),
];
/// Forms of dates.
const SURE: [&str; 11] = [
    "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d %B %Y", "%d %b %Y", "%B %d %Y", "%d %B",
    "%d %b", "%B %d", "%b %d",
];
/// Forms that could be something else without a preposition before them.
const UNSURE: [&str; 3] = ["%d.%m", "%d/%m", "%m/%d"];

/// What date words mean, or what to ask about them.
pub(crate) type Reading<T> = Result<T, String>;

/// When something is due, in the person's zone.
pub(crate) type Due = (Date, Option<Time>);

/// Reads when something is due from a task or from arguments.
pub(crate) fn of(value: &Value, now: &ZonedDateTime) -> Option<Due> {
    let moment = value["dueAt"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
    let local = moment.map(|moment| moment.to_zoned_datetime(now.time_zone().clone()));
    let day = || value["dueOn"].as_str()?.parse().ok();
    local.map_or_else(|| Some((day()?, None)), |local| Some((local.date(), Some(local.time()))))
}

/// Writes it into arguments, in place of what they said before.
pub(crate) fn put((day, time): Due, arguments: &mut Map<String, Value>, now: &ZonedDateTime) {
    arguments.retain(|key, _| key != "dueOn" && key != "dueAt");
    // A time in a clock change's gap moves forward by the gap.
    let zone = now.time_zone().clone();
    let moment = time.and_then(|time| day.to_datetime(time).to_zoned_datetime(zone).ok());
    let (key, value) = match moment {
        Some(moment) => ("dueAt", moment.timestamp().to_string()),
        None => ("dueOn", day.to_string()),
    };
    arguments.insert(key.to_owned(), json!(value));
}

/// Whether it is over.
pub(crate) fn passed((day, time): Due, now: &ZonedDateTime) -> bool {
    day.to_datetime(time.unwrap_or(Time::MAX)) <= now.datetime()
}

/// How many words the longest date phrase at the start has. That does not depend on the day.
pub(crate) fn length(words: &[Word]) -> Option<usize> {
    phrase(words, &ZonedDateTime::default()).map(|(rest, _)| words.len() - rest.len())
}

/// Reads words that are a date phrase; a time alone is one of the `known` day.
pub(crate) fn due(words: &[Word], known: Option<Date>, now: &ZonedDateTime) -> Reading<Due> {
    let (_, when) = phrase(words, now).ok_or(UNREADABLE)?;
    let (day, time) = when?;
    let day = day.or(known).ok_or(WHICH_DAY)?;
    let due = (day, time);
    let clock = if time.is_some() { ", %H:%M" } else { "" };
    let past = format!("%-d %B %Y{clock} is in the past. Which date do you mean?");
    let past = day.to_datetime(time.unwrap_or(Time::MAX)).strftime(&past);
    if passed(due, now) { Err(past.to_string()) } else { Ok(due) }
}

/// The first and the last day of this or the next week, month or year.
pub(crate) fn period(unit: &str, next: bool, today: Date) -> Option<(Date, Date)> {
    let (first, length) = match unit {
        "week" => (on_or_after(plus(today, -6), Weekday::Monday), Span::new().weeks(1)),
        "month" => (today.first_of_month(), Span::new().months(1)),
        "year" => (today.first_of_year(), Span::new().years(1)),
        _ => return None,
    };
    let first = if next { first.saturating_add(length) } else { first };
    Some((first, plus(first.saturating_add(length), -1)))
}

/// A day some days later.
pub(crate) fn plus(day: Date, days: i64) -> Date {
    day.saturating_add(Span::new().days(days))
}

fn on_or_after(day: Date, weekday: Weekday) -> Date {
    plus(day, -1).nth_weekday(1, weekday).unwrap_or(day)
}

/// What is left behind something that was read.
type Read<'w, T> = Option<(&'w [Word], Reading<T>)>;

/// Reads the longest date phrase at the start.
fn phrase<'w>(words: &'w [Word], now: &ZonedDateTime) -> Read<'w, (Option<Date>, Option<Time>)> {
    if let Some(rest) = after(words, "on? every other? @weekday|day|week|month|year|@part") {
        return Some((rest, Err(REPEATING.to_owned())));
    }
    let (mut rest, mut prefixed) = skip(words, "due");
    let before = after(rest, "before").is_some();
    let (mut day, mut time) = (None, None);
    loop {
        let (start, sharp) = skip(rest, "at|@");
        let (start, linked) = skip(start, "on|by|until|till|for|before");
        prefixed |= sharp || linked;
        if time.is_none()
            && let Some((left, read)) = clock(start, sharp)
        {
            (rest, time) = (left, Some(read));
        } else if day.is_none()
            && let Some((left, read)) = read_day(start, now.date(), prefixed)
        {
            (rest, day) = (left, Some(read));
        } else {
            break;
        }
    }
    if let (None, None) = (&day, &time) {
        let (left, then) = stretch(rest, now)?;
        return Some((left, then.map(|(day, time)| (Some(day), time))));
    }
    let both = day.transpose().and_then(|day| Ok((day, time.transpose()?)));
    let both = both.map(|(day, time)| match time {
        None if before => (day.map(|day| plus(day, -1)), None),
        _ => (day, time),
    });
    Some((rest, both))
}

/// Goes past a pattern if it stands here.
fn skip(words: &[Word], pattern: Pattern) -> (&[Word], bool) {
    after(words, pattern).map_or((words, false), |rest| (rest, true))
}

/// "in 3 days", "two hours from now".
fn stretch<'w>(words: &'w [Word], now: &ZonedDateTime) -> Read<'w, (Date, Option<Time>)> {
    let (words, ahead) = skip(words, "in|within");
    let (rest, span): (_, Span) = match (after(words, "half an hour"), words) {
        (Some(rest), _) => (rest, Span::new().minutes(30)),
        (None, [count, unit, rest @ ..]) => {
            (rest, format!("{} {}", number(&count.plain)?, unit.plain).parse().ok()?)
        }
        _ => return None,
    };
    let rest = if ahead { rest } else { after(rest, "from now|today")? };
    let timed = span.get_hours() != 0 || span.get_minutes() != 0;
    let then = now.checked_add(span).map_err(|_| UNREADABLE.to_owned());
    Some((rest, then.map(|then| (then.date(), timed.then(|| then.time())))))
}

/// A number as digits or a word.
fn number(word: &str) -> Option<u16> {
    const WORDS: &str = "zero one two three four five six seven eight nine ten eleven twelve";
    let word = if matches!(word, "a" | "an") { "one" } else { word };
    let spelled = (0..).zip(WORDS.split(' ')).find(|(_, name)| *name == word);
    spelled.map(|(value, _)| value).or(word.parse().ok())
}

/// A time of day; a bare number is one only after "at".
fn clock(words: &[Word], sharp: bool) -> Read<'_, Time> {
    if let Some(rest) = after(words, "noon|midnight") {
        let noon = Some(Time::constant(12, 0, 0, 0)).filter(|_| one_of(&words[0], "noon"));
        return Some((rest, noon.ok_or(MIDNIGHT.to_owned())));
    }
    let (word, rest) = words.split_first()?;
    let half = rest.first().filter(|half| one_of(half, "am|pm"));
    let text = word.plain.clone() + half.map_or("", |half| &half.plain);
    let (rest, exact) = skip(&rest[usize::from(half.is_some())..], "o'clock");
    let minutes = text.rfind(':').is_some_and(|at| at + 3 == text.len());
    let clear = minutes || text.ends_with("am") || text.ends_with("pm");
    let time = match text.parse::<i8>() {
        Ok(hour @ 1..=6) if sharp || exact => {
            return Some((rest, Err(format!("Do you mean {hour} am or {hour} pm?"))));
        }
        Ok(hour) if sharp || exact => Time::new(hour, 0, 0, 0).ok(),
        Err(_) if clear && text.starts_with(|first: char| first.is_ascii_digit()) => {
            ["%I:%M%p", "%I%p", "%H:%M"].iter().find_map(|form| Time::strptime(form, &text).ok())
        }
        _ => return None,
    };
    Some((rest, time.ok_or("There is no such time of day. Which time do you mean?".to_owned())))
}

/// A day. Forms that could be something else need a preposition before them.
fn read_day(words: &[Word], today: Date, prefixed: bool) -> Read<'_, Date> {
    let fixed = DAYS.iter().find_map(|(pattern, days)| Some((after(words, pattern)?, *days)));
    if let Some((rest, days)) = fixed {
        return Some((rest, Ok(plus(today, days))));
    }
    calendar(words, today)
        .or_else(|| named(words, today, prefixed))
        .or_else(|| date(words, today, prefixed))
}

/// "next week", "next week on Friday", "Friday next week", "end of the month".
fn calendar(words: &[Word], today: Date) -> Read<'_, Date> {
    let before = weekday(words, true).filter(|(rest, _)| after(rest, "next week").is_some());
    let (words, end) = skip(before.map_or(words, |(rest, _)| rest), "the? end of the|this?");
    let (words, next) = skip(words, "next");
    let (unit, rest) = words.split_first()?;
    let (first, last) = period(&unit.plain, next, today)?;
    let week = unit.plain == "week";
    let behind = weekday(skip(rest, "on").0, true).filter(|_| week && next);
    Some(match (before.or(behind), end) {
        (None, true) if week => (rest, Ok(on_or_after(first.max(today), Weekday::Friday))),
        (None, true) => (rest, Ok(last)),
        (None, false) if next => (rest, Ok(first)),
        (None, false) => return None,
        (Some((left, name)), _) => {
            (if before.is_some() { rest } else { left }, Ok(on_or_after(first, name)))
        }
    })
}

/// A weekday, perhaps with the date it falls on.
fn named(words: &[Word], today: Date, prefixed: bool) -> Read<'_, Date> {
    let (words, last) = skip(words, "last");
    let (words, coming) = skip(words, "next|this|coming");
    let (rest, name) = weekday(words, coming || prefixed || last)?;
    let (rest, date) = date(rest, today, true).unwrap_or_else(|| {
        // The last one has passed, and to say so is better than to take it for the next.
        let from = plus(today, if last { -7 } else { 1 });
        (skip(rest, "@part").0, Ok(on_or_after(from, name)))
    });
    let day = date.and_then(|day| {
        let wrong = "%-d %B %Y does not fall on that weekday. Which date do you mean?";
        if day.weekday() == name { Ok(day) } else { Err(day.strftime(wrong).to_string()) }
    });
    Some((rest, day))
}

fn weekday(words: &[Word], short: bool) -> Option<(&[Word], Weekday)> {
    let (word, rest) = words.split_first()?;
    let short = strtime::parse("%a", &word.plain).ok().filter(|_| short);
    let name = short.or_else(|| strtime::parse("%A", &word.plain).ok())?;
    Some((rest, name.weekday()?))
}

/// A date that names its day: `2026-12-03`, `3 December`, `Dec 3rd`, `12/24`, `24.12.`, `the 3rd`.
fn date(words: &[Word], today: Date, prefixed: bool) -> Read<'_, Date> {
    (1..=words.len().min(5)).rev().find_map(|length| {
        let (taken, rest) = words.split_at(length);
        let parts = taken.iter().map(|word| cardinal(&word.plain));
        let parts: Vec<&str> = parts.filter(|word| !matches!(*word, "the" | "of")).collect();
        let text = parts.join(" ");
        let nth = text.parse::<u8>().is_ok() && text != taken[length - 1].plain;
        let unsure = UNSURE.iter().take(if prefixed { 3 } else { 0 });
        let forms = SURE.iter().chain(unsure).chain((nth && prefixed).then_some(&"%d"));
        let read = forms.filter_map(|form| strtime::parse(form, &text).ok());
        let read = read.filter(|said| said.year().is_none_or(|year| year >= 1900));
        let mut days: Vec<Option<Date>> = read.map(|said| coming(&said, today)).collect();
        let known = !days.is_empty();
        days.retain(Option::is_some);
        days.dedup();
        let short = |day: &Date| day.strftime("%-d %B").to_string();
        let day = match days.iter().flatten().collect::<Vec<_>>()[..] {
            [] => Err(format!("There is no {}. Which date do you mean?", words::text(taken))),
            [day] => Ok(*day),
            [one, other, ..] => Err(format!("Do you mean {} or {}?", short(one), short(other))),
        };
        known.then_some((rest, day))
    })
}

/// "3" for "3rd" and "sep" for "sept"; "August", too, ends like an ordinal.
pub(crate) fn cardinal(word: &str) -> &str {
    let ends = ["st", "nd", "rd", "th"];
    let number = ends.iter().find_map(|end| word.strip_suffix(end));
    let number = number.filter(|number| number.parse::<u8>().is_ok());
    number.unwrap_or(if word == "sept" { "sep" } else { word })
}

/// The next day that fits what is said.
fn coming(said: &BrokenDownTime, today: Date) -> Option<Date> {
    if said.year().is_some() {
        return said.to_date().ok();
    }
    (0..=12).find_map(|ahead| {
        let first = today.first_of_month().saturating_add(Span::new().months(ahead));
        let fits = said.month().is_none_or(|month| month == first.month());
        let day = Date::new(first.year(), first.month(), said.day()?).ok()?;
        (fits && day >= today).then_some(day)
    })
}
