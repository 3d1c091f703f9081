//! Task tools: create, list, get, update, complete, delete.

mod words;

use agent::TaskId;
use agent::tool::{ToolCall, ToolOutput};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{LOCAL, Task, TaskChange, TaskFields, TaskFilter, TaskStatus, Tasks, Ts};

use crate::built_in::{Desk, Kind, Result, id, missing, now, output, page, read};

const TASK: Kind = ("task", "the tasks");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListTasks {
    status: Option<TaskStatus>,
    q: Option<String>,
    due_before: Option<String>,
    cursor: Option<String>,
}

#[derive(Clone, Copy)]
pub(crate) enum Action {
    Create,
    List,
    Get,
    Update,
    Complete,
    Delete,
}

/// The task tools by their names.
pub(crate) const TOOLS: &[(&str, Action)] = &[
    ("create_task", Action::Create),
    ("list_tasks", Action::List),
    ("get_task", Action::Get),
    ("update_task", Action::Update),
    ("complete_task", Action::Complete),
    ("delete_task", Action::Delete),
];

impl Desk for Tasks {
    type Action = Action;

    fn check(&self, action: Action, arguments: &Value) -> Result<()> {
        match action {
            Action::Create | Action::Update => {
                read::<TaskFields>(arguments)?.into_change()?;
            }
            Action::List => {
                start_of(read::<ListTasks>(arguments)?.due_before.as_deref(), "UTC")?;
            }
            Action::Get | Action::Complete | Action::Delete => {}
        }
        Ok(())
    }

    async fn describe(&self, action: Action, call: &ToolCall) -> String {
        let task = match id(call, TASK) {
            Ok(id) => self.get(call.user, id).await.ok().flatten(),
            Err(_malformed) => None,
        };
        let known = task.map_or_else(
            || "a task that does not exist".to_owned(),
            |task| format!("the task “{}”", task.title),
        );
        match action {
            Action::Create => words::create(&call.arguments, &call.timezone),
            Action::List => "List tasks".to_owned(),
            Action::Get => format!("Look at {known}"),
            Action::Update => {
                format!("Change {known}: {}", words::changes(&call.arguments, &call.timezone))
            }
            Action::Complete => format!("Mark {known} as done"),
            Action::Delete => format!("Delete {known} for good"),
        }
    }

    async fn call(&self, action: Action, call: &ToolCall) -> Result<ToolOutput> {
        match action {
            Action::Create => {
                let task = read::<TaskFields>(&call.arguments)?.into_new(now(call))?;
                // The call is the key: run again after a crash, it finds the task that it made.
                shown(&self.create(call.user, task, Some(call.id)).await?)
            }
            Action::List => {
                let ListTasks { status, q, due_before, cursor } = read(&call.arguments)?;
                let due_before_at = start_of(due_before.as_deref(), &call.timezone)?;
                let filter =
                    TaskFilter { status, query: q, due_before, due_before_at, source: None };
                let found = self.list(call.user, &filter, &page(cursor)).await?;
                output(&found, found.items.iter().any(is_from_outside))
            }
            Action::Get => {
                let found = self.get(call.user, id(call, TASK)?).await?;
                shown(&found.ok_or_else(|| missing(call, TASK))?)
            }
            Action::Update => {
                let change = read::<TaskFields>(&call.arguments)?.into_change()?;
                change_task(self, call, change).await
            }
            Action::Complete => {
                let change = TaskChange { status: Some(TaskStatus::Done), ..TaskChange::default() };
                change_task(self, call, change).await
            }
            Action::Delete => {
                let id: TaskId = id(call, TASK)?;
                // Deleting what is gone already is the same outcome, so a repeat after a crash is
                // no error.
                self.delete(call.user, id).await?;
                Ok(json!({"deleted": true, "id": id}).into())
            }
        }
    }
}

async fn change_task(tasks: &Tasks, call: &ToolCall, change: TaskChange) -> Result<ToolOutput> {
    let changed = tasks.update(call.user, id(call, TASK)?, change, now(call)).await?;
    shown(&changed.ok_or_else(|| missing(call, TASK))?)
}

/// The moment before which listed tasks are due.
fn start_of(day: Option<&str>, timezone: &str) -> Result<Option<Ts>> {
    let start = day.map(|day| {
        let wrong = || vec![("dueBefore", "a day as YYYY-MM-DD, one that exists".to_owned())];
        Ts::start_of_day(day, timezone).ok_or_else(wrong)
    });
    Ok(start.transpose()?)
}

/// Whether somebody else may have written what is in it.
fn is_from_outside(task: &Task) -> bool {
    task.source != LOCAL
}

fn shown(task: &Task) -> Result<ToolOutput> {
    output(task, is_from_outside(task))
}
