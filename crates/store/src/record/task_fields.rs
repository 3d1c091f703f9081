//! What may stand in a task.

use jiff::civil::Date;
use serde::Deserialize;
use utoipa::ToSchema;

use super::field::{Checked, FieldError, line, moment, notes, present, title};
use crate::{NewTask, TaskChange, TaskStatus};

const MAX_ASSIGNEE: usize = 200;

/// A new task, or a change of one. In a change, what is left out stays, and `null` clears; setting
/// one due field clears the other.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = TaskInput, example = json!({"title": "Send the offer", "dueOn": "2026-11-27"}))]
pub struct TaskFields {
    /// 1 to 500 characters; a new task needs one.
    #[schema(example = "Send the offer")]
    pub title: Option<String>,
    /// At most 20 000 characters.
    pub notes: Option<String>,
    /// `open` or `done`.
    #[schema(value_type = Option<String>, example = "open")]
    pub status: Option<TaskStatus>,
    /// The day it is due; not together with `dueAt`.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = "date", example = "2026-11-27")]
    pub due_on: Option<Option<String>>,
    /// The moment it is due; not together with `dueOn`.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = "date-time")]
    pub due_at: Option<Option<String>>,
    /// Who does it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
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
