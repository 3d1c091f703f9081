//! Results in words. Nothing is said to have happened that a result does not say.

use jiff::ZonedDateTime;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::dates::{self, When, plus};
use crate::requests::Request;
use crate::talk::{ANSWERS, say};
use crate::words::rows;

const TITLE_CHARS: usize = 120;
const TEXT_CHARS: usize = 600;
/// What a search marks in its snippets, and how it writes the characters of HTML.
const MARKS: [(&str, &str); 5] =
    [("<mark>", ""), ("</mark>", ""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];

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

fn due_words(item: &Value, now: &ZonedDateTime) -> Option<String> {
    let due = When::of(item, now);
    let time = due.time.map_or(String::new(), |time| time.strftime(" at %H:%M").to_string());
    Some(day_words(due.day?, now) + &time)
}

/// "tomorrow 15:00–16:00", for meetings and free time.
fn span_words(item: &Value, now: &ZonedDateTime) -> Option<String> {
    let [start, end] = ["startsAt", "endsAt"].map(|key| dates::local(&item[key], now));
    let (start, end) = (start?, end?);
    let day = day_words(start.date(), now);
    if item["allDay"] == true {
        return Some(day + ", all day");
    }
    let last = if start.date() == end.date() { "%H:%M" } else { "%-d %B %H:%M" };
    Some(format!("{day} {}–{}", start.strftime("%H:%M"), end.strftime(last)))
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
    let within = || result.as_object()?.values().find_map(Value::as_array);
    result["items"].as_array().or(result.as_array()).or_else(within)
}

/// A numbered list.
pub(crate) fn numbered(items: &[Value], now: &ZonedDateTime) -> String {
    let line = |(number, item)| {
        let said = first_filled(|name| name == "item", item, now);
        format!("{number}. {}", said.unwrap_or_default())
    };
    (1..).zip(items).map(line).collect::<Vec<_>>().join("\n")
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
        let (lead, name) =
            name.split_once('|').map_or((None, name), |(lead, name)| (Some(lead), name));
        match (value(name, item, now), lead) {
            (Some(value), lead) => text = text + lead.unwrap_or_default() + &value,
            (None, lead) => drop(lead?),
        }
        text += rest;
    }
    Some(text)
}

fn value(name: &str, item: &Value, now: &ZonedDateTime) -> Option<String> {
    let text = |key: &str| item[key].as_str().filter(|text| !text.is_empty());
    let title = || Some(label(item)).filter(|title| !title.is_empty());
    Some(match name {
        "when" => due_words(item, now)?,
        "span" => span_words(item, now)?,
        "cancelled" | "done" | "open" => text("status").filter(|it| *it == name)?.to_owned(),
        "deleted" | "forgotten" => Some(name.to_owned()).filter(|_| item[name] == true)?,
        "people" => {
            let people = item["attendees"].as_array().filter(|people| !people.is_empty())?;
            short(&people.iter().map(label).collect::<Vec<_>>().join(", "), TITLE_CHARS)
        }
        "title" => quoted(title()?),
        "label" => short(title()?, TITLE_CHARS),
        "snippet" => {
            let html = text(name)?.to_owned();
            short(&MARKS.iter().fold(html, |text, (it, by)| text.replace(it, by)), TITLE_CHARS)
        }
        "notes" => short(text(name)?, TEXT_CHARS),
        _ => short(text(name)?, TITLE_CHARS),
    })
}

/// The answer to a question about a list, and the items it names; nothing if it is none.
pub(crate) fn list(
    request: &Request,
    (tool, input): (&str, &Value),
    result: &Value,
    now: &ZonedDateTime,
) -> Option<(String, Vec<Value>)> {
    let overdue = request.state == Some("overdue");
    let asked = request.when.days().filter(|_| tool == "list_tasks");
    let mut items = items(result)?.clone();
    items.retain(|item| match (When::of(item, now), asked) {
        (due, _) if overdue => due.passed(now),
        (due, Some((first, _))) => due.day.is_some_and(|day| first.is_none_or(|it| day >= it)),
        (_, None) => {
            !request.is_moment() || item["status"] == "confirmed" && item["allDay"] != true
        }
    });
    let kind = if request.is_moment() { "moment" } else { tool };
    let form = say(&format!("{kind} {}", if items.is_empty() { "none" } else { "some" }));
    let head = json!({
        "n": items.len().to_string(),
        "s": if items.len() == 1 { "" } else { "s" },
        "state": request.state.or(input["status"].as_str()),
        "days": days_words(&request.when, now),
        "about": input["q"].as_str().map(quoted),
        "startsAt": input["from"],
        "endsAt": input["to"],
    });
    let mut text = filled(&form, &head, now).filter(|text| !text.is_empty())?;
    if !items.is_empty() {
        text = format!("{text}\n\n{}", numbered(&items, now));
    }
    if result["nextCursor"].is_string() {
        text += "\n\nThere are more than I was given.";
    }
    Some((text, items))
}

/// One sentence about a call that succeeded; the item as it was tells the title of what is gone.
pub(crate) fn confirm(
    request: &Request,
    (tool, input): (&str, &Value),
    result: &Value,
    now: &ZonedDateTime,
) -> String {
    let named = |name: &str| match name.split_once(' ') {
        Some((of, key)) => of == tool && input.get(key).is_some(),
        None => name == tool,
    };
    let mut known = result.clone();
    let nameless = result.is_object() && label(result).is_empty();
    if let Some(item) = request.item.as_ref().filter(|_| nameless) {
        known["title"] = json!(label(item));
    }
    first_filled(named, &known, now).unwrap_or_else(|| told(result, now))
}

/// Any result, as data.
fn told(result: &Value, now: &ZonedDateTime) -> String {
    match items(result) {
        Some(items) if items.iter().all(|item| !label(item).is_empty()) && !items.is_empty() => {
            format!("The tool answered with {}:\n\n{}", items.len(), numbered(items, now))
        }
        _ => {
            let text = result.as_str().map_or_else(|| result.to_string(), str::to_owned);
            format!("The tool answered: “{}”", short(&text, TEXT_CHARS))
        }
    }
}
