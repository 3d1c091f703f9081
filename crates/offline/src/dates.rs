//! Dates and times in plain English, always relative to a given now.
//!
//! What the words leave unclear (no such day, a past one, more than one) is a question for the
//! person, never a guess.

use jiff::civil::{Date, Time, Weekday};
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::{SignedDuration, Span, Timestamp, ZonedDateTime};
use serde_json::{Map, Value, json};

use crate::talk::say;
use crate::words::{self, Read, Slots, Word, after, is_open, one_of, rows, skip, start};

const DATES: &str = include_str!("../grammar/dates.txt");
/// Parts of a day: the end of the word, its hours, and the half a bare hour belongs to.
const PARTS: [[&str; 4]; 4] = [
    ["morning", "08:00", "12:00", "am"],
    ["afternoon", "12:00", "18:00", "pm"],
    ["evening", "18:00", "22:00", "pm"],
    ["night", "18:00", "23:00", "pm"],
];
/// Forms of dates, and those that could be something else.
const SURE: &str =
    "%Y-%m-%d,%d.%m.%Y,%d/%m/%Y,%m/%d/%Y,%d %B %Y,%d %b %Y,%B %d %Y,%d %B,%d %b,%B %d,%b %d";
const UNSURE: &str = "%d.%m,%d/%m,%m/%d";
/// How long a meeting takes if nobody says so, and one that takes all day.
const USUAL: i64 = 60;
const ALL_DAY: i64 = 24 * 60;

type Part = Option<&'static [&'static str; 4]>;

/// What words say about when something is, in the person's zone, and what is unclear about it.
#[derive(Clone, Debug, Default)]
pub(crate) struct When {
    pub(crate) day: Option<Date>,
    pub(crate) time: Option<Time>,
    pub(crate) minutes: Option<i64>,
    /// The first and the last day of "this week", and its name.
    pub(crate) period: Option<(Date, Date, String)>,
    /// Whether it is everything up to then.
    pub(crate) until: bool,
    part: Part,
    pub(crate) ask: Option<String>,
}

impl When {
    /// All that words say.
    pub(crate) fn said(words: &[Word]) -> Self {
        words.iter().filter_map(|word| word.when.clone()).fold(Self::default(), Self::or)
    }

    /// When an item is due or takes place.
    pub(crate) fn of(item: &Value, now: &ZonedDateTime) -> Self {
        let moment = |key: &str| local(&item[key], now);
        let start = moment("dueAt").or_else(|| moment("startsAt"));
        let day = || item["dueOn"].as_str()?.parse().ok();
        let all_day = item["allDay"] == true;
        let minutes =
            |end: ZonedDateTime| (end.duration_since(start.as_ref()?).as_secs() / 60).into();
        Self {
            day: start.as_ref().map_or_else(day, |start| Some(start.date())),
            time: start.as_ref().map(ZonedDateTime::time).filter(|_| !all_day),
            minutes: if all_day { Some(ALL_DAY) } else { moment("endsAt").and_then(minutes) },
            ..Self::default()
        }
    }

    /// Whether it says more than a length.
    pub(crate) fn moves(&self) -> bool {
        self.day.is_some() || self.time.is_some()
    }

    /// Whether it says anything.
    pub(crate) fn says(&self) -> bool {
        self.moves() || self.minutes.is_some() || self.period.is_some()
    }

    /// Whether the two can be said together.
    fn fits(&self, other: &Self) -> bool {
        let [own, its] =
            [self, other].map(|it| [it.day.is_some(), it.time.is_some(), it.minutes.is_some()]);
        self.ask.is_none() && own.into_iter().zip(its).all(|(own, its)| !own || !its)
    }

    /// What this says, and what the other says about the rest.
    pub(crate) fn or(self, other: Self) -> Self {
        let all_day = |it: &Self| it.minutes == Some(ALL_DAY);
        Self {
            day: self.day.or(other.day),
            time: self.time.or(other.time.filter(|_| !all_day(&self))),
            minutes: self
                .minutes
                .or(other.minutes.filter(|_| self.time.is_none() || !all_day(&other))),
            period: self.period.or(other.period),
            until: self.until || other.until,
            part: self.part.or(other.part),
            ask: self.ask.or(other.ask),
        }
    }

