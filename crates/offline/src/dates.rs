//! Dates and times in plain English, always relative to a given now.
//!
//! What the words leave unclear (no such day, a past one, more than one) is a question for the
//! person, never a guess.

use jiff::civil::{Date, Time, Weekday};
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, ZonedDateTime};
use serde_json::{Map, Value, json};

use crate::answer::say;
use crate::words::{self, Read, Slots, Word, after, class, is_open, rows, skip, start};

const DATES: &str = include_str!("../grammar/dates.txt");
const PARTS: &str = include_str!("../grammar/parts.txt");
/// How long a meeting takes if nobody says so, and one that takes all day.
const USUAL: i64 = 60;
const ALL_DAY: i64 = 24 * 60;

/// What is clear, or the question about what is not.
type Clear<T> = Result<T, String>;
type Input = Map<String, Value>;

/// What words say about when something is, in the person's zone, and what is unclear about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct When {
    pub(crate) day: Option<Date>,
    pub(crate) time: Option<Time>,
    /// Whether the time is an hour that may belong to either half of the day.
    bare: bool,
    pub(crate) minutes: Option<i64>,
    /// The first and the last day of "this week", and its name.
    pub(crate) period: Option<(Date, Date, String)>,
    /// Whether it is everything up to then.
    pub(crate) until: bool,
    /// By how many minutes it moves from when it was.
    shift: Option<i64>,
    /// The hours of a part of the day.
    part: Option<&'static str>,
    pub(crate) ask: Option<String>,
}

impl When {
    /// All that words say, which may be no more than an hour.
    pub(crate) fn said(words: &[Word]) -> Self {
        let said = words.iter().filter_map(|word| word.when.clone()).reduce(Self::or);
        said.or_else(|| clock(&vec![("hour", words)], 0)).unwrap_or_default()
    }

    /// The part of the day at the end of words.
    pub(crate) fn part(words: &[Word]) -> Self {
        let named = |part: &str| words.last().is_some_and(|word| word.plain.ends_with(part));
        let part = rows(PARTS).find(|(part, _)| named(part)).map(|(_, hours)| hours);
        Self { part, ..Self::default() }
    }

    /// Later or earlier than it was, by the stretch of time in words.
    pub(crate) fn moved(words: &[Word], earlier: bool) -> Self {
        let days = SpanRelativeTo::days_are_24_hours();
        let long = span(words).and_then(|(_, span)| span.to_duration(days).ok());
        let shift = long.map(|long| if earlier { -long.as_mins() } else { long.as_mins() });
        Self { shift, ask: shift.is_none().then(|| say("which date")), ..Self::default() }
    }

    /// When an item is due or takes place.
    pub(crate) fn of(item: &Value, now: &ZonedDateTime) -> Self {
        let moment = |key: &str| local(&item[key], now);
        let start = moment("dueAt").or_else(|| moment("startsAt"));
        let day = || item["dueOn"].as_str()?.parse().ok();
        let all_day = item["allDay"] == true;
        let length = || Some(moment("endsAt")?.duration_since(start.as_ref()?).as_mins());
        Self {
            day: start.as_ref().map_or_else(day, |start| Some(start.date())),
            time: start.as_ref().map(ZonedDateTime::time).filter(|_| !all_day),
            minutes: if all_day { Some(ALL_DAY) } else { length() },
            ..Self::default()
        }
    }

    /// Whether it says more than a length.
    pub(crate) fn moves(&self) -> bool {
        self.day.is_some() || self.time.is_some()
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
        let length = other.minutes.filter(|_| self.time.is_none() || !all_day(&other));
        let mut both = Self {
            day: self.day.or(other.day),
            bare: if self.time.is_some() { self.bare } else { other.bare },
            time: self.time.or(other.time.filter(|_| !all_day(&self))),
            minutes: self.minutes.or(length),
            period: self.period.or(other.period),
            until: self.until || other.until,
            shift: self.shift.or(other.shift),
            part: self.part.or(other.part),
            ask: self.ask.or(other.ask),
        };
        // "at 3" and "in the afternoon"; other times need no part of the day.
        if let Some(time) = both.time
            && let Some(part) = both.part.take()
        {
            let half = both.bare || part.starts_with("00") || part.ends_with("24:00");
            let other = half && (part >= "12") != (time.hour() >= 12);
            both.time = Some(if other { flip(time) } else { time });
            both.bare = false;
        }
        both
    }

