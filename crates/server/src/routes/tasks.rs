//! Tasks. What a person does here is their own act: nobody is asked.

use agent::TaskId;
use app::{Page, Task, TaskFields, TaskFilter, Ts};
use axum::Json;
use axum::http::StatusCode;

use super::{Made, Reply, found, gone};
use crate::access::CurrentUser;
use crate::describe::{Id, Paging};
use crate::extract::{Body, Parameters, PathId};
use crate::problem::{Problem, Result};

/// The tasks, newest first.
#[utoipa::path(get, path = "/api/tasks", tag = "Tasks",
    params(
        ("status" = Option<String>, Query, example = "open", description = "open or done"),
        ("q" = Option<String>, Query, example = "offer", description = "only with all these words in title or notes"),
        ("dueBefore" = Option<String>, Query, example = "2026-11-27", description = "only due before this day, YYYY-MM-DD"),
        ("source" = Option<String>, Query, example = "local", description = "only from this source"),
        Paging,
    ),
    responses((status = 200, body = Page<Task>)))]
pub(super) async fn list(me: CurrentUser, query: Parameters) -> Reply<Page<Task>> {
    let due_before = query.text("dueBefore")?;
    let wrong = || Problem::field("/dueBefore", "a day as YYYY-MM-DD");
    let start = |day| Ts::start_of_day(day, &me.user.timezone).ok_or_else(wrong);
    let filter = TaskFilter {
        status: query.parsed("status", "open or done")?,
        query: query.text("q")?.map(str::to_owned),
        due_before: due_before.map(str::to_owned),
        due_before_at: due_before.map(start).transpose()?,
        source: query.text("source")?.map(str::to_owned),
    };
    Ok(Json(me.store().tasks().list(me.id(), &filter, &query.page()?).await?))
}

/// Makes a task.
#[utoipa::path(post, path = "/api/tasks", tag = "Tasks", request_body = TaskFields, responses((status = 201, body = Task)))]
pub(super) async fn create(me: CurrentUser, Body(body): Body<TaskFields>) -> Made<Task> {
    let made = me.store().tasks().create(me.id(), body.into_new(me.app.now())?, None).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// One task.
#[utoipa::path(get, path = "/api/tasks/{id}", tag = "Tasks", params(Id), responses((status = 200, body = Task)))]
pub(super) async fn get(me: CurrentUser, PathId(id): PathId<TaskId>) -> Reply<Task> {
    found(me.store().tasks().get(me.id(), id).await?, "task")
}

/// Changes a task.
#[utoipa::path(patch, path = "/api/tasks/{id}", tag = "Tasks", params(Id), request_body = TaskFields, responses((status = 200, body = Task)))]
pub(super) async fn patch(
    me: CurrentUser,
    PathId(id): PathId<TaskId>,
    Body(body): Body<TaskFields>,
) -> Reply<Task> {
    let change = body.into_change()?;
    found(me.store().tasks().update(me.id(), id, change, me.app.now()).await?, "task")
}

/// Deletes a task.
#[utoipa::path(delete, path = "/api/tasks/{id}", tag = "Tasks", params(Id), responses((status = 204)))]
pub(super) async fn delete(me: CurrentUser, PathId(id): PathId<TaskId>) -> Result<StatusCode> {
    gone(me.store().tasks().delete(me.id(), id).await?, "task")
}
