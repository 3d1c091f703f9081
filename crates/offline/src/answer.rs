//! Results in words. Nothing is said to have happened that a result does not say.

use jiff::ZonedDateTime;
use jiff::civil::Date;
use serde_json::Value;

use crate::dates::{self, plus};
use crate::requests::Request;

const TITLE_CHARS: usize = 120;

/// What is said of a call that succeeded: the tool, an argument it was given, what its result must
/// say, and the sentence, whose every `{…}` the result must know. The first row that fits counts.
const SENTENCES: [(&str, &str, &str, &str); 9] = [
    ("create_task", "title", "", "I added {title}{due}{who}."),
    ("complete_task", "id", "status=done", "I marked {title} as done."),
    ("delete_task", "id", "deleted=true", "I deleted {title}."),
    ("update_task", "dueOn", "", "{title} is now due {when}."),
    ("update_task", "dueAt", "", "{title} is now due {when}."),
    ("update_task", "title", "", "It is now called {title}{due}."),
    ("update_task", "assignee", "", "{title} is now assigned to {assignee}."),
    ("update_task", "status", "status=open", "{title} is open again{due}."),
    ("update_task", "id", "", "{title} was changed{due}."),
];

/// A day as people say it: "today", "on Friday, 27 November".
pub(crate) fn day_words(day: Date, now: &ZonedDateTime) -> String {
    let today = now.date();
    let near = [("today", 0), ("tomorrow", 1), ("yesterday", -1)];
    match near.iter().find(|(_, ahead)| plus(today, *ahead) == day) {
        Some((name, _)) => (*name).to_owned(),
        None if day.year() == today.year() => day.strftime("on %A, %-d %B").to_string(),
        None => day.strftime("on %A, %-d %B %Y").to_string(),
    }
}

fn due_words(item: &Value, now: &ZonedDateTime) -> Option<String> {
    let (day, time) = dates::of(item, now)?;
    let time = time.map_or(String::new(), |time| time.strftime(" at %H:%M").to_string());
    Some(day_words(day, now) + &time)
}

/// A text in quotes, on one line and of bearable length.
pub(crate) fn quoted(text: &str) -> String {
    format!("“{}”", short(text))
}

fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(TITLE_CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The items of a list's result.
pub(crate) fn items(result: &Value) -> Option<Vec<Value>> {
    let known = |item: &&Value| item["id"].is_string() && item["title"].is_string();
    Some(result["items"].as_array()?.iter().filter(known).cloned().collect())
}

/// A numbered list.
pub(crate) fn numbered(items: &[Value], now: &ZonedDateTime) -> String {
    let line = |(number, item): (usize, &Value)| {
        let done = item["status"] == "done";
        let form = if done { "{title}{who} (done)" } else { "{title}{due}{who}" };
        let form = filled(form, item, short(item["title"].as_str().unwrap_or_default()), now);
        format!("{number}. {}", form.unwrap_or_default())
    };
    (1..).zip(items).map(line).collect::<Vec<_>>().join("\n")
}

/// A form with its `{…}` filled in from an item, or nothing if the item lacks one of them.
fn filled(form: &str, item: &Value, title: String, now: &ZonedDateTime) -> Option<String> {
    let optional = |text: Option<String>, before: &str| {
        text.map_or(String::new(), |text| format!(", {before} {text}"))
    };
    let who = item["assignee"].as_str().map(short);
    let due = due_words(item, now);
    let known = [
        ("{due}", Some(optional(due.clone(), "due"))),
        ("{who}", Some(optional(who.clone(), "for"))),
        ("{when}", due),
        ("{assignee}", who),
        // The last one, because a title may hold anything.
        ("{title}", Some(title)),
    ];
    let mut needed = known.into_iter().filter(|(name, _)| form.contains(name));
    needed.try_fold(form.to_owned(), |text, (name, value)| Some(text.replace(name, &value?)))
}

/// The answer to a question about the list, and the items it names.
pub(crate) fn list(
    request: &Request,
    result: &Value,
    now: &ZonedDateTime,
) -> Option<(String, Vec<Value>)> {
    let mut items = items(result)?;
    items.retain(|item| match (&request.window, dates::of(item, now)) {
        (None, _) => true,
        (Some((name, _)), Some(due)) if name == "overdue" => dates::passed(due, now),
        (Some((_, from)), due) => due.is_some_and(|(day, _)| from.is_none_or(|from| day >= from)),
    });
    let about = request.input.get("q").and_then(Value::as_str);
    let about = about.map_or(String::new(), |q| format!(" about {}", quoted(q)));
    let kind = kind(request.input.get("status").and_then(Value::as_str));
    let noun = if items.len() == 1 { "task" } else { "tasks" };
    let text = match (&request.window, items.len()) {
        (Some((name, _)), 0) => format!("Nothing is {name}."),
        (None, 0) => format!("You have no {kind}tasks{about}."),
        (Some((name, _)), count) => format!("{count} {noun} {name}:\n\n"),
        (None, count) => format!("You have {count} {kind}{noun}{about}:\n\n"),
    };
    let mut text = text + &numbered(&items, now);
    if result["nextCursor"].is_string() {
        text += "\n\nThere are more tasks than I was given.";
    }
    Some((text, items))
}

/// The word for items in a state.
pub(crate) fn kind(state: Option<&str>) -> &'static str {
    state.map_or("", |state| if state == "done" { "finished " } else { "open " })
}

/// One sentence about a call that succeeded; `before` is the item as it was, as far as known.
pub(crate) fn confirm(
    request: &Request,
    result: &Value,
    before: Option<&Value>,
    now: &ZonedDateTime,
) -> String {
    let title = result["title"].as_str().or_else(|| before?["title"].as_str());
    let shown =
        |proof: &str| proof.split_once('=').is_none_or(|(key, value)| says(&result[key]) == value);
    let rows = SENTENCES.iter().filter(|(tool, key, proof, _)| {
        *tool == request.tool && (*key == "id" || request.input.contains_key(*key)) && shown(proof)
    });
    let raw = || format!("The tool answered: {}", quoted(&says(result)));
    let mut said = rows.filter_map(|(_, _, _, form)| filled(form, result, quoted(title?), now));
    said.next().unwrap_or_else(raw)
}

fn says(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