    /// The first and last day that a list is narrowed to; until some day there is no first one.
    pub(crate) fn days(&self) -> Option<(Option<Date>, Date)> {
        let period = self.period.as_ref().map(|(first, last, _)| (*first, *last));
        let (first, last) = period.or(self.day.zip(self.day))?;
        Some((Some(first).filter(|_| !self.until), last))
    }

    /// Whether it is over.
    pub(crate) fn passed(&self, now: &ZonedDateTime) -> bool {
        let end = self.time.unwrap_or(Time::MAX);
        self.days().is_some_and(|(_, day)| day.to_datetime(end) <= now.datetime())
    }

    /// Asks about what is unclear or over.
    pub(crate) fn checked(&self, now: &ZonedDateTime) -> Clear<()> {
        match (&self.ask, self.time, self.day) {
            (Some(ask), ..) => Err(ask.clone()),
            (None, Some(time), _) if self.bare && time.hour() <= 6 => {
                Err(time.strftime(&say("which half")).to_string().replace(":00", ""))
            }
            (None, time, Some(day)) if self.passed(now) => {
                let past = say(if time.is_some() { "past time" } else { "past day" });
                Err(day.to_datetime(time.unwrap_or(Time::MIN)).strftime(&past).to_string())
            }
            _ => Ok(()),
        }
    }

    /// The arguments that say so, as the table of tools names them: `to`, or `dueBefore=to`.
    pub(crate) fn input(&self, keys: &str, old: Option<Self>, now: &ZonedDateTime) -> Clear<Input> {
        let today = now.date();
        let after = self.days().map(|(_, last)| plus(last, 1));
        let hours = self.part.and_then(|part| part.split_once('-'));
        let said = if keys.contains("At") {
            self.moment(keys.contains("dueAt"), old, now)?
        } else {
            json!({
                "from": self.days().and_then(|days| days.0).unwrap_or(today).max(today),
                "to": after,
                "soon": after.unwrap_or(plus(today, 7)),
                "minutes": self.minutes,
                "workingHours": hours.map(|(start, end)| json!({"start": start, "end": end})),
            })
        };
        let keys = keys.split_whitespace().map(|key| key.split_once('=').unwrap_or((key, key)));
        let input = keys.map(|(key, said_as)| (key.to_owned(), said[said_as].clone()));
        Ok(input.filter(|(_, value)| !value.is_null()).collect())
    }

    /// When a thing is due or takes place; what is left open is as it was.
    fn moment(&self, due: bool, old: Option<Self>, now: &ZonedDateTime) -> Clear<Value> {
        if *self == Self::default() && (due || old.is_some()) {
            return Ok(json!({}));
        }
        let old = old.unwrap_or_else(|| Self { day: Some(now.date()), ..Self::default() });
        let mut full = self.clone().or(old.clone());
        let vague = self.period.is_some() && self.day.is_none();
        let day = full.day.filter(|_| !vague);
        let mut day = day.ok_or_else(|| say(if vague { "which date" } else { "which day" }))?;
        if let Some(minutes) = self.shift {
            // A day without a time moves by whole days only.
            if full.time.is_none() && minutes % ALL_DAY != 0 {
                return Err(say("which day"));
            }
            let then = day.to_datetime(full.time.unwrap_or(Time::MIN));
            let then = then.saturating_add(Span::new().minutes(minutes));
            (day, full.time) = (then.date(), full.time.map(|_| then.time()));
            full.day = Some(day);
        }
        if self.moves() || self.shift.is_some() || self.ask.is_some() {
            full.checked(now)?;
        }
        let at = |day: Date, time: Time| -> Clear<Timestamp> {
            // A time in a clock change's gap moves forward by the gap.
            let local = day.to_datetime(time).to_zoned_datetime(now.time_zone().clone());
            Ok(local.map_err(|_| say("which date"))?.timestamp())
        };
        let start = at(day, full.time.unwrap_or(Time::MIN))?;
        let all_day = full.minutes == Some(ALL_DAY);
        let length = Span::new().minutes(full.minutes.unwrap_or(USUAL));
        let end = match full.time {
            _ if due && self.minutes.is_some() && !self.moves() => return Err(say("no length")),
            Some(_) if due => return Ok(json!({"dueAt": start})),
            None if due => return Ok(json!({"dueOn": day})),
            Some(_) => start.checked_add(length).unwrap_or(start),
            None if all_day => at(plus(day, 1), Time::MIN)?,
            None => return Err(say("which time")),
        };
        let all_day = Some(all_day).filter(|it| *it || old.minutes == Some(ALL_DAY));
        Ok(json!({"startsAt": start, "endsAt": end, "allDay": all_day}))
    }
}

