//! Task calls in words, for the person who is asked about them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

/// What a new task would be.
pub(super) fn create(arguments: &Value, timezone: &str) -> String {
    let title = arguments["title"].as_str().unwrap_or_default();
    let mut text = format!("Add the task “{title}”");
    if let Some(due) = due(arguments, timezone) {
        text.push_str(", due ");
        text.push_str(&due);
    }
    if let Some(assignee) = arguments["assignee"].as_str() {
        text.push_str(", for ");
        text.push_str(assignee);
    }
    text
}

/// What would change in a task.
pub(super) fn changes(arguments: &Value, timezone: &str) -> String {
    let mut list = Vec::new();
    if let Some(title) = arguments["title"].as_str() {
        list.push(format!("title “{title}”"));
    }
    if let Some(status) = arguments["status"].as_str() {
        list.push(status.to_owned());
    }
    match due(arguments, timezone) {
        Some(due) => list.push(format!("due {due}")),
        None if is_null(arguments, "dueOn") || is_null(arguments, "dueAt") => {
            list.push("no due date".to_owned());
        }
        None => {}
    }
    match arguments["assignee"].as_str() {
        Some(assignee) => list.push(format!("for {assignee}")),
        None if is_null(arguments, "assignee") => list.push("for nobody in particular".to_owned()),
        None => {}
    }
    if arguments["notes"].is_string() {
        list.push("new notes".to_owned());
    }
    if list.is_empty() { "nothing".to_owned() } else { list.join(", ") }
}

fn is_null(arguments: &Value, field: &str) -> bool {
    arguments.get(field).is_some_and(Value::is_null)
}

fn due(arguments: &Value, timezone: &str) -> Option<String> {
    if let Some(day) = arguments["dueOn"].as_str() {
        let date = day.parse::<Date>();
        return Some(
            date.map_or_else(|_| day.to_owned(), |date| date.strftime("%A %-d %B %Y").to_string()),
        );
    }
    let at = arguments["dueAt"].as_str()?;
    let zone = TimeZone::get(timezone).unwrap_or(TimeZone::UTC);
    Some(at.parse::<Timestamp>().map_or_else(
        |_| at.to_owned(),
        |moment| moment.to_zoned_datetime(zone).strftime("%A %-d %B %Y, %H:%M").to_string(),
    ))
}
