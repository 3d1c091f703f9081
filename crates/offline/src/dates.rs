//! Dates and times in plain English, always relative to a given now.
//!
//! What the words leave unclear (no such day, a past one, more than one) is a question for the
//! person, never a guess.

use jiff::civil::{Date, Time, Weekday};
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::{Span, Timestamp, ToSpan, ZonedDateTime};
use serde_json::{Map, Value, json};

use crate::talk::say;
use crate::words::{self, Read, Word, after, is_open, one_of, rows, skip, start};

const DAYS: &str = include_str!("../grammar/days.txt");
/// Parts of a day: the end of the word, its hours, and the half a bare hour belongs to.
const PARTS: [[&str; 4]; 4] = [
    ["morning", "08:00", "12:00", "am"],
    ["afternoon", "12:00", "18:00", "pm"],
    ["evening", "18:00", "22:00", "pm"],
    ["night", "18:00", "23:00", "pm"],
];
/// Forms of dates.
const SURE: &str =
    "%Y-%m-%d,%d.%m.%Y,%d/%m/%Y,%m/%d/%Y,%d %B %Y,%d %b %Y,%B %d %Y,%d %B,%d %b,%B %d,%b %d";
/// Forms that could be something else without a preposition before them.
const UNSURE: &str = "%d.%m,%d/%m,%m/%d";
/// How long a meeting takes if nobody says so.
const MEETING_MINUTES: i64 = 60;

/// What words say about when something is, in the person's zone, and what is unclear about it.
#[derive(Clone, Debug, Default)]
pub(crate) struct When {
    pub(crate) day: Option<Date>,
    pub(crate) time: Option<Time>,
    pub(crate) minutes: Option<i64>,
    all_day: bool,
    part: Option<&'static [&'static str; 4]>,
    pub(crate) ask: Option<String>,
}

impl When {
    fn unclear(ask: impl Into<String>) -> Self {
        Self { ask: Some(ask.into()), ..Self::default() }
    }

    fn at(day: Date, time: Option<Time>) -> Self {
        Self { day: Some(day), time, ..Self::default() }
    }

    /// Whether it says more than a length.
    fn moves(&self) -> bool {
        self.day.is_some() || self.time.is_some() || self.all_day
    }

    /// Whether it says anything.
    pub(crate) fn says(&self) -> bool {
        self.moves() || self.minutes.is_some()
    }

    /// Whether the two can be said together.
    fn fits(&self, other: &Self) -> bool {
        let [own, its] =
            [self, other].map(|it| [it.day.is_some(), it.time.is_some(), it.minutes.is_some()]);
        self.ask.is_none() && own.into_iter().zip(its).all(|(own, its)| !own || !its)
    }

