//! Answers, and everything that is said. Nothing is said to have happened that a result does not
//! say.

use jiff::ZonedDateTime;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::dates::{self, When, plus};
use crate::requests::{Request, Scene};
use crate::words::{Word, row, rows};

const ANSWERS: &str = include_str!("../grammar/answers.txt");
const TALK: &str = include_str!("../grammar/talk.txt");
const TITLE_CHARS: usize = 120;
const TEXT_CHARS: usize = 600;
/// What a search marks in its snippets, and how it writes the characters of HTML.
const MARKS: [(&str, &str); 5] =
    [("<mark>", ""), ("</mark>", ""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];

/// What the model says, which calls it makes, and what that leaves for the next exchange: the items
/// spoken of unless they stay, and an open question: the request that its answer completes, the slot.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) calls: Vec<ToolCall>,
    pub(crate) focus: Option<Vec<Value>>,
    pub(crate) open: Option<Box<Open>>,
}

/// A tool's name and its arguments.
pub(crate) type ToolCall = (String, Value);
pub(crate) type Open = (Request, String);

impl Answer {
    pub(crate) fn say(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// The words of an answer.
pub(crate) fn say(name: &str) -> String {
    let found = |name: &str| rows(ANSWERS).find(|(key, _)| *key == name).map_or("", |row| row.1);
    found(name).replace("{connect}", found("connect")).replace("\\n", "\n")
}

/// The name of the answer if the whole text is small talk.
pub(crate) fn small_talk(words: &[Word]) -> Option<&'static str> {
    row(words, TALK).map(|(_, answer)| answer)
}

/// A day as people say it: "today", "on Friday, 27 November".
fn day_words(day: Date, now: &ZonedDateTime) -> String {
    let near = [("today", 0), ("tomorrow", 1), ("yesterday", -1)];
    match near.iter().find(|(_, ahead)| plus(now.date(), *ahead) == day) {
        Some((name, _)) => (*name).to_owned(),
        None if day.year() == now.year() => day.strftime("on %A, %-d %B").to_string(),
        None => day.strftime("on %A, %-d %B %Y").to_string(),
    }
}

/// The days of a list: "this week", "tomorrow", "until Friday, 27 November".
pub(crate) fn days_words(when: &When, now: &ZonedDateTime) -> Option<String> {
    let day = || when.day.map(|day| day_words(day, now));
    let days = when.period.as_ref().map(|(_, _, name)| name.clone()).or_else(day)?;
    Some(if when.until { format!("until {}", days.trim_start_matches("on ")) } else { days })
}

/// A text in quotes, on one line and of bearable length.
pub(crate) fn quoted(text: &str) -> String {
    format!("“{}”", short(text, TITLE_CHARS))
}

fn short(text: &str, chars: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// What an item is called.
pub(crate) fn label(item: &Value) -> &str {
    let names = ["title", "name", "text", "summary", "subject"];
    names.iter().find_map(|key| item[*key].as_str()).or(item.as_str()).unwrap_or_default()
}

/// The items of a list's result: its first array.
pub(crate) fn items(result: &Value) -> Option<&Vec<Value>> {
    let list = result.as_object().filter(|_| result["id"].is_null());
    let within = || list?.values().find_map(Value::as_array);
    result["items"].as_array().or(result.as_array()).or_else(within)
}

/// A numbered list of items, if each can be told.
pub(crate) fn numbered(items: &[Value], now: &ZonedDateTime) -> Option<String> {
    let said = |item| first_filled(|row| row == "item", item, now);
    let lines = (1..).zip(items).map(|(number, item)| Some(format!("{number}. {}", said(item)?)));
    let lines = lines.collect::<Option<Vec<_>>>()?.join("\n");
    Some(lines).filter(|lines| !lines.is_empty())
}

/// The first form with such a name that can be filled.
fn first_filled(named: impl Fn(&str) -> bool, item: &Value, now: &ZonedDateTime) -> Option<String> {
    rows(ANSWERS).filter(|(name, _)| named(name)).find_map(|(_, form)| filled(form, item, now))
}

/// A form with its `{…}` filled in from an item, or nothing if the item lacks one of them.
pub(crate) fn filled(form: &str, item: &Value, now: &ZonedDateTime) -> Option<String> {
    let form = form.replace("\\n", "\n");
    let mut parts = form.split('{');
    let mut text = parts.next()?.to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}')?;
        // `{, due |when}` may be missing.
        let (lead, name) = name.rsplit_once('|').unwrap_or(("", name));
        match value(name, item, now) {
            Some(value) => text = text + lead + &value,
            None => drop(part.contains('|').then_some(())?),
        }
        text += rest;
    }
    Some(text)
}

