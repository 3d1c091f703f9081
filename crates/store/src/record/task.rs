//! Tasks.

use agent::{TaskId, ToolCallId, words};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Ts;

words! {
    /// Whether a task is still to be done.
    #[derive(Default)]
    TaskStatus as "task status" {
        /// To be done.
        #[default]
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

/// A task to be made.
#[derive(Clone, Debug, Default)]
pub struct NewTask {
    /// What is to be done.
    pub title: String,
    /// More about it.
    pub notes: String,
    /// Whether it is done already.
    pub status: TaskStatus,
    /// The day it is due.
    pub due_on: Option<String>,
    /// The moment it is due.
    pub due_at: Option<Ts>,
    /// Who does it.
    pub assignee: Option<String>,
    /// The tool call that makes it: with the same call it is made once, and the same task comes
    /// back.
    pub made_by: Option<ToolCallId>,
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