impl From<Clear<Date>> for When {
    fn from(day: Clear<Date>) -> Self {
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

/// The same hour in the other half of the day.
fn flip(time: Time) -> Time {
    time.wrapping_add(Span::new().hours(12))
}

/// Makes one word of each date phrase outside quotes.
pub(crate) fn marked(words: &[Word], now: &ZonedDateTime) -> Vec<Word> {
    let (mut marked, mut rest) = (Vec::new(), words);
    while let Some(first) = rest.first() {
        let line = rest[1..].iter().take_while(|word| !word.line_start).count() + 1;
        let read = phrase(&rest[..line], now).filter(|_| !is_open(&marked));
        let (length, when) = read.map_or((1, None), |(left, when)| (line - left.len(), Some(when)));
        let (said, left) = rest.split_at(length);
        let join = |part: fn(&Word) -> &str| said.iter().map(part).collect::<Vec<_>>().join(" ");
        let (raw, plain) = (join(|word| &word.raw), join(|word| &word.plain));
        marked.push(Word { raw, plain, when, ..*first });
        rest = left;
    }
    marked
}

/// Takes date phrases out of words: at the end, and where only a date can stand ("at 3 options" is
/// none). Lengths are taken if something can have one.
pub(crate) fn taken(words: &[Word], timed: bool) -> (When, Vec<Word>) {
    let (mut when, mut left) = (When::default(), words.to_vec());
    for at in (0..words.len()).rev() {
        let useful = |read: &&When| timed || read.moves() || read.ask.is_some();
        let read = words[at].when.as_ref().filter(|read| when.fits(read)).filter(useful);
        let Some(read) = read else { continue };
        let parts: Vec<&str> = words[at].plain.split(' ').collect();
        let sure = match parts[..] {
            ["at" | "from", number] if number.parse::<u32>().is_ok() => false,
            [first, ..] if class("@dating").split('|').any(|it| it == first) => true,
            _ => parts.len() > 1 && read.time.is_some() || read.minutes.is_some(),
        };
        let leads = at == 0 && after(&left[1..], "to|about|that|with|@called").is_some();
        if sure || leads || at + 1 == left.len() || words[at].raw.ends_with([':', ',']) {
            when = when.or(read.clone());
            left.remove(at);
        }
    }
    (when, left)
}

/// Reads the longest date phrase at the start.
fn phrase<'w>(words: &'w [Word], now: &ZonedDateTime) -> Read<'w, When> {
    let (mut rest, mut when) = piece(words, now)?;
    // A length is a phrase of its own, because not everything can have one.
    let joins = |when: &When, read: &When| {
        when.moves() && (read.moves() || read.ask.is_some()) && when.fits(read)
    };
    while let Some((left, read)) = piece(rest, now).filter(|(_, read)| joins(&when, read)) {
        (rest, when) = (left, when.or(read));
    }
    if after(words, "due? before").is_some() && when.time.is_none() {
        when.day = when.day.map(|day| plus(day, -1));
    }
    when.until = after(words, "due? by|before|until|till").is_some();
    Some((rest, when))
}