fn value(name: &str, item: &Value, now: &ZonedDateTime) -> Option<String> {
    let text = |key: &str| item[key].as_str().filter(|text| !text.is_empty());
    Some(match name {
        "when" => {
            let due = When::of(item, now);
            let time = due.time.map(|time| time.strftime(" at %H:%M").to_string());
            day_words(due.day?, now) + &time.unwrap_or_default()
        }
        "span" => {
            let [start, end] = ["startsAt", "endsAt"].map(|key| dates::local(&item[key], now));
            let (start, end) = (start?, end?);
            let last = if start.date() == end.date() { "%H:%M" } else { "%-d %B %H:%M" };
            let hours = format!(" {}–{}", start.strftime("%H:%M"), end.strftime(last));
            let all_day = item["allDay"] == true;
            day_words(start.date(), now) + if all_day { ", all day" } else { &hours }
        }
        "cancelled" | "done" | "open" => text("status").filter(|it| *it == name)?.to_owned(),
        "deleted" | "forgotten" => Some(name.to_owned()).filter(|_| item[name] == true)?,
        "people" => {
            let people = item["attendees"].as_array().filter(|people| !people.is_empty())?;
            short(&people.iter().map(label).collect::<Vec<_>>().join(", "), TITLE_CHARS)
        }
        "label" => short(Some(label(item)).filter(|it| !it.is_empty())?, TITLE_CHARS),
        "snippet" => {
            let html = text(name)?.to_owned();
            short(&MARKS.iter().fold(html, |text, (it, by)| text.replace(it, by)), TITLE_CHARS)
        }
        "notes" | "raw" => short(text(name)?, TEXT_CHARS),
        "list" => text(name)?.to_owned(),
        _ => short(text(name)?, TITLE_CHARS),
    })
}

/// What came of a call: its result in the first form that can be filled, and the items spoken of.
pub(crate) fn told(request: &Request, call: &ToolCall, result: &Value, scene: Scene) -> Answer {
    let ((tool, input), now) = (call, scene.later);
    let moment = request.kind() == "moment";
    let days = request.when.days().filter(|_| tool == "list_tasks");
    let mut listed = items(result).cloned().unwrap_or_default();
    listed.retain(|item| match (When::of(item, now), days) {
        (due, _) if request.state == Some("overdue") => due.passed(now),
        (due, Some((first, _))) => due.day.is_some_and(|day| first.is_none_or(|it| day >= it)),
        (_, None) => item["status"] != "cancelled" && !(moment && item["allDay"] == true),
    });
    let mut known = json!({
        "n": listed.len().to_string(),
        "s": (listed.len() != 1).then_some("s"),
        "list": numbered(&listed, now),
        "more": result["nextCursor"].as_str().map(|_| say("more")),
        "state": request.state.or(input["status"].as_str()),
        "days": days_words(&request.when, now),
        "about": input["q"].as_str().map(quoted),
        "raw": result.as_str().map_or_else(|| result.to_string(), str::to_owned),
        // What a call has removed is told by the item as it was.
        "title": request.item.as_ref().map(label),
        "startsAt": input["from"],
        "endsAt": input["to"],
    });
    for (key, value) in result.as_object().into_iter().flatten() {
        known[key] = value.clone();
    }
    let name = if moment { "moment" } else { tool };
    let named = |row: &str| match row.split_once(' ') {
        Some((of, key)) => of == tool && input.get(key).is_some(),
        None => row == name,
    };
    let text = first_filled(named, &known, now);
    let text = text.or_else(|| first_filled(|row| row == "any", &known, now)).unwrap_or_default();
    // Neither outside things nor what is gone can be spoken of as "it".
    let gone = result["deleted"] == true || result["forgotten"] == true || tool.contains("__");
    let told = if items(result).is_some() { listed } else { vec![result.clone()] };
    let named = |item: &Value| !gone && item["id"].is_string();
    let focus = (gone || !told.is_empty()).then(|| told.into_iter().filter(named).collect());
    Answer { focus, ..Answer::say(text) }
}
