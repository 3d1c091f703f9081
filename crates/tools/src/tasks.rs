//! Task tools: create, list, get, update, complete, delete.

mod arguments;
mod words;

use std::sync::Arc;

use agent::TaskId;
use agent::digest::NotCanonical;
use agent::tool::{
    ArgumentProblem, BoxFuture, Effect, Tool, ToolCall, ToolError, ToolOutput, ToolSpec,
    check_arguments,
};
use serde_json::{Value, json};
use store::{PageRequest, Task, TaskChange, TaskFilter, TaskStatus, Tasks, Ts};

use crate::built_in::{
    LIST_LIMIT, LOCAL, broke, missing, parse, pointed, read, refused, spec, written,
};
use arguments::{CreateTask, ListTasks, TaskIs, UpdateTask};

/// What `dueBefore` must be.
const DAY: &str = "a day as YYYY-MM-DD, one that exists";

/// What one of the tools does.
#[derive(Clone, Copy)]
enum Action {
    Create,
    List,
    Get,
    Update,
    Complete,
    Delete,
}

struct TaskTool {
    spec: ToolSpec,
    action: Action,
    tasks: Tasks,
}

/// The task tools.
pub(crate) fn tools(tasks: &Tasks) -> Result<Vec<Arc<dyn Tool>>, NotCanonical> {
    let tool = |action, spec| -> Arc<dyn Tool> {
        Arc::new(TaskTool { spec, action, tasks: tasks.clone() })
    };
    Ok(vec![
        tool(
            Action::Create,
            spec::<CreateTask>(
                "create_task",
                "Add task",
                "Adds a task to the person's list.",
                Effect::REVERSIBLE,
            )?,
        ),
        tool(
            Action::List,
            spec::<ListTasks>(
                "list_tasks",
                "List tasks",
                "Lists the person's tasks, newest first, at most 50 at a time. Filters narrow it down.",
                Effect::Read,
            )?,
        ),
        tool(
            Action::Get,
            spec::<TaskIs>(
                "get_task",
                "Look at task",
                "Gives one task with its notes.",
                Effect::Read,
            )?,
        ),
        tool(
            Action::Update,
            spec::<UpdateTask>(
                "update_task",
                "Change task",
                "Changes a task. Fields that are left out stay; null clears a field. Setting one due field clears the other.",
                Effect::REVERSIBLE,
            )?,
        ),
        tool(
            Action::Complete,
            spec::<TaskIs>(
                "complete_task",
                "Complete task",
                "Marks a task as done.",
                Effect::REVERSIBLE,
            )?,
        ),
        tool(
            Action::Delete,
            spec::<TaskIs>(
                "delete_task",
                "Delete task",
                "Deletes a task for good. To mark it as done, use complete_task.",
                Effect::DESTRUCTIVE,
            )?,
        ),
    ])
}

impl Tool for TaskTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn check(&self, arguments: &Value) -> Vec<ArgumentProblem> {
        let problems = check_arguments(&self.spec.input_schema, arguments);
        if problems.is_empty() { self.check_meaning(arguments) } else { problems }
    }

    fn summary<'a>(&'a self, call: &'a ToolCall) -> BoxFuture<'a, String> {
        Box::pin(async move {
            let task = match call.arguments["id"].as_str().and_then(|id| id.parse().ok()) {
                Some(id) => self.tasks.get(call.user, id).await.ok().flatten(),
                None => None,
            };
            self.describe(call, task.as_ref())
        })
    }

    fn call(&self, call: ToolCall) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        Box::pin(async move {
            match self.action {
                Action::Create => self.create(call).await,
                Action::List => self.list(call).await,
                Action::Get => self.get(call).await,
                Action::Update => self.update(call).await,
                Action::Complete => self.complete(call).await,
                Action::Delete => self.delete(call).await,
            }
        })
    }
}

