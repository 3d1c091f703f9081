//! What may stand in a task.

use serde::Deserialize;
use utoipa::ToSchema;

use super::field::{Checked, FieldError, line, moment, needed, notes, present, title};
use crate::{Task, TaskChange, TaskStatus, Ts};

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
    pub fn into_new(self, now: Ts) -> Checked<Task> {
        let needed = needed([("title", self.title.is_some(), "a task needs a title")]);
        Ok(Task::new(now).changed(self.checked(needed)?, now))
    }

    /// As a change.
    pub fn into_change(self) -> Checked<TaskChange> {
        self.checked(Vec::new())
    }

    fn checked(self, mut problems: Vec<FieldError>) -> Checked<TaskChange> {
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
    let is_day = Ts::start_of_day(&day, "UTC").is_some();
    if !is_day {
        problems.push(("dueOn", "a day as YYYY-MM-DD, one that exists".to_owned()));
    }
    is_day.then_some(day)
}
