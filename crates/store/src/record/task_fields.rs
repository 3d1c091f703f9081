//! What may stand in a task.

use jiff::civil::Date;

use super::field::{Checked, FieldError, line, moment, notes, title};
use crate::{NewTask, TaskChange, TaskStatus};

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

impl TaskFields {
    /// As a new task.
    pub fn into_new(self) -> Checked<NewTask> {
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
    pub fn into_change(self) -> Checked<TaskChange> {
        let mut problems = Vec::new();
        let title = title(self.title, &mut problems);
        let notes = notes(self.notes, &mut problems);
        let assignee = line("assignee", self.assignee, MAX_ASSIGNEE, &mut problems);
        let due_on = self.due_on.map(|day| day.and_then(|day| checked_day(day, &mut problems)));
        let due_at = self.due_at.map(|at| at.and_then(|at| moment("dueAt", &at, &mut problems)));
        if matches!((&due_on, &due_at), (Some(Some(_)), Some(Some(_)))) {
            problems.push(("dueAt", "a task is due on a day or at a moment, not both".to_owned()));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(TaskChange { title, notes, status: self.status, due_on, due_at, assignee })
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
