//! Results in words. Nothing is said to have happened that a result does not say.

use jiff::civil::Date;
use jiff::{Span, ZonedDateTime};
use serde_json::Value;

use crate::conversation::Call;
use crate::dates::Due;
use crate::task::{Filter, Task, Window};

const MOST_LISTED: usize = 25;
const TITLE_CHARS: usize = 120;

/// A day as people say it: "today", "on Friday, 27 November".
pub(crate) fn day_words(day: Date, now: &ZonedDateTime) -> String {
    let today = now.date();
    let ahead = |days: i64| today.saturating_add(Span::new().days(days));
    if day == today {
        "today".to_owned()
    } else if day == ahead(1) {
        "tomorrow".to_owned()
    } else if day == ahead(-1) {
        "yesterday".to_owned()
    } else if day.year() == today.year() {
        day.strftime("on %A, %-d %B").to_string()
    } else {
        day.strftime("on %A, %-d %B %Y").to_string()
    }
}

fn due_words(due: &Due, now: &ZonedDateTime) -> String {
    match due {
        Due::On(day) => day_words(*day, now),
        Due::At(moment) => {
            let local = moment.to_zoned_datetime(now.time_zone().clone());
            format!("{} at {}", day_words(local.date(), now), local.strftime("%H:%M"))
        }
    }
}

/// A title in quotes, on one line and of bearable length.
pub(crate) fn quoted(title: &str) -> String {
    format!("“{}”", short(title))
}

fn short(title: &str) -> String {
    let line = title.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= TITLE_CHARS {
        return line;
    }
    line.chars().take(TITLE_CHARS).chain(['…']).collect()
}

/// The tasks of a result of `list_tasks`, and whether there are more.
pub(crate) fn tasks(result: &Value) -> Option<(Vec<Task>, bool)> {
    let items = result["items"].as_array()?;
    Some((items.iter().filter_map(Task::of).collect(), result["nextCursor"].is_string()))
}

/// A numbered list.
pub(crate) fn numbered(tasks: &[Task], now: &ZonedDateTime) -> String {
    let line = |(number, task): (usize, &Task)| {
        let due = task.due.as_ref().filter(|_| !task.done);
        let due = due.map_or(String::new(), |due| format!(", due {}", due_words(due, now)));
        let person = task.assignee.as_ref().map_or(String::new(), |name| format!(", for {name}"));
        let done = if task.done { " (done)" } else { "" };
        format!("{number}. {}{due}{person}{done}", short(&task.title))
    };
    let mut lines: Vec<String> = (1..).zip(tasks).take(MOST_LISTED).map(line).collect();
    if tasks.len() > MOST_LISTED {
        lines.push(format!("\n… and {} more.", tasks.len() - MOST_LISTED));
    }
    lines.join("\n")
}

/// The answer to a question about the list, and the tasks it names.
pub(crate) fn list(
    filter: &Filter,
    result: &Value,
    now: &ZonedDateTime,
) -> Option<(String, Vec<Task>)> {
    let (mut tasks, more) = tasks(result)?;
    tasks.retain(|task| fits(task, filter.window.as_ref(), now));
    let about = filter.q.as_ref().map_or(String::new(), |q| format!(" about {}", quoted(q)));
    let kind =
        filter.status.map_or("", |status| if status == "done" { "finished " } else { "open " });
    let noun = if tasks.len() == 1 { "task" } else { "tasks" };
    let text = match (&filter.window, tasks.len()) {
        (Some(Window::Overdue), 0) => "Nothing is overdue.".to_owned(),
        (Some(Window::Days(_, _, name)), 0) => format!("Nothing is due {name}."),
        (None, 0) => format!("You have no {kind}tasks{about}."),
        (Some(Window::Overdue), count) => format!("{count} {noun} overdue:"),
        (Some(Window::Days(_, _, name)), count) => format!("{count} {noun} due {name}:"),
        (None, count) => format!("You have {count} {kind}{noun}{about}:"),
    };
    let list =
        if tasks.is_empty() { String::new() } else { format!("\n\n{}", numbered(&tasks, now)) };
    let rest = if more { "\n\nThere are more tasks than I was given." } else { "" };
    Some((format!("{text}{list}{rest}"), tasks))
}

fn fits(task: &Task, window: Option<&Window>, now: &ZonedDateTime) -> bool {
    let due = task.due.as_ref().map(|due| due.day(now));
    match window {
        None => true,
        Some(Window::Overdue) => match &task.due {
            Some(Due::At(moment)) => *moment < now.timestamp(),
            Some(Due::On(day)) => *day < now.date(),
            None => false,
        },
        Some(Window::Days(from, to, _)) => {
            due.is_some_and(|due| due <= *to && from.is_none_or(|from| due >= from))
        }
    }
}

/// One sentence about a call that succeeded, and the task that it leaves. `title` is what the task
/// was called before, as far as known.
pub(crate) fn confirm(
    call: &Call,
    result: &Value,
    title: Option<&str>,
    now: &ZonedDateTime,
) -> Option<(String, Option<Task>)> {
    if call.name == "delete_task" {
        let name = title.map_or("the task".to_owned(), quoted);
        return (result["deleted"] == true).then(|| (format!("I deleted {name}."), None));
    }
    let task = Task::of(result)?;
    let name = quoted(&task.title);
    let due = task.due.as_ref().map(|due| due_words(due, now));
    let due_part = due.as_ref().map_or(String::new(), |due| format!(", due {due}"));
    let changed = |key: &str| call.input.get(key).is_some();
    let text = match call.name.as_str() {
        "create_task" => {
            let person =
                task.assignee.as_ref().map_or(String::new(), |name| format!(", for {name}"));
            format!("I added {name}{due_part}{person}.")
        }
        "complete_task" if task.done => format!("I marked {name} as done."),
        "update_task" if changed("dueOn") || changed("dueAt") => match due {
            Some(due) => format!("{name} is now due {due}."),
            None => format!("{name} now has no due date."),
        },
        "update_task" if changed("title") => format!("It is now called {name}{due_part}."),
        "update_task" if changed("assignee") => match &task.assignee {
            Some(person) => format!("{name} is now assigned to {person}."),
            None => format!("{name} is now assigned to nobody."),
        },
        "update_task" if !task.done => format!("{name} is open again{due_part}."),
        _ => format!("{name} was changed{due_part}."),
    };
    Some((text, Some(task)))
}
