//! Dates and times in plain English, always relative to a given now.
//!
//! Each reading is a date, a moment, or a question for the person when the words name no day, a
//! past one, or more than one.

use jiff::civil::{Date, Time, Weekday};
use jiff::{SignedDuration, Span, Timestamp, ZonedDateTime};
use serde_json::{Map, Value, json};

use crate::absolute;
use crate::words::{Word, matched_length, one_of};

/// When a task is due.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Due {
    /// On a day.
    On(Date),
    /// At a moment.
    At(Timestamp),
}

impl Due {
    /// Reads it from a task or from arguments.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        let at = value["dueAt"].as_str().and_then(|at| at.parse().ok()).map(Self::At);
        at.or_else(|| value["dueOn"].as_str()?.parse().ok().map(Self::On))
    }

    /// The day in the person's zone.
    pub(crate) fn day(&self, now: &ZonedDateTime) -> Date {
        match self {
            Self::On(day) => *day,
            Self::At(moment) => moment.to_zoned_datetime(now.time_zone().clone()).date(),
        }
    }

    /// Writes it into arguments, in place of what they said before.
    pub(crate) fn put(&self, arguments: &mut Map<String, Value>) -> Option<Value> {
        arguments.remove("dueOn");
        arguments.remove("dueAt");
        match self {
            Self::On(date) => arguments.insert("dueOn".to_owned(), json!(date.to_string())),
            Self::At(moment) => arguments.insert("dueAt".to_owned(), json!(moment.to_string())),
        }
    }
}

/// What date words mean, or what to ask about them.
pub(crate) type Reading<T> = Result<T, String>;

/// Takes a date phrase off a text: the one at its end, else one in its middle that can be nothing
/// else ("on Friday", "tomorrow").
pub(crate) fn split<'t>(
    words: &[Word<'t>],
    now: &ZonedDateTime,
) -> (Vec<Word<'t>>, Option<Reading<Due>>) {
    let end = tail(words, now);
    if let Some((_, due)) = phrase(&words[end..], now) {
        return (words[..end].to_vec(), Some(due));
    }
    // "look at 3 options" names no time, but "at 3 pm" does.
    let bare = |word: &Word<'_>| word.plain.bytes().all(|byte| byte.is_ascii_digit());
    let middle = (0..words.len())
        .filter(|at| one_of(&words[*at], "on|by|at|today|tomorrow|tonight"))
        .filter_map(|at| phrase(&words[at..], now).map(|(length, due)| (at, length, due)))
        .find(|(at, length, _)| *length != 2 || !bare(&words[at + 1]));
    match middle {
        Some((at, length, due)) => ([&words[..at], &words[at + length..]].concat(), Some(due)),
        None => (words.to_vec(), None),
    }
}

