//! What may stand in a task, whoever writes it: a person over HTTP, or a model through a tool.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer};

use crate::{NewTask, TaskChange, TaskStatus, Ts};

const MAX_TITLE: usize = 500;
const MAX_NOTES: usize = 20_000;
const MAX_ASSIGNEE: usize = 200;

/// The fields of a task as they are written; `null` clears a field, an absent one stays.
#[derive(Clone, Debug, Default)]
pub struct TaskFields {
    /// What is to be done.
    pub title: Option<String>,
    /// More about it.
    pub notes: Option<String>,
    /// `open` or `done`.
    pub status: Option<TaskStatus>,
    /// The day it is due, `YYYY-MM-DD`.
    pub due_on: Option<Option<String>>,
    /// The moment it is due, RFC 3339.
    pub due_at: Option<Option<String>>,
    /// Who does it.
    pub assignee: Option<Option<String>>,
}

/// One wrong field: its name, and what would be right.
pub type FieldError = (&'static str, String);

/// Reads a field that may be `null` as `Some(None)`, so that it differs from an absent one.
pub fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(value).map(Some)
}

impl TaskFields {
    /// As a new task.
    pub fn into_new(self) -> Result<NewTask, Vec<FieldError>> {
        let is_missing = self.title.is_none();
        let change = self.into_change();
        match change {
            Ok(TaskChange { title: Some(title), notes, status, due_on, due_at, assignee }) => {
                Ok(NewTask {
                    title,
                    notes: notes.unwrap_or_default(),
                    status: status.unwrap_or_default(),
                    due_on: due_on.flatten(),
                    due_at: due_at.flatten(),
                    assignee: assignee.flatten(),
                    made_by: None,
                })
            }
            Ok(_) => Err(vec![("title", "a task needs a title".to_owned())]),
            Err(mut problems) => {
                if is_missing {
                    problems.push(("title", "a task needs a title".to_owned()));
                }
                Err(problems)
            }
        }
    }

    /// As a change.
    pub fn into_change(self) -> Result<TaskChange, Vec<FieldError>> {
        let mut problems = Vec::new();
        let title = self.title.map(|title| title.trim().to_owned());
        if title.as_ref().is_some_and(|title| !(1..=MAX_TITLE).contains(&title.chars().count())) {
            problems.push(("title", format!("1 to {MAX_TITLE} characters")));
        }
        if self.notes.as_ref().is_some_and(|notes| notes.chars().count() > MAX_NOTES) {
            problems.push(("notes", format!("at most {MAX_NOTES} characters")));
        }
        let assignee = self.assignee.map(|name| name.filter(|name| !name.trim().is_empty()));
        if assignee.iter().flatten().any(|name| name.chars().count() > MAX_ASSIGNEE) {
            problems.push(("assignee", format!("at most {MAX_ASSIGNEE} characters")));
        }
        let due_on = self.due_on.map(|day| day.and_then(|day| checked_day(day, &mut problems)));
        let due_at = self.due_at.map(|at| at.and_then(|at| checked_moment(&at, &mut problems)));
        if matches!((&due_on, &due_at), (Some(Some(_)), Some(Some(_)))) {
            problems.push(("dueAt", "a task is due on a day or at a moment, not both".to_owned()));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(TaskChange { title, notes: self.notes, status: self.status, due_on, due_at, assignee })
    }
}

fn checked_day(day: String, problems: &mut Vec<FieldError>) -> Option<String> {
    // `Date` also reads other ISO 8601 forms; the contract has one.
    let is_plain = day.len() == 10 && day.parse::<Date>().is_ok();
    if !is_plain {
        problems.push(("dueOn", "a day as YYYY-MM-DD, one that exists".to_owned()));
    }
    is_plain.then_some(day)
}

fn checked_moment(at: &str, problems: &mut Vec<FieldError>) -> Option<Ts> {
    if let Ok(moment) = at.parse::<Timestamp>() {
        return Some(moment.into());
    }
    let problem = "a moment as RFC 3339 with its offset, such as 2026-12-03T14:00:00Z";
    problems.push(("dueAt", problem.to_owned()));
    None
}
