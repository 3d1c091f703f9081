//! The arguments of the task tools: what the model is told of each field, and how it is read.

use schemars::JsonSchema;
use serde::Deserialize;
use store::{TaskFields, TaskStatus, present};

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CreateTask {
    /// What is to be done, in a few words.
    #[schemars(length(min = 1, max = 500))]
    pub(super) title: String,
    /// More about it.
    #[serde(default)]
    pub(super) notes: Option<String>,
    /// The day it is due, as YYYY-MM-DD. Not together with dueAt.
    #[serde(default)]
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"), extend("format" = "date"))]
    pub(super) due_on: Option<String>,
    /// The moment it is due, in UTC as RFC 3339 with Z. Not together with dueOn.
    #[serde(default)]
    #[schemars(extend("format" = "date-time"))]
    pub(super) due_at: Option<String>,
    /// Who does it, if not the person.
    #[serde(default)]
    pub(super) assignee: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListTasks {
    /// Only tasks in this state: open or done.
    #[serde(default)]
    #[schemars(with = "Option<Status>")]
    pub(super) status: Option<TaskStatus>,
    /// Only tasks with all these words in their title or notes.
    #[serde(default)]
    pub(super) q: Option<String>,
    /// Only tasks due before this day, as YYYY-MM-DD.
    #[serde(default)]
    pub(super) due_before: Option<String>,
    /// `nextCursor` of the page before.
    #[serde(default)]
    pub(super) cursor: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TaskIs {
    /// The task's id.
    pub(super) id: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UpdateTask {
    /// The task's id.
    pub(super) id: String,
    /// The new title.
    #[serde(default)]
    #[schemars(length(min = 1, max = 500))]
    title: Option<String>,
    /// The new notes.
    #[serde(default)]
    notes: Option<String>,
    /// The new state: open or done.
    #[serde(default)]
    #[schemars(with = "Option<Status>")]
    status: Option<TaskStatus>,
    /// The new day, as YYYY-MM-DD; null for none.
    #[serde(default, deserialize_with = "present")]
    #[schemars(
        with = "Option<String>",
        regex(pattern = r"^\d{4}-\d{2}-\d{2}$"),
        extend("format" = "date")
    )]
    due_on: Option<Option<String>>,
    /// The new moment, in UTC as RFC 3339 with Z; null for none.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    due_at: Option<Option<String>>,
    /// Who does it now; null for nobody in particular.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    assignee: Option<Option<String>>,
}

/// The states of a task, for the schema.
#[derive(JsonSchema)]
#[schemars(inline, rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is used")]
enum Status {
    Open,
    Done,
}

impl CreateTask {
    pub(super) fn into_fields(self) -> TaskFields {
        TaskFields {
            title: Some(self.title),
            notes: self.notes,
            status: None,
            due_on: Some(self.due_on),
            due_at: Some(self.due_at),
            assignee: Some(self.assignee),
        }
    }
}

impl UpdateTask {
    pub(super) fn into_fields(self) -> TaskFields {
        TaskFields {
            title: self.title,
            notes: self.notes,
            status: self.status,
            due_on: self.due_on,
            due_at: self.due_at,
            assignee: self.assignee,
        }
    }
}