    /// What this says, and what the other says about the rest.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            day: self.day.or(other.day),
            time: self.time.or(other.time.filter(|_| !self.all_day)),
            minutes: self.minutes.or(other.minutes),
            all_day: self.all_day || (other.all_day && self.time.is_none()),
            part: self.part.or(other.part),
            ask: self.ask.or(other.ask),
        }
    }

    /// Asks about what is unclear or over.
    pub(crate) fn checked(&self, now: &ZonedDateTime) -> Result<(), String> {
        let Some(day) = self.day.filter(|_| self.ask.is_none()) else {
            return self.ask.clone().map_or(Ok(()), Err);
        };
        let clock = if self.time.is_some() { ", %H:%M" } else { "" };
        let past = format!("%-d %B %Y{clock} is in the past. Which date do you mean?");
        let past = day.to_datetime(self.time.unwrap_or(Time::MAX)).strftime(&past);
        if passed((day, self.time), now) { Err(past.to_string()) } else { Ok(()) }
    }

    /// Writes it into the arguments for a thing of this kind; what it leaves open is as in `item`.
    pub(crate) fn write(
        &self,
        kind: &str,
        item: Option<&Value>,
        input: &mut Map<String, Value>,
        now: &ZonedDateTime,
    ) -> Result<(), String> {
        let (day, time) = item.and_then(|item| of(item, now)).unzip();
        let old = Self {
            day: day.or(item.is_none().then(|| now.date())),
            time: time.flatten(),
            minutes: item.and_then(length_of),
            all_day: item.is_some_and(|item| item["allDay"] == true),
            ..Self::default()
        };
        let was_all_day = old.all_day;
        let full = self.clone().or(old);
        let day = full.day.ok_or_else(|| say("which day"))?;
        if self.moves() {
            full.checked(now)?;
        }
        let at = |day: Date, time: Time| -> Result<Timestamp, String> {
            // A time in a clock change's gap moves forward by the gap.
            let local = day.to_datetime(time).to_zoned_datetime(now.time_zone().clone());
            Ok(local.map_err(|_| say("which date"))?.timestamp())
        };
        let mut set = |key: &str, value| drop(input.insert(key.to_owned(), value));
        if kind != "meeting" {
            match full.time {
                _ if !self.moves() => return Err(say("no length")),
                Some(time) => set("dueAt", json!(at(day, time)?)),
                None => set("dueOn", json!(day)),
            }
            return Ok(());
        }
        let (start, end) = match full.time {
            Some(time) => {
                let length = Span::new().minutes(full.minutes.unwrap_or(MEETING_MINUTES));
                let start = at(day, time)?;
                (start, start.checked_add(length).unwrap_or(start))
            }
            None if full.all_day => (at(day, Time::MIN)?, at(plus(day, 1), Time::MIN)?),
            None => return Err(say("which time")),
        };
        set("startsAt", json!(start));
        set("endsAt", json!(end));
        if was_all_day || full.all_day {
            set("allDay", json!(full.time.is_none()));
        }
        Ok(())
    }

    /// The hours of the part of the day that it names.
    pub(crate) fn hours(&self) -> Option<Value> {
        let [_, start, end, _] = self.part?;
        Some(json!({"start": start, "end": end}))
    }
}

fn length_of(item: &Value) -> Option<i64> {
    let [start, end] = ["startsAt", "endsAt"].map(|key| item[key].as_str()?.parse().ok());
    let (start, end): (Timestamp, Timestamp) = (start?, end?);
    (item["allDay"] != true).then(|| (end.as_second() - start.as_second()) / 60)
}

/// Reads when an item is due or starts.
pub(crate) fn of(item: &Value, now: &ZonedDateTime) -> Option<(Date, Option<Time>)> {
    let moment = ["dueAt", "startsAt"].iter().find_map(|key| local(&item[*key], now));
    let day = || item["dueOn"].as_str()?.parse().ok();
    let time = |local: &ZonedDateTime| (item["allDay"] != true).then(|| local.time());
    moment.map_or_else(|| Some((day()?, None)), |local| Some((local.date(), time(&local))))
}

/// A moment in the person's zone.
pub(crate) fn local(moment: &Value, now: &ZonedDateTime) -> Option<ZonedDateTime> {
    let moment: Timestamp = moment.as_str()?.parse().ok()?;
    Some(moment.to_zoned_datetime(now.time_zone().clone()))
}

/// Whether it is over.
pub(crate) fn passed((day, time): (Date, Option<Time>), now: &ZonedDateTime) -> bool {
    day.to_datetime(time.unwrap_or(Time::MAX)) <= now.datetime()
}

/// A day some days later.
pub(crate) fn plus(day: Date, days: i64) -> Date {
    day.saturating_add(Span::new().days(days))
}

/// The first and the last day of this or the next week, weekend, month or year.
pub(crate) fn period(unit: &str, next: bool, today: Date) -> (Date, Date) {
    let monday = on_or_after(plus(today, -6), Weekday::Monday);
    let (first, step) = match unit {
        "month" => (today.first_of_month(), Span::new().months(1)),
        "year" => (today.first_of_year(), Span::new().years(1)),
        _ => (monday, Span::new().weeks(1)),
    };
    let first = if next { first.saturating_add(step) } else { first };
    let last = plus(first.saturating_add(step), -1);
    (if unit == "weekend" { plus(last, -1) } else { first }, last)
}

fn on_or_after(day: Date, weekday: Weekday) -> Date {
    plus(day, -1).nth_weekday(1, weekday).unwrap_or(day)
}

/// How many words the longest phrase of such a slot at the start has, whatever the day.
pub(crate) fn length(slot: &str, words: &[Word]) -> Option<usize> {
    let now = ZonedDateTime::default();
    let rest = match slot {
        "span" => amount(words, &now, true).filter(|(_, when)| !when.moves())?.0,
        "weekday" => weekday(words)?.0,
        "date" => date(words, now.date(), true)?.0,
        _ => phrase(words, &now, true)?.0,
    };
    Some(words.len() - rest.len())
}

