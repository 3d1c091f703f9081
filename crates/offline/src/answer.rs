//! Results in words. Nothing is said to have happened that a result does not say.

use jiff::ZonedDateTime;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::dates::{self, plus};
use crate::requests::Request;
use crate::talk::{ANSWERS, say};
use crate::words::rows;

const TITLE_CHARS: usize = 120;
const TEXT_CHARS: usize = 600;

/// A day as people say it: "today", "on Friday, 27 November".
pub(crate) fn day_words(day: Date, now: &ZonedDateTime) -> String {
    let near = [("today", 0), ("tomorrow", 1), ("yesterday", -1)];
    match near.iter().find(|(_, ahead)| plus(now.date(), *ahead) == day) {
        Some((name, _)) => (*name).to_owned(),
        None if day.year() == now.year() => day.strftime("on %A, %-d %B").to_string(),
        None => day.strftime("on %A, %-d %B %Y").to_string(),
    }
}

fn due_words(item: &Value, now: &ZonedDateTime) -> Option<String> {
    let (day, time) = dates::of(item, now)?;
    let time = time.map_or(String::new(), |time| time.strftime(" at %H:%M").to_string());
    Some(day_words(day, now) + &time)
}

/// "tomorrow 15:00–16:00", for meetings and free time.
fn span_words(item: &Value, now: &ZonedDateTime) -> Option<String> {
    let either = |keys: [&str; 2]| keys.iter().find_map(|key| dates::local(&item[*key], now));
    let (start, end) = (either(["startsAt", "start"])?, either(["endsAt", "end"])?);
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
    let line = |(number, item): (usize, &Value)| {
        let mut forms = rows(ANSWERS).filter(|(name, _)| *name == "item");
        let said = forms.find_map(|(_, form)| filled(form, item, None, now));
        format!("{number}. {}", said.unwrap_or_default())
    };
    (1..).zip(items).map(line).collect::<Vec<_>>().join("\n")
}

/// A form with its `{…}` filled in from an item, or nothing if the item lacks one of them.
pub(crate) fn filled(
    form: &str,
    item: &Value,
    before: Option<&Value>,
    now: &ZonedDateTime,
) -> Option<String> {
    let form = form.replace("\\n", "\n");
    let mut parts = form.split('{');
    let mut text = parts.next()?.to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}')?;
        let lead = name.split_once('|');
        match (lead, value(lead.map_or(name, |(_, name)| name), item, before, now)) {
            (None, None) => return None,
            (Some(_), None) => {}
            (lead, Some(value)) => text = text + lead.map_or("", |(lead, _)| lead) + &value,
        }
        text += rest;
    }
    Some(text)
}

fn value(name: &str, item: &Value, before: Option<&Value>, now: &ZonedDateTime) -> Option<String> {
    let text = |key: &str| item[key].as_str().filter(|text| !text.is_empty());
    let title = || [Some(item), before].into_iter().flatten().map(label).find(|it| !it.is_empty());
    let marks = [("<mark>", ""), ("</mark>", ""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    let plain =
        |html: &str| marks.iter().fold(html.to_owned(), |text, (it, by)| text.replace(it, by));
    Some(match name {
        "when" => due_words(item, now)?,
        "span" => span_words(item, now).or_else(|| span_words(before?, now))?,
        "cancelled" | "done" => text("status").filter(|status| *status == name)?.to_owned(),
        "people" => {
            let people = item["attendees"].as_array().filter(|people| !people.is_empty())?;
            short(&people.iter().map(label).collect::<Vec<_>>().join(", "), TITLE_CHARS)
        }
        "title" => quoted(title()?),
        "label" => short(title()?, TITLE_CHARS),
        "snippet" => short(&plain(text(name)?), TITLE_CHARS),
        "notes" => short(text(name)?, TEXT_CHARS),
        _ => short(text(name)?, TITLE_CHARS),
    })
}

/// The answer to a question about a list, and the items it names; nothing if it is none.
pub(crate) fn list(
    request: &Request,
    tool: &str,
    result: &Value,
    now: &ZonedDateTime,
) -> Option<(String, Vec<Value>)> {
    let (tasks, window) = (tool == "list_tasks", request.window.as_ref());
    let mut items = items(result)?.clone();
    let overdue = window.is_some_and(|window| window.name == "overdue");
    items.retain(|item| match (window.filter(|_| tasks), dates::of(item, now)) {
        (None, _) => true,
        (Some(_), Some(due)) if overdue => dates::passed(due, now),
        (Some(window), due) => due.is_some_and(|(day, _)| window.first.is_none_or(|it| day >= it)),
    });
    let form = say(&format!("{tool} {}", if items.is_empty() { "none" } else { "some" }));
    let input = |key: &str| request.input.get(key).and_then(Value::as_str);
    let state = if overdue { Some("overdue") } else { input("status") };
    let days = window.filter(|_| !overdue);
    let head = json!({
        "n": items.len().to_string(),
        "s": if items.len() == 1 { "" } else { "s" },
        "state": state,
        "days": days.map(|window| &window.name),
        "about": input("q").map(quoted),
    });
    let mut text = filled(&form, &head, None, now).filter(|text| !text.is_empty())?;
    if !items.is_empty() {
        text = format!("{text}\n\n{}", numbered(&items, now));
    }
    if result["nextCursor"].is_string() {
        text += "\n\nThere are more than I was given.";
    }
    Some((text, items))
}

/// One sentence about a call that succeeded; `before` is the item as it was, as far as known.
pub(crate) fn confirm(
    (tool, input): (&str, &Value),
    result: &Value,
    before: Option<&Value>,
    now: &ZonedDateTime,
) -> String {
    let fits = |part: &str| match (part.strip_prefix('+'), part.split_once('=')) {
        (Some(key), _) => input.get(key).is_some(),
        (None, Some((key, value))) => says(&result[key]) == value,
        (None, None) => false,
    };
    let mut rows = rows(ANSWERS).filter(|(key, _)| {
        let mut parts = key.split(' ');
        parts.next() == Some(tool) && parts.all(fits)
    });
    let said = rows.find_map(|(_, form)| filled(form, result, before, now));
    said.unwrap_or_else(|| told(result, now))
}

/// Any result, as data.
fn told(result: &Value, now: &ZonedDateTime) -> String {
    match items(result) {
        Some(items) if items.is_empty() => "The tool answered with an empty list.".to_owned(),
        Some(items) if items.iter().all(|item| !label(item).is_empty()) => {
            format!("The tool answered with {}:\n\n{}", items.len(), numbered(items, now))
        }
        _ => format!("The tool answered: “{}”", short(&says(result), TEXT_CHARS)),
    }
}

fn says(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
