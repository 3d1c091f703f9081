//! What the agent knows of its person: the context block and the stamp that go before the text of
//! a message. They are part of the message and never change afterwards, so the cached prefix of a
//! conversation never moves.

use std::fmt::Write as _;

use agent::message::Block;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use store::{BranchMessage, Memory, Task, TaskStatus, ToolCallRow, User};

/// Outside titles may be of any length; more than this tells the model nothing.
const TITLE_CHARS: usize = 80;

const OPENING: &str = "<context>";

/// A person's time zone; UTC if the stored name is unknown to this version.
pub(crate) fn zone(user: &User) -> TimeZone {
    TimeZone::get(&user.timezone).unwrap_or(TimeZone::UTC)
}

/// When a message was written, in the person's zone: `[Wed 2026-11-25 14:03 Europe/Berlin]`.
pub(crate) fn stamp(now: Timestamp, user: &User) -> String {
    let local = now.to_zoned_datetime(zone(user));
    format!("[{} {}]", local.strftime("%a %Y-%m-%d %H:%M"), user.timezone)
}

/// The stamp of a stored message: it stands before the person's own text.
pub(crate) fn stamp_of(content: &[Value]) -> Option<&str> {
    content.iter().find_map(|raw| match Block::of(raw) {
        Block::Text(text) if stamped_day(text).is_some() => Some(text),
        Block::Text(_) | Block::Thinking(_) | Block::ToolUse { .. } | Block::Other(_) => None,
    })
}

/// The day of a stamp that was made by [`stamp`].
pub(crate) fn stamped_day(text: &str) -> Option<&str> {
    let day = text.strip_prefix('[')?.get(4..14)?;
    day.parse::<jiff::civil::Date>().is_ok().then_some(day)
}

/// The context block.
pub(crate) fn block(user: &User, memories: &[Memory], tasks: &[Task]) -> String {
    let mut text = format!("{OPENING}\nPerson: {} <{}>\n", user.name, user.email);
    push_line(&mut text, &format!("Time zone: {}; language: {}", user.timezone, user.locale));
    if !user.instructions.is_empty() {
        push_line(&mut text, &format!("Their instructions: {}", user.instructions));
    }
    push_line(&mut text, if memories.is_empty() { "Memories: none" } else { "Memories:" });
    for memory in memories {
        push_line(&mut text, &format!("- {} (id {})", memory.text, memory.id));
    }
    push_line(&mut text, if tasks.is_empty() { "Tasks: none" } else { "Tasks:" });
    let zone = zone(user);
    for task in tasks {
        push_line(&mut text, &task_line(task, &zone));
    }
    text.push_str("</context>");
    text
}

/// What other versions of the conversation have already done, for the answer on a new branch.
pub(crate) fn elsewhere(writes: &[ToolCallRow]) -> Option<String> {
    if writes.is_empty() {
        return None;
    }
    let mut text =
        "<elsewhere>\nAlready done in other versions of this conversation; do not repeat it unasked:\n"
            .to_owned();
    for call in writes {
        let arguments = call.edited_arguments.as_ref().unwrap_or(&call.arguments);
        push_line(&mut text, &format!("- {} {arguments}: {}", call.tool, call.status));
    }
    text.push_str("</elsewhere>");
    Some(text)
}

/// The context block that was sent last on a branch.
pub(crate) fn last_sent(branch: &[BranchMessage]) -> Option<&str> {
    branch.iter().rev().flat_map(|entry| &entry.message.content).find_map(context_text)
}

fn context_text(raw: &Value) -> Option<&str> {
    match Block::of(raw) {
        Block::Text(text) if text.starts_with(OPENING) => Some(text),
        Block::Text(_) | Block::Thinking(_) | Block::ToolUse { .. } | Block::Other(_) => None,
    }
}

fn task_line(task: &Task, zone: &TimeZone) -> String {
    let title: String = task.title.chars().take(TITLE_CHARS).collect();
    let mut line = format!("- [{}] {title}", task.status);
    if task.status == TaskStatus::Open {
        if let Some(day) = &task.due_on {
            let _ = write!(line, ", due {day}");
        }
        if let Some(moment) = task.due_at {
            let local = moment.timestamp().to_zoned_datetime(zone.clone());
            let _ = write!(line, ", due {}", local.strftime("%Y-%m-%d %H:%M"));
        }
    }
    if let Some(assignee) = &task.assignee {
        let _ = write!(line, ", for {assignee}");
    }
    let _ = write!(line, " (id {})", task.id);
    line
}

fn push_line(text: &mut String, line: &str) {
    // A line break inside a title or an instruction must not look like a line of ours.
    text.push_str(&line.replace(['\n', '\r'], " "));
    text.push('\n');
}