/// Reads what a row of the table can read.
fn piece<'w>(words: &'w [Word], now: &ZonedDateTime) -> Read<'w, When> {
    rows(DATES).find_map(|(pattern, meaning)| {
        let found = start(words, pattern, false);
        let (rest, slots) = found.or_else(|| start(after(words, "@by @by*")?, pattern, false))?;
        let rest = skip(rest, "in the @part\n@part");
        let said = slots.first().map_or(&[][..], |(_, words)| words);
        let read = match meaning.split_once(' ').unwrap_or((meaning, "0")) {
            ("ask", question) => Err(say(question)).into(),
            ("all", _) => When { minutes: Some(ALL_DAY), ..When::default() },
            ("length", _) => {
                let minutes = SignedDuration::try_from(span(said)?.1).ok()?.as_mins();
                When { minutes: Some((minutes > 0).then_some(minutes)?), ..When::default() }
            }
            ("ahead", _) => match now.checked_add(span(said)?.1) {
                Err(_) => Err(say("which date")).into(),
                Ok(then) => {
                    let timed = SignedDuration::try_from(span(said)?.1).is_ok();
                    When { time: timed.then(|| then.time()), ..Ok(then.date()).into() }
                }
            },
            ("time", shift) => clock(&slots, shift.parse().ok()?)?,
            _ => day(&slots, meaning, now.date())?,
        };
        let part = When::part(&words[..words.len() - rest.len()]);
        // "11 to 1 pm" begins in the morning.
        Some((rest, if read.time.is_none() || read.bare { read.or(part) } else { read }))
    })
}

/// How many words a slot of the table takes at the start.
pub(crate) fn length(slot: &str, words: &[Word]) -> Option<usize> {
    let spans = matches!(slot, "span" | "later" | "earlier");
    let rest = if spans { span(words)?.0 } else { forms(slot, words)?.0 };
    Some(words.len() - rest.len())
}

/// Every way to read the longest stretch of words that such a slot can take.
fn forms<'w>(slot: &str, words: &'w [Word]) -> Read<'w, Vec<BrokenDownTime>> {
    (1..=words.len().min(5)).rev().find_map(|length| {
        let parts = words[..length].iter().map(|word| cardinal(&word.plain));
        let parts: Vec<&str> = parts.filter(|word| !matches!(*word, "the" | "of")).collect();
        let text = parts.join(" ");
        let nth = text.parse::<u8>().is_ok() && text != words[length - 1].plain;
        let read = read(if nth && slot == "unsure" { "nth" } else { slot }, &text);
        (!read.is_empty()).then_some((&words[length..], read))
    })
}

/// What the forms for such a slot read in a text.
fn read(slot: &str, text: &str) -> Vec<BrokenDownTime> {
    let forms = class(&format!("%{slot}")).split('|');
    let read = forms.filter_map(|form| strtime::parse(form, text.trim_end_matches("'s")).ok());
    read.filter(|said| said.year().is_none_or(|year| year >= 1900)).collect()
}

/// Whether "10-11" are hours, because a day stands before them.
pub(crate) fn are_hours(before: &str, start: &str, end: &str) -> bool {
    let day = before.trim_end_matches(',').to_lowercase();
    let day = class("@near").split('|').any(|near| near == day) || !read("day", &day).is_empty();
    day && [start, end].iter().all(|hour| is_clear(hour, " o'clock"))
}

/// Whether a text, perhaps with its half of the day behind it, can only be a time.
pub(crate) fn is_clear(text: &str, half: &str) -> bool {
    let text = text.trim_end_matches([',', '.']);
    !read("clear", text).is_empty() || !read("clear", &format!("{text}{half}")).is_empty()
}

/// A stretch of time: "half an hour", "two weeks", "1.5 hours", "45-minute".
fn span(words: &[Word]) -> Read<'_, Span> {
    let number = |word: &str| {
        let one = if matches!(word, "a" | "an") { "one" } else { word };
        let spelled = class("@numbers").split('|').position(|name| name == one);
        spelled.map_or_else(|| word.to_owned(), |value| value.to_string())
    };
    (1..=words.len().min(5)).rev().find_map(|length| {
        // "Half an hour" may be one word by now.
        let said = words[..length].iter().flat_map(|word| word.plain.split([' ', '-']));
        let said = said.filter(|word| !matches!(*word, "and" | "by")).map(number);
        let said = said.collect::<Vec<_>>().join(" ");
        let said = said.replace("half 1 hour", "30 minutes").replace("1 hour 1 half", "90 minutes");
        let is_number = said.starts_with(|first: char| first.is_ascii_digit());
        Some((&words[length..], said.parse().ok().filter(|_| is_number)?))
    })
}