/// Takes the date phrases out of words: the one at the end, then such as stand where only a date
/// can stand. Lengths are taken if something can have one.
pub(crate) fn taken(words: &[Word], timed: bool, now: &ZonedDateTime) -> (When, Vec<Word>) {
    let (mut when, mut left) = (When::default(), words.to_vec());
    loop {
        let starts = (0..left.len()).filter(|at| !is_open(&left[..*at]));
        let phrases = starts.filter_map(|at| {
            let (rest, read) = phrase(&left[at..], now, timed)?;
            when.fits(&read).then(|| (at, left.len() - rest.len(), read))
        });
        let phrases: Vec<_> = phrases.collect();
        let last = phrases.iter().find(|(_, end, _)| *end == left.len());
        let sure = || phrases.iter().find(|(at, end, read)| is_sure(&left, *at, *end, read));
        let Some((at, end, read)) = last.or_else(sure).cloned() else { return (when, left) };
        when = when.or(read);
        left.drain(at..end);
    }
}

/// Whether words are a date even in the middle of others; "at 3 options" names no time.
fn is_sure(words: &[Word], at: usize, end: usize, read: &When) -> bool {
    let number = words.get(at + 1).is_some_and(|word| word.plain.parse::<u32>().is_ok());
    let bare = number && end - at == 2 && one_of(&words[at], "at|from");
    let plain = one_of(&words[at], "on|by|at|from|today|tomorrow|tomorrow's|tonight");
    let leads = at == 0 && one_of(&words[end], "to|about|that|with|@called");
    let more = end - at > 1 && read.time.is_some() || read.minutes.is_some() || read.all_day;
    !bare && (plain || leads || more || words[end - 1].raw.ends_with([':', ',']))
}

/// Reads the longest date phrase at the start, lengths included if something can have one.
pub(crate) fn phrase<'w>(words: &'w [Word], now: &ZonedDateTime, timed: bool) -> Read<'w, When> {
    if let Some(rest) = after(words, "on? every other? @weekday|day|week|month|year|@part") {
        return Some((rest, When::unclear(say("repeating"))));
    }
    let (mut rest, mut when) = (skip(words, "due"), When::default());
    let (mut prefixed, before) = (rest.len() < words.len(), after(rest, "before").is_some());
    loop {
        let at = skip(rest, "on|by|until|till|for|before|starting? at|@|from|between");
        let start = skip(at, "on|by|until|till|for|before|starting");
        let sharp = at.len() < rest.len() && start.len() == at.len();
        prefixed |= start.len() < rest.len();
        let read = amount(rest, now, timed).or_else(|| clock(start, sharp, when.part));
        let read = read.or_else(|| day(start, now, prefixed));
        let Some((left, piece)) = read.filter(|(_, piece)| when.fits(piece)) else { break };
        (rest, when) = (left, when.or(piece));
    }
    if before && when.time.is_none() {
        when.day = when.day.map(|day| plus(day, -1));
    }
    (when.says() || when.ask.is_some()).then_some((rest, when))
}

/// A length ("45 minutes", "all day"), or one from now ("in 3 days", "two hours from now").
fn amount<'w>(words: &'w [Word], now: &ZonedDateTime, timed: bool) -> Read<'w, When> {
    if let Some(rest) = after(words, "for? all the? day\nthe? whole|all-day day?").filter(|_| timed)
    {
        return Some((rest, When { all_day: true, ..When::default() }));
    }
    let ahead = after(words, "in|within");
    let (rest, span) = span(ahead.unwrap_or(skip(words, "for")))?;
    let minutes = i64::from(span.get_hours()) * 60 + span.get_minutes();
    let from_now = ahead.map_or_else(|| after(rest, "from now|today"), |_| Some(rest));
    let Some(rest) = from_now else {
        let short = span.fieldwise() == span.get_hours().hours().minutes(span.get_minutes());
        let fits = timed && short && minutes > 0;
        return fits.then(|| (rest, When { minutes: Some(minutes), ..When::default() }));
    };
    let when = now
        .checked_add(span)
        .map(|then| When::at(then.date(), Some(then.time()).filter(|_| minutes != 0)));
    Some((rest, when.unwrap_or_else(|_| When::unclear(say("which date")))))
}