impl TaskTool {
    /// What the schema cannot say.
    fn check_meaning(&self, arguments: &Value) -> Vec<ArgumentProblem> {
        let checked = match self.action {
            Action::Create => parse::<CreateTask>(arguments)
                .and_then(|create| create.into_fields().into_new().map(drop).map_err(pointed)),
            Action::Update => parse::<UpdateTask>(arguments)
                .and_then(|update| update.into_fields().into_change().map(drop).map_err(pointed)),
            Action::List => parse::<ListTasks>(arguments).and_then(|list| match list.due_before {
                Some(day) if Ts::start_of_day(&day, "UTC").is_none() => {
                    Err(pointed(vec![("dueBefore", DAY.to_owned())]))
                }
                _ => Ok(()),
            }),
            Action::Get | Action::Complete | Action::Delete => Ok(()),
        };
        checked.err().unwrap_or_default()
    }

    async fn create(&self, call: ToolCall) -> Result<ToolOutput, ToolError> {
        let mut task = read::<CreateTask>(&call)?.into_fields().into_new().map_err(refused)?;
        // The call is the key: run again after a crash, it finds the task that it made.
        task.made_by = Some(call.id);
        let made = self.tasks.create(call.user, task, Ts(call.now_micros)).await;
        shown(&made.map_err(broke)?)
    }

    async fn list(&self, call: ToolCall) -> Result<ToolOutput, ToolError> {
        let ListTasks { status, q, due_before, cursor } = read(&call)?;
        let due_before_at = match &due_before {
            Some(day) => Some(
                Ts::start_of_day(day, &call.timezone)
                    .ok_or_else(|| ToolError::TellModel(format!("dueBefore must be {DAY}")))?,
            ),
            None => None,
        };
        let filter = TaskFilter { status, query: q, due_before, due_before_at, source: None };
        let page = PageRequest { limit: LIST_LIMIT, cursor };
        let found = self.tasks.list(call.user, &filter, &page).await.map_err(broke)?;
        let from_outside = found.items.iter().any(is_from_outside);
        Ok(ToolOutput {
            value: json!({"items": found.items, "nextCursor": found.next}),
            from_outside,
        })
    }

    async fn get(&self, call: ToolCall) -> Result<ToolOutput, ToolError> {
        let id = read::<TaskIs>(&call)?.id;
        let found = self.tasks.get(call.user, task_id(&id)?).await.map_err(broke)?;
        shown(&found.ok_or_else(|| missing("task", &id))?)
    }

    async fn update(&self, call: ToolCall) -> Result<ToolOutput, ToolError> {
        let update = read::<UpdateTask>(&call)?;
        let id = update.id.clone();
        let change = update.into_fields().into_change().map_err(refused)?;
        self.change(&call, &id, change).await
    }

    async fn complete(&self, call: ToolCall) -> Result<ToolOutput, ToolError> {
        let id = read::<TaskIs>(&call)?.id;
        let change = TaskChange { status: Some(TaskStatus::Done), ..TaskChange::default() };
        self.change(&call, &id, change).await
    }

    async fn change(
        &self,
        call: &ToolCall,
        id: &str,
        change: TaskChange,
    ) -> Result<ToolOutput, ToolError> {
        let now = Ts(call.now_micros);
        let changed = self.tasks.update(call.user, task_id(id)?, change, now).await;
        shown(&changed.map_err(broke)?.ok_or_else(|| missing("task", id))?)
    }

    async fn delete(&self, call: ToolCall) -> Result<ToolOutput, ToolError> {
        let id = read::<TaskIs>(&call)?.id;
        self.tasks.delete(call.user, task_id(&id)?).await.map_err(broke)?;
        // Deleting what is gone already is the same outcome, so a repeat after a crash is no error.
        Ok(json!({"deleted": true, "id": id}).into())
    }

    fn describe(&self, call: &ToolCall, task: Option<&Task>) -> String {
        let known = task.map_or_else(
            || "a task that does not exist".to_owned(),
            |task| format!("the task “{}”", task.title),
        );
        match self.action {
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
}

/// Whether somebody else may have written what is in it.
fn is_from_outside(task: &Task) -> bool {
    task.source != LOCAL
}

fn shown(task: &Task) -> Result<ToolOutput, ToolError> {
    Ok(ToolOutput { value: written(task)?, from_outside: is_from_outside(task) })
}

fn task_id(text: &str) -> Result<TaskId, ToolError> {
    text.parse().ok().ok_or_else(|| missing("task", text))
}