    /// The first and last day that a list is narrowed to; until some day there is no first one.
    pub(crate) fn days(&self) -> Option<(Option<Date>, Date)> {
        let period = self.period.as_ref().map(|(first, last, _)| (*first, *last));
        let (first, last) = period.or(self.day.zip(self.day))?;
        Some((Some(first).filter(|_| !self.until), last))
    }

    /// Whether it is over.
    pub(crate) fn passed(&self, now: &ZonedDateTime) -> bool {
        let end = |(_, day): (_, Date)| day.to_datetime(self.time.unwrap_or(Time::MAX));
        self.days().map(end).is_some_and(|end| end <= now.datetime())
    }

    /// Asks about what is unclear or over.
    pub(crate) fn checked(&self, now: &ZonedDateTime) -> Result<(), String> {
        match (&self.ask, self.day) {
            (Some(ask), _) => Err(ask.clone()),
            (None, Some(day)) if self.passed(now) => {
                let clock = if self.time.is_some() { ", %H:%M" } else { "" };
                let past = format!("%-d %B %Y{clock} is in the past. Which date do you mean?");
                Err(day.to_datetime(self.time.unwrap_or(Time::MIN)).strftime(&past).to_string())
            }
            _ => Ok(()),
        }
    }

    /// Writes it into the arguments for a thing of this kind; what it leaves open is as in `item`.
    pub(crate) fn write(
        &self,
        kind: &str,
        item: Option<&Value>,
        input: &mut Map<String, Value>,
        now: &ZonedDateTime,
    ) -> Result<(), String> {
        let today = || Self { day: Some(now.date()), ..Self::default() };
        let old = item.map_or_else(today, |item| Self::of(item, now));
        let full = self.clone().or(old.clone());
        if self.period.is_some() && self.day.is_none() {
            return Err(say("which date"));
        }
        let day = full.day.ok_or_else(|| say("which day"))?;
        if self.moves() {
            full.checked(now)?;
        }
        let at = |day: Date, time: Time| -> Result<Timestamp, String> {
            // A time in a clock change's gap moves forward by the gap.
            let local = day.to_datetime(time).to_zoned_datetime(now.time_zone().clone());
            Ok(local.map_err(|_| say("which date"))?.timestamp())
        };
        let start = at(day, full.time.unwrap_or(Time::MIN))?;
        let mut set = |key: &str, value| drop(input.insert(key.to_owned(), value));
        if kind != "meeting" {
            let (key, due) = full.time.map_or(("dueOn", json!(day)), |_| ("dueAt", json!(start)));
            set(key, due);
            return if self.moves() { Ok(()) } else { Err(say("no length")) };
        }
        let all_day = full.minutes == Some(ALL_DAY);
        let length = Span::new().minutes(full.minutes.unwrap_or(USUAL));
        let end = match full.time {
            Some(_) => start.checked_add(length).unwrap_or(start),
            None if all_day => at(plus(day, 1), Time::MIN)?,
            None => return Err(say("which time")),
        };
        set("startsAt", json!(start));
        set("endsAt", json!(end));
        if all_day || old.minutes == Some(ALL_DAY) {
            set("allDay", json!(all_day));
        }
        Ok(())
    }

    /// The hours of the part of the day that it names.
    pub(crate) fn hours(&self) -> Option<Value> {
        let [_, start, end, _] = self.part?;
        Some(json!({"start": start, "end": end}))
    }
}

impl From<Result<Date, String>> for When {
    fn from(day: Result<Date, String>) -> Self {
        Self { day: day.clone().ok(), ask: day.err(), ..Self::default() }
    }
}

/// A moment in the person's zone.
pub(crate) fn local(moment: &Value, now: &ZonedDateTime) -> Option<ZonedDateTime> {
    let moment: Timestamp = moment.as_str()?.parse().ok()?;
    Some(moment.to_zoned_datetime(now.time_zone().clone()))
}

/// A day some days later.
pub(crate) fn plus(day: Date, days: i64) -> Date {
    day.saturating_add(Span::new().days(days))
}