/// Where the date phrase at the end begins; the number of words if there is none.
pub(crate) fn tail(words: &[Word<'_>], now: &ZonedDateTime) -> usize {
    let ends = |at: &usize| {
        phrase(&words[*at..], now).is_some_and(|(length, _)| at + length == words.len())
    };
    (0..words.len()).find(ends).unwrap_or(words.len())
}

/// Reads the longest date phrase at the start: how many words it has, and what it means.
pub(crate) fn phrase(words: &[Word<'_>], now: &ZonedDateTime) -> Option<(usize, Reading<Due>)> {
    let mut cursor = Cursor { words, at: 0 };
    let due = cursor.eat("due");
    let start = cursor.at;
    let prefixed = cursor.eat("on|by|until|till|for|before|at") || due;
    let prefix = words.get(start).map_or("", |word| &word.plain);
    if let Some(due) = repeating(&mut cursor).or_else(|| moment(&mut cursor, now)) {
        return Some((cursor.at, due));
    }
    let mut time = clock(&mut cursor, prefix == "at");
    let before_day = cursor.at;
    let linked = time.is_some() && cursor.eat("on|by");
    let day = day(&mut cursor, now.date(), prefixed || linked);
    if day.is_none() {
        cursor.at = before_day;
    } else if time.is_none() {
        let before_time = cursor.at;
        let at = cursor.eat("at|by|@");
        time = clock(&mut cursor, at);
        if time.is_none() {
            cursor.at = before_time;
        }
    }
    let due = match (day, time) {
        (None, None) => return None,
        (Some(day), None) => day.and_then(|day| match prefix {
            "before" => on(back(day, 1), now),
            _ => on(day, now),
        }),
        (Some(day), Some(time)) => day.and_then(|day| at(day, time?, now)),
        (None, Some(time)) => time.and_then(|time| at(now.date(), time, now)),
    };
    Some((cursor.at, due))
}

/// Asked when a time alone could mean another day than today.
pub(crate) const WHICH_DAY: &str =
    "On which day? Please say day and time together, for example “Friday 3 pm”.";

/// Whether the date phrase at the start is a time of day only.
pub(crate) fn lacks_day(words: &[Word<'_>], now: &ZonedDateTime) -> bool {
    phrase(words, now).is_some_and(|(length, _)| {
        let with_day = [&words[..length], &crate::words::words("today")].concat();
        phrase(&with_day, now).is_some_and(|(longer, _)| longer > length)
    })
}

fn on(day: Date, now: &ZonedDateTime) -> Reading<Due> {
    if day < now.date() {
        return Err(past(&absolute::words(day)));
    }
    Ok(Due::On(day))
}

fn at(day: Date, time: Time, now: &ZonedDateTime) -> Reading<Due> {
    // A time in a clock change's gap moves forward by the gap.
    let moment = day.to_datetime(time).to_zoned_datetime(now.time_zone().clone());
    match moment {
        Ok(moment) if moment.timestamp() > now.timestamp() => Ok(Due::At(moment.timestamp())),
        Ok(_) => Err(past(&format!("{}, {}", absolute::words(day), time.strftime("%H:%M")))),
        Err(_) => Err(absolute::UNREADABLE.to_owned()),
    }
}

fn past(what: &str) -> String {
    format!("{what} is in the past. Which date do you mean?")
}

fn back(day: Date, days: i64) -> Date {
    day.saturating_sub(Span::new().days(days))
}

/// A place in the words.
pub(crate) struct Cursor<'w, 't> {
    pub(crate) words: &'w [Word<'t>],
    pub(crate) at: usize,
}

impl Cursor<'_, '_> {
    /// Goes past a pattern if it stands here.
    pub(crate) fn eat(&mut self, pattern: &str) -> bool {
        let length = matched_length(&self.words[self.at..], pattern);
        self.at += length.unwrap_or(0);
        length.is_some()
    }

    /// Goes past one word if it means something to `read`.
    pub(crate) fn take<T>(&mut self, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let value = read(&self.words.get(self.at)?.plain)?;
        self.at += 1;
        Some(value)
    }

    /// Goes past what `read` reads, or stays.
    pub(crate) fn attempt<T>(&mut self, read: impl Fn(&mut Self) -> Option<T>) -> Option<T> {
        let start = self.at;
        let value = read(self);
        if value.is_none() {
            self.at = start;
        }
        value
    }
}

/// A number as digits or a word.
pub(crate) fn number(word: &str) -> Option<i64> {
    const WORDS: [&str; 13] = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    if matches!(word, "a" | "an") {
        return Some(1);
    }
    let digits = word.len() <= 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    let spelled = (0..).zip(WORDS).find(|(_, name)| *name == word);
    spelled.map(|(value, _)| value).or_else(|| word.parse().ok().filter(|_| digits))
}

fn repeating(cursor: &mut Cursor<'_, '_>) -> Option<Reading<Due>> {
    let repeats = cursor.attempt(|cursor| {
        let every = cursor.eat("every other?");
        let unit = |word: &str| {
            let unit = matches!(word, "day" | "week" | "month" | "year" | "morning" | "evening");
            (unit || weekday(word, true).is_some()).then_some(())
        };
        if every { cursor.take(unit) } else { None }
    });
    repeats
        .map(|()| Err("I cannot make repeating tasks. Which single date do you mean?".to_owned()))
}

/// A stretch of minutes or hours from now.
fn moment(cursor: &mut Cursor<'_, '_>, now: &ZonedDateTime) -> Option<Reading<Due>> {
    let minutes = cursor.attempt(|cursor| {
        if !cursor.eat("in|within") {
            return None;
        }
        if cursor.eat("half an hour") {
            return Some(30);
        }
        let count = cursor.take(number)?;
        let unit = |word: &str| match word {
            "minute" | "minutes" | "min" | "mins" => Some(1),
            "hour" | "hours" | "h" => Some(60),
            _ => None,
        };
        Some(count * cursor.take(unit)?)
    })?;
    let moment = now.timestamp().checked_add(SignedDuration::from_mins(minutes));
    Some(moment.map(Due::At).map_err(|_| absolute::UNREADABLE.to_owned()))
}

/// A time of day; a bare number is one only after "at".
fn clock(cursor: &mut Cursor<'_, '_>, after_at: bool) -> Option<Reading<Time>> {
    if cursor.eat("noon") {
        return Some(Ok(Time::constant(12, 0, 0, 0)));
    }
    if cursor.eat("midnight") {
        return Some(Err(
            "Midnight belongs to two days. Which day and time (00:00 or 23:59) do you mean?"
                .to_owned(),
        ));
    }
    let (hour, minute, half) = cursor.attempt(|cursor| {
        let (digits, mut half) = cursor.take(|word| {
            let digits = word.trim_end_matches("am").trim_end_matches("pm");
            Some((digits.to_owned(), word[digits.len()..].to_owned()))
        })?;
        if half.is_empty() {
            half = cursor
                .take(|word| matches!(word, "am" | "pm").then(|| word.to_owned()))
                .unwrap_or_default();
        }
        let sharp = cursor.eat("o'clock");
        let (hour, minute) = match digits.split_once(':') {
            Some((hour, minute)) if minute.len() == 2 => (hour, Some(minute)),
            Some(_) => return None,
            None => (digits.as_str(), None),
        };
        let known = minute.is_some() || !half.is_empty() || sharp || after_at;
        let hour = hour.parse::<i8>().ok().filter(|_| known)?;
        let minute = minute.map(str::parse::<i8>).transpose().ok()?;
        Some((hour, minute, half))
    })?;
    Some(time_of_day(hour, minute, &half))
}

fn time_of_day(hour: i8, minute: Option<i8>, half: &str) -> Reading<Time> {
    let hour = match (half, hour) {
        ("am", 12) => 0,
        ("pm", 1..=11) => hour + 12,
        ("", 1..=6) if minute.is_none() => {
            return Err(format!("Do you mean {hour} am or {hour} pm?"));
        }
        ("am", 1..=11) | ("pm", 12) | ("", _) => hour,
        _ => -1,
    };
    Time::new(hour, minute.unwrap_or(0), 0, 0)
        .map_err(|_| "There is no such time of day. Which time do you mean?".to_owned())
}

/// A day. Short forms that are also other words need a preposition before them.
fn day(cursor: &mut Cursor<'_, '_>, today: Date, prefixed: bool) -> Option<Reading<Date>> {
    let ahead = |days: i64| today.saturating_add(Span::new().days(days));
    if cursor.eat("the? day after tomorrow") {
        return Some(Ok(ahead(2)));
    }
    if cursor.eat("today") || cursor.eat("tonight") || cursor.eat("this morning|afternoon|evening")
    {
        return Some(Ok(today));
    }
    if cursor.eat("tomorrow|tmrw morning|afternoon|evening|night?") {
        return Some(Ok(ahead(1)));
    }
    if cursor.eat("yesterday") {
        return Some(Ok(ahead(-1)));
    }
    cursor
        .attempt(|cursor| stretch(cursor, today))
        .or_else(|| cursor.attempt(|cursor| calendar(cursor, today)))
        .map(Ok)
        .or_else(|| cursor.attempt(|cursor| named_day(cursor, today, prefixed)))
        .or_else(|| cursor.attempt(|cursor| absolute::date(cursor, today, prefixed)))
}

/// "in 3 days", "two weeks from now".
fn stretch(cursor: &mut Cursor<'_, '_>, today: Date) -> Option<Date> {
    let prefixed = cursor.eat("in|within");
    let count = cursor.take(number)?;
    let span = cursor.take(|word| match word {
        "day" | "days" => Some(Span::new().days(count)),
        "week" | "weeks" => Some(Span::new().weeks(count)),
        "month" | "months" => Some(Span::new().months(count)),
        "year" | "years" => Some(Span::new().years(count)),
        _ => None,
    })?;
    let known = prefixed || cursor.eat("from now|today");
    known.then(|| today.saturating_add(span))
}

/// "next week", "end of the month".
fn calendar(cursor: &mut Cursor<'_, '_>, today: Date) -> Option<Date> {
    let monday = next(today, Weekday::Monday);
    let end = cursor.eat("the? end of the|this?");
    let coming = cursor.eat("next");
    let unit = cursor.take(|word| match word {
        "week" | "month" | "year" | "weekend" => Some(word.to_owned()),
        _ => None,
    })?;
    let first = today.first_of_month().saturating_add(Span::new().months(1));
    match (unit.as_str(), end, coming) {
        ("week", false, true) => {
            let named = cursor.attempt(|cursor| {
                cursor.eat("on");
                cursor.take(|word| weekday(word, true))
            });
            Some(named.map_or(monday, |named| next(back(monday, 1), named)))
        }
        ("week", true, false) => Some(next(back(today, 1), Weekday::Friday)),
        ("week", true, true) => Some(next(back(monday, 1), Weekday::Friday)),
        ("month", false, true) => Some(first),
        ("month", true, false) => Some(today.last_of_month()),
        ("month", true, true) => Some(first.last_of_month()),
        ("year", true, false) => Some(today.last_of_year()),
        _ => None,
    }
}

/// A weekday, perhaps with the date it falls on.
fn named_day(cursor: &mut Cursor<'_, '_>, today: Date, prefixed: bool) -> Option<Reading<Date>> {
    let passed = cursor.eat("last");
    let coming = cursor.eat("next|this|coming") || prefixed;
    let name = cursor.take(|word| weekday(word, coming || passed))?;
    if passed {
        return Some(Ok(today.nth_weekday(-1, name).unwrap_or(today)));
    }
    if cursor.eat("next week") {
        return Some(Ok(next(back(next(today, Weekday::Monday), 1), name)));
    }
    let date = cursor.attempt(|cursor| absolute::date(cursor, today, true));
    cursor.eat("morning|afternoon|evening|night");
    let Some(date) = date else {
        return Some(Ok(next(today, name)));
    };
    Some(date.and_then(|date| {
        let words = absolute::words(date);
        let fits = date.weekday() == name;
        fits.then_some(date).ok_or_else(|| {
            format!("{words} does not fall on that weekday. Which date do you mean?")
        })
    }))
}

/// The first such weekday strictly after a day.
pub(crate) fn next(day: Date, weekday: Weekday) -> Date {
    day.nth_weekday(1, weekday).unwrap_or(day)
}

fn weekday(word: &str, short: bool) -> Option<Weekday> {
    Some(match (word, short) {
        ("monday", _) | ("mon", true) => Weekday::Monday,
        ("tuesday", _) | ("tue" | "tues", true) => Weekday::Tuesday,
        ("wednesday", _) | ("wed", true) => Weekday::Wednesday,
        ("thursday", _) | ("thu" | "thur" | "thurs", true) => Weekday::Thursday,
        ("friday", _) | ("fri", true) => Weekday::Friday,
        ("saturday", _) | ("sat", true) => Weekday::Saturday,
        ("sunday", _) | ("sun", true) => Weekday::Sunday,
        _ => return None,
    })
}
