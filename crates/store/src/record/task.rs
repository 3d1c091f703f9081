//! Tasks.

use agent::{TaskId, words};
use serde::Serialize;
use utoipa::ToSchema;

use super::field::LOCAL;
use crate::{Ts, fresh};

words! {
    /// Whether a task is still to be done.
    TaskStatus as "task status" {
        /// To be done.
        Open = "open",
        /// Done.
        Done = "done",
    }
}

/// A task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TaskBody)]
pub struct Task {
    /// Its id.
    #[schema(value_type = Uuid)]
    pub id: TaskId,
    /// What is to be done.
    #[schema(example = "Send the offer")]
    pub title: String,
    /// More about it.
    #[schema(example = "With the new prices.")]
    pub notes: String,
    /// `open` or `done`.
    #[schema(value_type = String, example = "open")]
    pub status: TaskStatus,
    /// The day it is due.
    #[schema(required, format = "date", example = "2026-11-27")]
    pub due_on: Option<String>,
    /// The moment it is due.
    #[schema(value_type = Option<String>, required, format = "date-time")]
    pub due_at: Option<Ts>,
    /// Who does it.
    #[schema(required)]
    pub assignee: Option<String>,
    /// Where it lives.
    #[schema(example = "local")]
    pub source: String,
    /// Its id there.
    #[schema(required)]
    pub external_id: Option<String>,
    /// Its page there.
    #[schema(required)]
    pub external_url: Option<String>,
    /// When it was made.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Ts,
    /// When it last changed.
    #[schema(value_type = String, format = "date-time")]
    pub updated_at: Ts,
}

impl Task {
    /// The beginning of a task of the person's own: open, without words, due at no time.
    #[must_use]
    pub fn new(now: Ts) -> Self {
        Self {
            id: fresh(),
            title: String::new(),
            notes: String::new(),
            status: TaskStatus::Open,
            due_on: None,
            due_at: None,
            assignee: None,
            source: LOCAL.to_owned(),
            external_id: None,
            external_url: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// The task after a change.
    #[must_use]
    pub fn changed(self, change: TaskChange, now: Ts) -> Self {
        let (mut due_on, mut due_at) = (self.due_on, self.due_at);
        if let Some(day) = change.due_on {
            if day.is_some() {
                due_at = None;
            }
            due_on = day;
        }
        if let Some(moment) = change.due_at {
            if moment.is_some() {
                due_on = None;
            }
            due_at = moment;
        }
        Self {
            title: change.title.unwrap_or(self.title),
            notes: change.notes.unwrap_or(self.notes),
            status: change.status.unwrap_or(self.status),
            due_on,
            due_at,
            assignee: change.assignee.unwrap_or(self.assignee),
            updated_at: now,
            ..self
        }
    }
}

/// A change of a task; absent fields stay. Setting one due field clears the other.
#[derive(Clone, Debug, Default)]
pub struct TaskChange {
    /// New title.
    pub title: Option<String>,
    /// New notes.
    pub notes: Option<String>,
    /// New state.
    pub status: Option<TaskStatus>,
    /// New day; `Some(None)` clears it.
    pub due_on: Option<Option<String>>,
    /// New moment; `Some(None)` clears it.
    pub due_at: Option<Option<Ts>>,
    /// New assignee; `Some(None)` clears it.
    pub assignee: Option<Option<String>>,
}

/// Which tasks are wanted.
#[derive(Clone, Debug, Default)]
pub struct TaskFilter {
    /// Only in this state.
    pub status: Option<TaskStatus>,
    /// Only with every word of this somewhere in title or notes, case and accents aside.
    pub query: Option<String>,
    /// Only due before this day: `due_on` before it, or `due_at` before `due_before_at`.
    pub due_before: Option<String>,
    /// The moment at which `due_before` begins for the person; set together with it.
    pub due_before_at: Option<Ts>,
    /// Only from this source.
    pub source: Option<String>,
}