/// The first and the last day of this or the next week, weekend, month or year.
fn period(unit: &str, next: bool, today: Date) -> (Date, Date) {
    let (first, step) = match unit {
        "month" => (today.first_of_month(), Span::new().months(1)),
        "year" => (today.first_of_year(), Span::new().years(1)),
        _ => (on_or_after(plus(today, -6), Weekday::Monday), Span::new().weeks(1)),
    };
    let first = if next { first.saturating_add(step) } else { first };
    let last = plus(first.saturating_add(step), -1);
    (if unit == "weekend" { plus(last, -1) } else { first }, last)
}

fn on_or_after(day: Date, weekday: Weekday) -> Date {
    plus(day, -1).nth_weekday(1, weekday).unwrap_or(day)
}

/// Makes one word of each date phrase outside quotes.
pub(crate) fn marked(words: &[Word], now: &ZonedDateTime) -> Vec<Word> {
    let (mut marked, mut rest) = (Vec::new(), words);
    while let Some(first) = rest.first() {
        let line = rest[1..].iter().take_while(|word| !word.line_start).count() + 1;
        let read = phrase(&rest[..line], now).filter(|_| !is_open(&marked));
        let (length, when) = read.map_or((1, None), |(left, when)| (line - left.len(), Some(when)));
        let join =
            |part: fn(&Word) -> &str| rest[..length].iter().map(part).collect::<Vec<_>>().join(" ");
        let (raw, plain) = (join(|word| &word.raw), join(|word| &word.plain));
        marked.push(Word { raw, plain, line_start: first.line_start, when });
        rest = &rest[length..];
    }
    marked
}

/// Takes date phrases out of words: at the end, and where only a date can stand. Lengths are taken
/// if something can have one.
pub(crate) fn taken(words: &[Word], timed: bool) -> (When, Vec<Word>) {
    let (mut when, mut left) = (When::default(), words.to_vec());
    for at in (0..words.len()).rev() {
        let read = words[at].when.as_ref().filter(|read| when.fits(read));
        let useful = read.filter(|read| timed || read.moves() || read.ask.is_some());
        if let Some(read) = useful.filter(|read| at + 1 == left.len() || is_sure(&left, at, read)) {
            when = when.or(read.clone());
            left.remove(at);
        }
    }
    (when, left)
}

/// Whether a word is a date even in the middle of others; "at 3 options" names no time.
fn is_sure(words: &[Word], at: usize, read: &When) -> bool {
    let parts: Vec<&str> = words[at].plain.split(' ').collect();
    let plain = match parts[..] {
        ["at" | "from", number] if number.parse::<u32>().is_ok() => return false,
        ["on" | "by" | "at" | "from" | "today" | "tomorrow" | "tomorrow's" | "tonight", ..] => true,
        _ => parts.len() > 1 && read.time.is_some() || read.minutes.is_some(),
    };
    let leads = at == 0 && one_of(&words[1], "to|about|that|with|@called");
    plain || leads || words[at].raw.ends_with([':', ','])
}

/// Reads the longest date phrase at the start.
fn phrase<'w>(words: &'w [Word], now: &ZonedDateTime) -> Read<'w, When> {
    let (mut rest, mut when) = piece(words, now, None)?;
    // A length is a phrase of its own, because not everything can have one.
    let joins = |when: &When, read: &When| {
        when.moves() && (read.moves() || read.ask.is_some()) && when.fits(read)
    };
    while let Some((left, read)) = piece(rest, now, when.part).filter(|(_, it)| joins(&when, it)) {
        (rest, when) = (left, when.or(read));
    }
    if after(words, "due? before").is_some() && when.time.is_none() {
        when.day = when.day.map(|day| plus(day, -1));
    }
    when.until = after(words, "due? by|before|until|till").is_some();
    Some((rest, when))
}