/// A stretch of time: "half an hour", "two weeks", "1.5 hours", "45-minute".
fn span(words: &[Word]) -> Read<'_, Span> {
    const NUMBERS: &str = "zero one two three four five six seven eight nine ten eleven twelve";
    let number = |word: &Word| {
        let one = if one_of(word, "a|an") { "one" } else { &word.plain };
        let spelled = NUMBERS.split(' ').position(|name| name == one);
        spelled.map_or_else(|| word.plain.replace('-', " "), |value| value.to_string())
    };
    let fixed = [("half an hour", 30), ("an|one hour and a half", 90)];
    let fixed =
        fixed.iter().find_map(|(said, length)| Some((after(words, said)?, length.minutes())));
    fixed.or_else(|| {
        (1..=words.len().min(5)).rev().find_map(|length| {
            let said = words[..length].iter().filter(|word| word.plain != "and").map(number);
            let said = said.collect::<Vec<_>>().join(" ");
            let is_number = said.starts_with(|first: char| first.is_ascii_digit());
            Some((&words[length..], said.parse().ok().filter(|_| is_number)?))
        })
    })
}

/// A time of day or a stretch of it; a bare number is one only after "at".
fn clock<'w>(words: &'w [Word], sharp: bool, part: Option<&[&str; 4]>) -> Read<'w, When> {
    let when = |time, minutes| When { time: Some(time), minutes, ..When::default() };
    if let Some(rest) = after(words, "noon|midnight") {
        let noon = Time::new(12, 0, 0, 0).ok().filter(|_| one_of(&words[0], "noon"));
        let midnight = || When::unclear(say("midnight"));
        return Some((rest, noon.map_or_else(midnight, |noon| when(noon, None))));
    }
    let (rest, first) = hour(words)?;
    let end = after(rest, "to|until|till|and|-|–").and_then(hour);
    let end = end.filter(|(_, last)| is_clear(last) || (sharp && last.parse::<u8>().is_ok()));
    let (rest, last) = end.map_or((rest, None), |(rest, last)| (rest, Some(last)));
    let left = skip(rest, "in the @part");
    let said = rest[..rest.len() - left.len()].last();
    let said = said.and_then(|word| PARTS.iter().find(|part| part[0] == word.plain));
    // "from 2 to 3 pm", "from 2 pm to 3", "at 3 in the afternoon"
    let half = |text: &str| ["am", "pm"].into_iter().find(|half| text.ends_with(half));
    let other = said.or(part).map(|part| part[3]);
    let full = |text: &str, half| match half {
        Some(half) if text.parse::<u8>().is_ok_and(|hour| hour < 13) => format!("{text}{half}"),
        _ => text.to_owned(),
    };
    let near = last.as_deref().and_then(half).or(other);
    let begin = time(&full(&first, near), sharp || last.is_some())?;
    let end = last.and_then(|last| time(&full(&last, half(&first).or(other)), true));
    let read = match (begin, end) {
        (Err(ask), _) | (_, Some(Err(ask))) => When::unclear(ask),
        (Ok(begin), None) => when(begin, None),
        (Ok(begin), Some(Ok(end))) if end <= begin => When::unclear(say("backwards")),
        (Ok(begin), Some(Ok(end))) => when(begin, Some(end.duration_since(begin).as_secs() / 60)),
    };
    Some((left, read))
}

/// The text of a time of day, as "3pm" or "15:30".
fn hour(words: &[Word]) -> Read<'_, String> {
    let (word, rest) = words.split_first()?;
    let half = rest.first().filter(|half| one_of(half, "am|pm"));
    let text = word.plain.clone() + half.map_or("", |half| &half.plain);
    let starts = text.starts_with(|first: char| first.is_ascii_digit());
    starts.then(|| (skip(&rest[usize::from(half.is_some())..], "o'clock"), text))
}

/// Whether a text can only be a time of day.
pub(crate) fn is_clear(text: &str) -> bool {
    let minutes =
        text.trim_end_matches([',', '.']).rfind(':').is_some_and(|at| at + 3 == text.len());
    let digit = text.starts_with(|first: char| first.is_ascii_digit());
    digit && (minutes || text.ends_with("am") || text.ends_with("pm"))
}

