//! Task tools: create, list, get, update, complete, delete.

mod arguments;
mod words;

use std::sync::Arc;

use agent::TaskId;
use agent::digest::NotCanonical;
use agent::tool::{
    ArgumentProblem, BoxFuture, Effect, Tool, ToolCall, ToolError, ToolSpec, check_arguments,
};
use schemars::{JsonSchema, schema_for};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use store::{PageRequest, Task, TaskChange, TaskFilter, TaskProblem, TaskStatus, Tasks, Ts};

use arguments::{CreateTask, ListTasks, TaskIs, UpdateTask};

/// The most tasks of one list.
const LIST_LIMIT: u32 = 50;

/// What `dueBefore` must be.
const DAY: &str = "a day as YYYY-MM-DD, one that exists";

const REVERSIBLE: Effect = Effect::Write { idempotent: true, destructive: false, outward: false };
const DESTRUCTIVE: Effect = Effect::Write { idempotent: true, destructive: true, outward: false };

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
                REVERSIBLE,
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
                REVERSIBLE,
            )?,
        ),
        tool(
            Action::Complete,
            spec::<TaskIs>("complete_task", "Complete task", "Marks a task as done.", REVERSIBLE)?,
        ),
        tool(
            Action::Delete,
            spec::<TaskIs>(
                "delete_task",
                "Delete task",
                "Deletes a task for good. To mark it as done, use complete_task.",
                DESTRUCTIVE,
            )?,
        ),
    ])
}

fn spec<T: JsonSchema>(
    name: &str,
    title: &str,
    description: &str,
    effect: Effect,
) -> Result<ToolSpec, NotCanonical> {
    let mut schema = schema_for!(T).to_value();
    if let Some(fields) = schema.as_object_mut() {
        // Neither tells the model anything, and both would be paid for in every request.
        fields.remove("$schema");
        fields.remove("title");
    }
    ToolSpec::new(name, title, description, schema, effect)
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

    fn call(&self, call: ToolCall) -> BoxFuture<'_, Result<Value, ToolError>> {
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

    async fn create(&self, call: ToolCall) -> Result<Value, ToolError> {
        let mut task = read::<CreateTask>(&call)?.into_fields().into_new().map_err(refused)?;
        // The call is the key: run again after a crash, it finds the task that it made.
        task.made_by = Some(call.id);
        let made = self.tasks.create(call.user, task, Ts(call.now_micros)).await;
        shown(&made.map_err(broke)?)
    }

    async fn list(&self, call: ToolCall) -> Result<Value, ToolError> {
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
        Ok(json!({"items": found.items, "nextCursor": found.next}))
    }

    async fn get(&self, call: ToolCall) -> Result<Value, ToolError> {
        let id = read::<TaskIs>(&call)?.id;
        let found = self.tasks.get(call.user, task_id(&id)?).await.map_err(broke)?;
        shown(&found.ok_or_else(|| missing(&id))?)
    }

    async fn update(&self, call: ToolCall) -> Result<Value, ToolError> {
        let update = read::<UpdateTask>(&call)?;
        let id = update.id.clone();
        let change = update.into_fields().into_change().map_err(refused)?;
        self.change(&call, &id, change).await
    }

    async fn complete(&self, call: ToolCall) -> Result<Value, ToolError> {
        let id = read::<TaskIs>(&call)?.id;
        let change = TaskChange { status: Some(TaskStatus::Done), ..TaskChange::default() };
        self.change(&call, &id, change).await
    }

    async fn change(
        &self,
        call: &ToolCall,
        id: &str,
        change: TaskChange,
    ) -> Result<Value, ToolError> {
        let now = Ts(call.now_micros);
        let changed = self.tasks.update(call.user, task_id(id)?, change, now).await;
        shown(&changed.map_err(broke)?.ok_or_else(|| missing(id))?)
    }

    async fn delete(&self, call: ToolCall) -> Result<Value, ToolError> {
        let id = read::<TaskIs>(&call)?.id;
        self.tasks.delete(call.user, task_id(&id)?).await.map_err(broke)?;
        // Deleting what is gone already is the same outcome, so a repeat after a crash is no error.
        Ok(json!({"deleted": true, "id": id}))
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

fn read<T: DeserializeOwned>(call: &ToolCall) -> Result<T, ToolError> {
    serde_json::from_value(call.arguments.clone())
        .map_err(|error| ToolError::TellModel(format!("The arguments do not fit: {error}")))
}

fn parse<T: DeserializeOwned>(arguments: &Value) -> Result<T, Vec<ArgumentProblem>> {
    T::deserialize(arguments).map_err(|error| {
        vec![ArgumentProblem { pointer: String::new(), problem: error.to_string() }]
    })
}

/// Wrong fields by their place in the arguments.
fn pointed(problems: Vec<TaskProblem>) -> Vec<ArgumentProblem> {
    let at_field = |(field, problem)| ArgumentProblem { pointer: format!("/{field}"), problem };
    problems.into_iter().map(at_field).collect()
}

fn shown(task: &Task) -> Result<Value, ToolError> {
    serde_json::to_value(task).map_err(|error| ToolError::Fatal(error.to_string()))
}

fn task_id(text: &str) -> Result<TaskId, ToolError> {
    text.parse().map_err(|_| missing(text))
}

fn missing(id: &str) -> ToolError {
    ToolError::TellModel(format!(
        "There is no task with the id {id}. List the tasks for their ids."
    ))
}

fn refused(problems: Vec<TaskProblem>) -> ToolError {
    let list: Vec<String> =
        problems.into_iter().map(|(field, problem)| format!("{field}: {problem}")).collect();
    ToolError::TellModel(format!("Nothing was changed. {}", list.join("; ")))
}

/// A database that failed may have committed.
fn broke(error: impl std::fmt::Display) -> ToolError {
    ToolError::Uncertain(format!("the database failed: {error}"))
}