/// Reads what a row of the table can read.
fn piece<'w>(words: &'w [Word], now: &ZonedDateTime, part: Part) -> Read<'w, When> {
    rows(DATES).find_map(|(pattern, meaning)| {
        let found = start(words, pattern);
        let (rest, slots) = found.or_else(|| start(after(words, "@by @by*")?, pattern))?;
        let rest = skip(rest, "in the @part\n@part");
        let end = &words[words.len() - rest.len() - 1].plain;
        let named = PARTS.iter().find(|part| end.ends_with(part[0]));
        let said = slots.first().map_or(&[][..], |(_, words)| words);
        let read = match meaning {
            "repeating" => Err(say(meaning)).into(),
            "all day" => When { minutes: Some(ALL_DAY), ..When::default() },
            "length" => When { minutes: Some(minutes(said)?.1), ..When::default() },
            "from now" => from_now(said, now)?,
            "time" => clock(&slots, named.or(part)),
            _ => day(&slots, meaning, now.date())?,
        };
        Some((rest, When { part: named, ..read }))
    })
}

/// How many words a slot of the table takes at the start.
pub(crate) fn length(slot: &str, words: &[Word]) -> Option<usize> {
    let rest = match slot {
        "hour" => hour(words)?.0,
        "clear" => hour(words).filter(|(_, text)| is_clear(text) || text == "midnight")?.0,
        "span" => span(words)?.0,
        "minutes" => minutes(words)?.0,
        "weekday" => weekday(words).filter(|_| words[0].plain.len() > 5)?.0,
        "day" => weekday(words)?.0,
        "date" => date(words, Date::default(), SURE)?.0,
        _ => date(words, Date::default(), UNSURE)?.0,
    };
    Some(words.len() - rest.len())
}

/// A stretch of time: "half an hour", "two weeks", "1.5 hours", "45-minute".
fn span(words: &[Word]) -> Read<'_, Span> {
    const NUMBERS: &str = "zero one two three four five six seven eight nine ten eleven twelve";
    let number = |word: &Word| {
        let one = if one_of(word, "a|an") { "one" } else { &word.plain };
        let spelled = NUMBERS.split(' ').position(|name| name == one);
        spelled.map_or_else(|| word.plain.replace('-', " "), |value| value.to_string())
    };
    (1..=words.len().min(5)).rev().find_map(|length| {
        let said = words[..length].iter().filter(|word| word.plain != "and").map(number);
        let said = said.collect::<Vec<_>>().join(" ");
        let said = said.replace("half 1 hour", "30 minutes").replace("1 hour 1 half", "90 minutes");
        let is_number = said.starts_with(|first: char| first.is_ascii_digit());
        Some((&words[length..], said.parse().ok().filter(|_| is_number)?))
    })
}

/// The minutes of a stretch that a meeting can take.
fn minutes(words: &[Word]) -> Read<'_, i64> {
    let (rest, span) = span(words)?;
    let minutes = SignedDuration::try_from(span).ok()?.as_mins();
    (minutes > 0).then_some((rest, minutes))
}

fn from_now(words: &[Word], now: &ZonedDateTime) -> Option<When> {
    let (_, span) = span(words)?;
    let Ok(then) = now.checked_add(span) else { return Some(Err(say("which date")).into()) };
    let time = SignedDuration::try_from(span).ok().map(|_| then.time());
    Some(When { time, ..Ok(then.date()).into() })
}

/// A time of day or a stretch of it: "from 2 to 3 pm", "at 3 in the afternoon".
fn clock(slots: &Slots, part: Part) -> When {
    let texts = || slots.iter().filter_map(|(_, words)| Some(hour(words)?.1));
    let half = |text: String| ["am", "pm"].into_iter().find(|half| text.ends_with(half));
    let near = texts().find_map(half).or(part.map(|part| part[3]));
    let times = texts().map(|text| match near {
        Some(half) if text.parse::<u8>().is_ok_and(|hour| hour < 13) => time(&(text + half)),
        _ => time(&text),
    });
    match times.collect::<Result<Vec<_>, _>>().as_deref() {
        Err(ask) => Err(ask.clone()).into(),
        Ok([begin, end]) if end <= begin => Err(say("backwards")).into(),
        Ok(times) => {
            let [begin, end] = [times.first(), times.get(1)].map(Option::<&Time>::copied);
            let length = begin.zip(end).map(|(begin, end)| end.duration_since(begin));
            let minutes = length.map(|length| length.as_secs() / 60);
            When { time: begin, minutes, ..When::default() }
        }
    }
}

