//! What the agent knows of its person: the context block and the stamp that go before the text of
//! a message. They are part of the message and never change afterwards, so the cached prefix of a
//! conversation never moves.

use std::fmt::Write as _;

use agent::message::text_of;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use store::{BranchMessage, Context, Meeting, Summary, Task, TaskStatus, ToolCallRow, Ts, User};

/// Outside titles may be of any length; more than this tells the model nothing.
const TITLE_CHARS: usize = 80;

const OPENING: &str = "<context>";

/// A day and a time of day. With its offset a time is clear even in an hour that comes twice, and
/// easily turned into UTC.
const DAY: &str = "%a %Y-%m-%d ";
const TIME: &str = "%H:%M%:z";

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
    content.iter().filter_map(text_of).find(|text| stamped_day(text).is_some())
}

/// The day of a stamp that was made by [`stamp`].
pub(crate) fn stamped_day(text: &str) -> Option<&str> {
    let day = text.strip_prefix('[')?.get(4..14)?;
    day.parse::<jiff::civil::Date>().is_ok().then_some(day)
}

/// The context block. It holds no relative times, so that it differs only when something did.
pub(crate) fn block(user: &User, Context { memories, tasks, meetings }: &Context) -> String {
    let mut text = format!("{OPENING}\nPerson: {} <{}>\n", user.name, user.email);
    push_line(&mut text, &format!("Time zone: {}; language: {}", user.timezone, user.locale));
    if !user.instructions.is_empty() {
        push_line(&mut text, &format!("Their instructions: {}", user.instructions));
    }
    push_line(&mut text, if memories.is_empty() { "Memories: none" } else { "Memories:" });
    for memory in memories {
        push_line(&mut text, &format!("- {} (id {})", memory.text, memory.id));
    }
    let zone = zone(user);
    push_list(&mut text, "Tasks", tasks.iter().map(|task| task_line(task, &zone)));
    let lines = meetings.iter().map(|meeting| meeting_line(meeting, &zone));
    push_list(&mut text, "Next meetings", lines);
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
        let arguments = call.effective_arguments();
        push_line(&mut text, &format!("- {} {arguments}: {}", call.tool, call.status));
    }
    text.push_str("</elsewhere>");
    Some(text)
}

/// The context block that was sent last: in these messages, or kept with what stands before them.
pub(crate) fn newest<'a>(
    summary: Option<&'a Summary>,
    messages: &'a [BranchMessage],
) -> Option<&'a str> {
    let said = messages.iter().rev().flat_map(|entry| &entry.message.content);
    said.chain(summary.into_iter().flat_map(|summary| &summary.content)).find_map(context_text)
}

/// The context block that this is, if it is one.
pub(crate) fn context_text(raw: &Value) -> Option<&str> {
    text_of(raw).filter(|text| text.starts_with(OPENING))
}

fn task_line(task: &Task, zone: &TimeZone) -> String {
    let mut line = format!("- [{}] {}", task.status, cut(&task.title));
    if task.status == TaskStatus::Open {
        if let Some(day) = &task.due_on {
            let _ = write!(line, ", due {day}");
        }
        if let Some(moment) = task.due_at {
            let _ = write!(line, ", due {}", local(moment, zone, &format!("{DAY}{TIME}")));
        }
    }
    if let Some(assignee) = &task.assignee {
        let _ = write!(line, ", for {assignee}");
    }
    let _ = write!(line, " (id {})", task.id);
    line
}

/// When it is and what it is called; its title may be somebody else's, and its notes are not told.
fn meeting_line(meeting: &Meeting, zone: &TimeZone) -> String {
    let when = if meeting.all_day {
        // Whole days are days where they are meant, wherever the person is.
        let zone = TimeZone::get(&meeting.timezone).unwrap_or(TimeZone::UTC);
        let inside = Ts(meeting.ends_at.0.saturating_sub(1));
        let (first, last) = (local(meeting.starts_at, &zone, DAY), local(inside, &zone, DAY));
        if first == last { format!("{first}all day") } else { format!("{first}to {last}all day") }
    } else {
        let day = local(meeting.starts_at, zone, DAY);
        let time = local(meeting.starts_at, zone, TIME);
        let ends = local(meeting.ends_at, zone, &format!("{DAY}{TIME}"));
        format!("{day}{time} to {}", ends.strip_prefix(&day).unwrap_or(&ends))
    };
    format!("- {when}: {} (id {})", cut(&meeting.title), meeting.id)
}

/// A moment by the clock of a zone.
fn local(moment: Ts, zone: &TimeZone, format: &str) -> String {
    moment.timestamp().to_zoned_datetime(zone.clone()).strftime(format).to_string()
}

fn cut(title: &str) -> String {
    title.chars().take(TITLE_CHARS).collect()
}

fn push_list(text: &mut String, name: &str, lines: impl ExactSizeIterator<Item = String>) {
    push_line(text, &format!("{name}:{}", if lines.len() == 0 { " none" } else { "" }));
    for line in lines {
        push_line(text, &line);
    }
}

fn push_line(text: &mut String, line: &str) {
    // A line break inside a title or an instruction must not look like a line of ours.
    text.push_str(&line.replace(['\n', '\r'], " "));
    text.push('\n');
}

#[cfg(test)]
mod tests;