fn time(text: &str, sharp: bool) -> Option<Result<Time, String>> {
    let time = match text.parse::<i8>() {
        Ok(hour @ 1..=6) if sharp => {
            return Some(Err(format!("Do you mean {hour} am or {hour} pm?")));
        }
        Ok(hour) if sharp => Time::new(hour, 0, 0, 0).ok(),
        Err(_) if is_clear(text) => {
            ["%I:%M%p", "%I%p", "%H:%M"].iter().find_map(|form| Time::strptime(form, text).ok())
        }
        _ => return None,
    };
    Some(time.ok_or_else(|| say("no such time")))
}

/// A day, perhaps with its part. Forms that could be something else need a preposition before them.
fn day<'w>(words: &'w [Word], now: &ZonedDateTime, prefixed: bool) -> Read<'w, When> {
    let today = now.date();
    let (rest, slots, meaning) = rows(DAYS).find_map(|(pattern, meaning)| {
        start(words, pattern).map(|(rest, slots)| (rest, slots, meaning))
    })?;
    let slot = |name| slots.iter().find(|(slot, _)| *slot == name).map(|(_, words)| *words);
    // "Sat" is a day only where one is expected.
    let short = slot("weekday").is_some_and(|name| name[0].plain.len() < 6) && !prefixed;
    if short && weekday(words).is_some() {
        return None;
    }
    let name = slot("weekday").and_then(weekday).map_or(Weekday::Monday, |(_, name)| name);
    let unit = slot("unit").map_or("week", |unit| &unit[0].plain);
    let (first, last) = period(unit, meaning.ends_with("next"), today);
    let day = match meaning {
        "in next" => Ok(on_or_after(first, name)),
        "start next" => Ok(first),
        "end" | "end next" if unit == "week" => Ok(on_or_after(first.max(today), Weekday::Friday)),
        "end" | "end next" => Ok(last),
        // The last one has passed, and to say so is better than to take it for the next.
        "last" => Ok(on_or_after(plus(today, -7), name)),
        "coming" => Ok(on_or_after(plus(today, 1), name)),
        "both" | "date" => {
            let (_, day) = date(slot("date")?, today, prefixed || meaning == "both")?;
            let wrong = |day: &Date| meaning == "both" && day.weekday() != name;
            let no = "%-d %B %Y does not fall on that weekday. Which date do you mean?";
            day.and_then(
                |day| if wrong(&day) { Err(day.strftime(no).to_string()) } else { Ok(day) },
            )
        }
        days => Ok(plus(today, days.parse().unwrap_or(0))),
    };
    let rest = skip(rest, "in the @part\n@part");
    let end = &words[words.len() - rest.len() - 1].plain;
    let part = PARTS.iter().find(|part| end.ends_with(part[0]));
    let when = day.map_or_else(When::unclear, |day| When::at(day, None));
    Some((rest, When { part, ..when }))
}

fn weekday(words: &[Word]) -> Read<'_, Weekday> {
    let (word, rest) = words.split_first()?;
    let word = word.plain.trim_end_matches("'s");
    let named = ["%a", "%A"].iter().find_map(|form| strtime::parse(form, word).ok())?;
    Some((rest, named.weekday()?))
}

/// A date that names its day: `2026-12-03`, `3 December`, `Dec 3rd`, `12/24`, `24.12.`, `the 3rd`.
fn date(words: &[Word], today: Date, prefixed: bool) -> Read<'_, Result<Date, String>> {
    (1..=words.len().min(5)).rev().find_map(|length| {
        let (taken, rest) = words.split_at(length);
        let parts = taken.iter().map(|word| cardinal(&word.plain));
        let parts: Vec<&str> = parts.filter(|word| !matches!(*word, "the" | "of")).collect();
        let text = parts.join(" ");
        let nth = text.parse::<u8>().is_ok() && text != taken[length - 1].plain;
        let unsure = UNSURE.split(',').chain(nth.then_some("%d")).filter(|_| prefixed);
        let read =
            SURE.split(',').chain(unsure).filter_map(|form| strtime::parse(form, &text).ok());
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