/// The text of a time of day, as "3", "3pm" or "15:30".
fn hour(words: &[Word]) -> Read<'_, String> {
    let (word, rest) = words.split_first()?;
    let half = rest.first().filter(|half| one_of(half, "am|pm"));
    let text = word.plain.replace("noon", "12:00") + half.map_or("", |half| &half.plain);
    let rest = skip(&rest[usize::from(half.is_some())..], "o'clock");
    let fits = text == "midnight" || text.parse::<u8>().is_ok() || is_clear(&text);
    fits.then_some((rest, text))
}

/// Whether a text can only be a time of day.
pub(crate) fn is_clear(text: &str) -> bool {
    let minutes =
        text.trim_end_matches([',', '.']).rfind(':').is_some_and(|at| at + 3 == text.len());
    let digit = text.starts_with(|first: char| first.is_ascii_digit());
    digit && (minutes || text.ends_with("am") || text.ends_with("pm"))
}

fn time(text: &str) -> Result<Time, String> {
    let forms = ["%I:%M%p", "%I%p", "%H:%M"];
    let time = match text.parse::<i8>() {
        _ if text == "midnight" => return Err(say(text)),
        Ok(hour @ 1..=6) => return Err(format!("Do you mean {hour} am or {hour} pm?")),
        Ok(hour) => Time::new(hour, 0, 0, 0).ok(),
        Err(_) => forms.iter().find_map(|form| Time::strptime(form, text).ok()),
    };
    time.ok_or_else(|| say("no such time"))
}

/// A day: its weekday or unit is in the first slot, its date in the last.
fn day(slots: &Slots, meaning: &str, today: Date) -> Option<When> {
    let [first, last] = [slots.first(), slots.last()].map(|it| it.map_or(&[][..], |it| it.1));
    let name = weekday(first).map_or(Weekday::Monday, |(_, name)| name);
    let unit = first.first().map_or("week", |unit| &unit.plain);
    let (begin, end) = period(unit, meaning.ends_with("next"), today);
    let period = || Some((begin, end, format!("{meaning} {unit}")));
    Some(match meaning {
        "in next" => Ok(on_or_after(begin, name)).into(),
        "this" => When { period: period(), ..When::default() },
        "next" => When { period: period(), ..Ok(begin).into() },
        "end" | "end next" if unit == "week" => {
            Ok(on_or_after(begin.max(today), Weekday::Friday)).into()
        }
        "end" | "end next" => Ok(end).into(),
        // The last one has passed, and to say so is better than to take it for the next.
        "last" => Ok(on_or_after(plus(today, -7), name)).into(),
        "coming" => Ok(on_or_after(plus(today, 1), name)).into(),
        "both" | "date" => {
            let (_, day) = date(last, today, SURE).or_else(|| date(last, today, UNSURE))?;
            let wrong = |day: &Date| meaning == "both" && day.weekday() != name;
            let no = "%-d %B %Y does not fall on that weekday. Which date do you mean?";
            day.and_then(
                |day| if wrong(&day) { Err(day.strftime(no).to_string()) } else { Ok(day) },
            )
            .into()
        }
        days => Ok(plus(today, days.parse().ok()?)).into(),
    })
}

fn weekday(words: &[Word]) -> Read<'_, Weekday> {
    let (word, rest) = words.split_first()?;
    let word = word.plain.trim_end_matches("'s");
    let named = ["%a", "%A"].iter().find_map(|form| strtime::parse(form, word).ok())?;
    Some((rest, named.weekday()?))
}

/// A date that names its day: `2026-12-03`, `3 December`, `Dec 3rd`, `12/24`, `24.12.`, `the 3rd`.
fn date<'w>(words: &'w [Word], today: Date, forms: &str) -> Read<'w, Result<Date, String>> {
    (1..=words.len().min(5)).rev().find_map(|length| {
        let (taken, rest) = words.split_at(length);
        let parts = taken.iter().map(|word| cardinal(&word.plain));
        let parts: Vec<&str> = parts.filter(|word| !matches!(*word, "the" | "of")).collect();
        let text = parts.join(" ");
        let nth = text.parse::<u8>().is_ok() && text != taken[length - 1].plain;
        let forms = forms.split(',').chain((nth && forms == UNSURE).then_some("%d"));
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