/// A time of day or the shortest stretch of it that is meant: "11 to 1 pm", "half past 3".
fn clock(slots: &Slots, shift: i64) -> Option<When> {
    let hour = |slot: &(_, &[Word])| {
        let said = forms(slot.0, slot.1)?.1.into_iter().next()?;
        let bare = said.meridiem().is_none() && !slot.1[0].plain.starts_with('0');
        Some((said.to_time().ok()?, bare && said.hour().is_some_and(|hour| hour <= 12)))
    };
    let (begin, bare) = hour(slots.first()?)?;
    let time = Some(begin.wrapping_add(Span::new().minutes(shift)));
    let read = When { time, bare, ..When::default() };
    let Some((end, open)) = slots.get(1).and_then(hour) else { return Some(read) };
    let halves = |time, bare| [time, flip(time)].into_iter().take(1 + usize::from(bare));
    let spans = halves(begin, bare).flat_map(|begin| {
        halves(end, open).map(move |end| (end.duration_since(begin).as_mins(), begin))
    });
    Some(match spans.filter(|(minutes, _)| *minutes > 0).min() {
        None => Err(say("backwards")).into(),
        Some((minutes, begin)) => {
            When { time: Some(begin), minutes: Some(minutes), bare: bare && open, ..read }
        }
    })
}

/// A day: its weekday or unit is in the first slot, its date in the last.
fn day(slots: &Slots, meaning: &str, today: Date) -> Option<When> {
    let [first, last] = [slots.first(), slots.last()].map(|it| it.map_or(&[][..], |it| it.1));
    let name = forms("day", first).and_then(|(_, said)| said.first()?.weekday());
    let name = name.unwrap_or(Weekday::Monday);
    let unit = first.first().map_or("week", |unit| &unit.plain);
    let (begin, end) = period(unit, meaning.ends_with("next"), today);
    let period = Some((begin, end, format!("{meaning} {unit}")));
    Some(match meaning {
        "this" => When { period, ..When::default() },
        "next" => When { period, ..Ok(begin).into() },
        "in next" => Ok(on_or_after(begin, name)).into(),
        "end" | "end next" if unit == "week" => {
            Ok(on_or_after(begin.max(today), Weekday::Friday)).into()
        }
        "end" | "end next" => Ok(end).into(),
        "both" | "date" => match date(last, today)? {
            Ok(day) if meaning == "both" && day.weekday() != name => {
                Err(day.strftime(&say("other weekday")).to_string()).into()
            }
            day => day.into(),
        },
        days => match days.strip_prefix("from ") {
            Some(days) => Ok(on_or_after(plus(today, days.parse().ok()?), name)).into(),
            None => Ok(plus(today, days.parse().ok()?)).into(),
        },
    })
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

/// A date that names its day: `2026-12-03`, `3 December`, `Dec 3rd`, `12/24`, `24.12.`, `the 3rd`.
fn date(words: &[Word], today: Date) -> Option<Clear<Date>> {
    let (_, read) = forms("date", words).or_else(|| forms("unsure", words))?;
    let coming = |said: &BrokenDownTime| {
        let month = |day: &Date| said.month().is_none_or(|month| month == day.month());
        let fits = |day: &Date| said.day() == Some(day.day()) && month(day);
        let next = || (0..=366).map(|ahead| plus(today, ahead)).find(fits);
        if said.year().is_some() { said.to_date().ok() } else { next() }
    };
    let mut days: Vec<Date> = read.iter().filter_map(coming).collect();
    days.dedup();
    let short = |day: &Date| day.strftime("%-d %B").to_string();
    Some(match &days[..] {
        [] => Err(say("no such day").replace("{day}", &words::text(words))),
        [day] => Ok(*day),
        [one, other, ..] => Err(format!("Do you mean {} or {}?", short(one), short(other))),
    })
}

/// "3" for "3rd" and "sep" for "sept"; "August", too, ends like an ordinal.
pub(crate) fn cardinal(word: &str) -> &str {
    let ends = ["st", "nd", "rd", "th"];
    let number = ends.iter().find_map(|end| word.strip_suffix(end));
    let number = number.filter(|number| number.parse::<u8>().is_ok());
    number.unwrap_or(if word == "sept" { "sep" } else { word })
}
