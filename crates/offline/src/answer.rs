//! Results in words. Nothing is said to have happened that a result does not say.

use jiff::ZonedDateTime;
use jiff::civil::Date;
use serde_json::Value;

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
    let names = ["title", "name", "text", "summary", "subject", "id"];
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
fn filled(form: &str, item: &Value, before: Option<&Value>, now: &ZonedDateTime) -> Option<String> {
    let text = |key: &str| item[key].as_str().filter(|text| !text.is_empty());
    let line = |key: &str| text(key).map(|value| short(value, TITLE_CHARS));
    let status = |state: &str| line("status").filter(|status| status == state);
    let part = |lead: &str, value: Option<String>| {
        Some(value.map_or(String::new(), |value| format!("{lead}{value}")))
    };
    let people = item["attendees"].as_array().filter(|people| !people.is_empty());
    let people = people.map(|people| people.iter().map(label).collect::<Vec<_>>().join(", "));
    let title = [Some(item), before].into_iter().flatten().map(label);
    let title = title.max_by_key(|title| !title.is_empty()).filter(|title| !title.is_empty());
    let plain = text("snippet").map(|html| {
        let marks = [("<mark>", ""), ("</mark>", ""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
        marks.iter().fold(html.to_owned(), |text, (mark, plain)| text.replace(mark, plain))
    });
    let known = [
        ("{due}", part(", due ", due_words(item, now))),
        ("{who}", part(", for ", line("assignee"))),
        ("{with}", part(", with ", people.map(|people| short(&people, TITLE_CHARS)))),
        ("{place}", part(", at ", line("location"))),
        ("{cancelled}", part(" ", status("cancelled"))),
        ("{done}", status("done").map(|_| " (done)".to_owned())),
        ("{when}", due_words(item, now)),
        ("{span}", span_words(item, now).or_else(|| span_words(before?, now))),
        ("{assignee}", line("assignee")),
        ("{status}", line("status")),
        // Texts may hold anything, so they come last.
        ("{notes}", part("\n\n", text("notes").map(|notes| short(notes, TEXT_CHARS)))),
        ("{snippet}", plain.map(|text| short(&text, TITLE_CHARS))),
        ("{title}", title.map(quoted)),
        ("{label}", title.map(|title| short(title, TITLE_CHARS))),
    ];
    let mut needed = known.into_iter().filter(|(name, _)| form.contains(name));
    needed.try_fold(form.to_owned(), |text, (name, value)| Some(text.replace(name, &value?)))
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
    let state = if overdue { "overdue " } else { state_words(input("status")) };
    let days = window.filter(|_| !overdue).map(|window| &window.name);
    let days = days.map(|days| format!("{} {days}", if tasks { " due" } else { "" }));
    let known = [
        ("{n}", items.len().to_string()),
        ("{s}", if items.len() == 1 { "" } else { "s" }.to_owned()),
        ("{state}", state.to_owned()),
        ("{days}", days.unwrap_or_default()),
        ("{about}", input("q").map_or(String::new(), |q| format!(" about {}", quoted(q)))),
    ];
    let mut text = known.iter().fold(form, |text, (name, value)| text.replace(name, value));
    if text.is_empty() {
        return None;
    }
    if !items.is_empty() {
        text = format!("{text}\n\n{}", numbered(&items, now));
    }
    if result["nextCursor"].is_string() {
        text += "\n\nThere are more than I was given.";
    }
    Some((text, items))
}

/// The word for items in a state.
pub(crate) fn state_words(state: Option<&str>) -> &'static str {
    state.map_or("", |state| if state == "done" { "finished " } else { "open " })
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
    let rows = rows(ANSWERS).filter(|(key, _)| {
        let mut parts = key.split(' ');
        parts.next() == Some(tool) && parts.all(fits)
    });
    let said = rows.filter_map(|(_, form)| filled(form, result, before, now)).next();
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
