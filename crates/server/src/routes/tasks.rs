//! Tasks. What a person does here is their own act: nobody is asked.

use agent::TaskId;
use app::{Task, TaskFields, TaskFilter, TaskStatus, present};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::List;
use crate::ServerState;
use crate::access::CurrentUser;
use crate::describe::{Id, Paging};
use crate::extract::{Body, Parameters, PathId};
use crate::problem::Problem;

/// A task.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TaskBody {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// What is to be done.
    #[schema(example = "Send the offer")]
    title: String,
    /// More about it.
    #[schema(example = "With the new prices.")]
    notes: String,
    /// `open` or `done`.
    #[schema(value_type = String, example = "open")]
    status: TaskStatus,
    /// The day it is due.
    #[schema(required, format = "date", example = "2026-11-27")]
    due_on: Option<String>,
    /// The moment it is due.
    #[schema(required, format = "date-time")]
    due_at: Option<String>,
    /// Who does it.
    #[schema(required)]
    assignee: Option<String>,
    /// Where it lives.
    #[schema(example = "local")]
    source: String,
    /// Its id there.
    #[schema(required)]
    external_id: Option<String>,
    /// Its page there.
    #[schema(required)]
    external_url: Option<String>,
    /// When it was made.
    #[schema(format = "date-time")]
    created_at: String,
    /// When it last changed.
    #[schema(format = "date-time")]
    updated_at: String,
}

/// A new task, or a change of one. In a change, what is left out stays, and `null` clears; setting
/// one due field clears the other.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"title": "Send the offer", "dueOn": "2026-11-27"}))]
pub(super) struct TaskInput {
    /// 1 to 500 characters; a new task needs one.
    #[schema(example = "Send the offer")]
    title: Option<String>,
    /// At most 20 000 characters.
    notes: Option<String>,
    /// `open` or `done`.
    #[schema(value_type = Option<String>, example = "open")]
    status: Option<TaskStatus>,
    /// The day it is due; not together with `dueAt`.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = "date", example = "2026-11-27")]
    due_on: Option<Option<String>>,
    /// The moment it is due; not together with `dueOn`.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = "date-time")]
    due_at: Option<Option<String>>,
    /// Who does it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    assignee: Option<Option<String>>,
}

impl From<Task> for TaskBody {
    fn from(task: Task) -> Self {
        Self {
            id: task.id.to_string(),
            title: task.title,
            notes: task.notes,
            status: task.status,
            due_on: task.due_on,
            due_at: task.due_at.map(|at| at.to_string()),
            assignee: task.assignee,
            source: task.source,
            external_id: task.external_id,
            external_url: task.external_url,
            created_at: task.created_at.to_string(),
            updated_at: task.updated_at.to_string(),
        }
    }
}

impl From<TaskInput> for TaskFields {
    fn from(input: TaskInput) -> Self {
        Self {
            title: input.title,
            notes: input.notes,
            status: input.status,
            due_on: input.due_on,
            due_at: input.due_at,
            assignee: input.assignee,
        }
    }
}

/// The tasks, newest first.
#[utoipa::path(get, path = "/api/tasks", tag = "Tasks",
    params(
        ("status" = Option<String>, Query, example = "open", description = "open or done"),
        ("q" = Option<String>, Query, example = "offer", description = "only with all these words in title or notes"),
        ("dueBefore" = Option<String>, Query, example = "2026-11-27", description = "only due before this day, YYYY-MM-DD"),
        ("source" = Option<String>, Query, example = "local", description = "only from this source"),
        Paging,
    ),
    responses((status = 200, body = List<TaskBody>)))]
pub(super) async fn list(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    query: Parameters,
) -> Result<Json<List<TaskBody>>, Problem> {
    let due_before = query.text("dueBefore")?;
    let due_before_at = match due_before {
        Some(day) => {
            let start = app::Ts::start_of_day(day, &user.timezone);
            Some(start.ok_or_else(|| Problem::field("/dueBefore", "a day as YYYY-MM-DD"))?)
        }
        None => None,
    };
    let filter = TaskFilter {
        status: query.parsed("status", "open or done")?,
        query: query.text("q")?.map(str::to_owned),
        due_before: due_before.map(str::to_owned),
        due_before_at,
        source: query.text("source")?.map(str::to_owned),
    };
    let page = state.app.store().tasks().list(user.id, &filter, &query.page()?).await;
    Ok(Json(List::of(page.map_err(app::AppError::from)?)))
}

/// Makes a task.
#[utoipa::path(post, path = "/api/tasks", tag = "Tasks", request_body = TaskInput, responses((status = 201, body = TaskBody)))]
pub(super) async fn create(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    Body(body): Body<TaskInput>,
) -> Result<(StatusCode, Json<TaskBody>), Problem> {
    let task = TaskFields::from(body).into_new()?;
    let made = state.app.store().tasks().create(user.id, task, state.app.now()).await;
    Ok((StatusCode::CREATED, Json(made.map_err(app::AppError::from)?.into())))
}

/// One task.
#[utoipa::path(get, path = "/api/tasks/{id}", tag = "Tasks", params(Id), responses((status = 200, body = TaskBody)))]
pub(super) async fn get(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    PathId(id): PathId<TaskId>,
) -> Result<Json<TaskBody>, Problem> {
    let found = state.app.store().tasks().get(user.id, id).await.map_err(app::AppError::from)?;
    Ok(Json(found.ok_or_else(|| Problem::not_found("task"))?.into()))
}

/// Changes a task.
#[utoipa::path(patch, path = "/api/tasks/{id}", tag = "Tasks", params(Id), request_body = TaskInput, responses((status = 200, body = TaskBody)))]
pub(super) async fn patch(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    PathId(id): PathId<TaskId>,
    Body(body): Body<TaskInput>,
) -> Result<Json<TaskBody>, Problem> {
    let change = TaskFields::from(body).into_change()?;
    let tasks = state.app.store().tasks();
    let changed = tasks.update(user.id, id, change, state.app.now()).await;
    let changed = changed.map_err(app::AppError::from)?;
    Ok(Json(changed.ok_or_else(|| Problem::not_found("task"))?.into()))
}

/// Deletes a task.
#[utoipa::path(delete, path = "/api/tasks/{id}", tag = "Tasks", params(Id), responses((status = 204)))]
pub(super) async fn delete(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    PathId(id): PathId<TaskId>,
) -> Result<StatusCode, Problem> {
    let deleted =
        state.app.store().tasks().delete(user.id, id).await.map_err(app::AppError::from)?;
    if deleted { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found("task")) }
}
