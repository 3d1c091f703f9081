//! Memories. What a person does here is their own act: nobody is asked.

use agent::MemoryId;
use app::{AppError, Memory, Remembered, memory_text};
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

/// Something that is remembered in every conversation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemoryBody {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// What is remembered.
    #[schema(example = "Prefers short answers")]
    text: String,
    /// When it was made.
    #[schema(format = "date-time")]
    created_at: String,
}

/// A memory as it is written.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "Prefers tea to coffee"}))]
pub(super) struct MemoryInput {
    /// 1 to 2 000 characters.
    #[schema(example = "Prefers short answers")]
    text: String,
}

impl From<Memory> for MemoryBody {
    fn from(memory: Memory) -> Self {
        Self {
            id: memory.id.to_string(),
            text: memory.text,
            created_at: memory.created_at.to_string(),
        }
    }
}

impl MemoryInput {
    fn checked(&self) -> Result<String, Problem> {
        memory_text(&self.text)
            .map_err(|(field, problem)| Problem::field(format!("/{field}"), problem))
    }
}

fn missing() -> Problem {
    Problem::not_found("memory")
}

fn kept(remembered: Remembered) -> Result<Json<MemoryBody>, Problem> {
    match remembered {
        Remembered::Kept(memory) => Ok(Json(memory.into())),
        Remembered::Full => {
            let detail = "there are as many memories as there may be; delete one first";
            Err(AppError::Conflict(detail).into())
        }
    }
}

/// The memories, newest first.
#[utoipa::path(get, path = "/api/memories", tag = "Memories",
    params(
        ("q" = Option<String>, Query, example = "tea", description = "only with all these words"),
        Paging,
    ),
    responses(
        (status = 200, body = List<MemoryBody>),
    ))]
pub(super) async fn list(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    query: Parameters,
) -> Result<Json<List<MemoryBody>>, Problem> {
    let memories = state.app.store().memories();
    let page = memories.list(user.id, query.text("q")?, &query.page()?).await;
    Ok(Json(List::of(page.map_err(AppError::from)?)))
}

/// Remembers something.
#[utoipa::path(post, path = "/api/memories", tag = "Memories", request_body = MemoryInput, responses(
    (status = 201, body = MemoryBody),
))]
pub(super) async fn create(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    Body(body): Body<MemoryInput>,
) -> Result<(StatusCode, Json<MemoryBody>), Problem> {
    let text = body.checked()?;
    let made = state.app.store().memories().create(user.id, &text, None, state.app.now()).await;
    Ok((StatusCode::CREATED, kept(made.map_err(AppError::from)?)?))
}

/// One memory.
#[utoipa::path(get, path = "/api/memories/{id}", tag = "Memories", params(Id), responses(
    (status = 200, body = MemoryBody),
))]
pub(super) async fn get(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    PathId(id): PathId<MemoryId>,
) -> Result<Json<MemoryBody>, Problem> {
    let found = state.app.store().memories().get(user.id, id).await.map_err(AppError::from)?;
    Ok(Json(found.ok_or_else(missing)?.into()))
}

/// Changes what is remembered.
#[utoipa::path(patch, path = "/api/memories/{id}", tag = "Memories", params(Id), request_body = MemoryInput, responses(
    (status = 200, body = MemoryBody),
))]
pub(super) async fn patch(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    PathId(id): PathId<MemoryId>,
    Body(body): Body<MemoryInput>,
) -> Result<Json<MemoryBody>, Problem> {
    let text = body.checked()?;
    let changed = state.app.store().memories().update(user.id, id, &text).await;
    Ok(Json(changed.map_err(AppError::from)?.ok_or_else(missing)?.into()))
}

/// Forgets a memory. For a day it can be brought back.
#[utoipa::path(delete, path = "/api/memories/{id}", tag = "Memories", params(Id), responses(
    (status = 204),
))]
pub(super) async fn delete(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    PathId(id): PathId<MemoryId>,
) -> Result<StatusCode, Problem> {
    let memories = state.app.store().memories();
    memories.get(user.id, id).await.map_err(AppError::from)?.ok_or_else(missing)?;
    memories.forget(user.id, id, state.app.now()).await.map_err(AppError::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings back a memory that was forgotten less than a day ago.
#[utoipa::path(post, path = "/api/memories/{id}/restore", tag = "Memories", params(Id), responses(
    (status = 200, body = MemoryBody),
))]
pub(super) async fn restore(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    PathId(id): PathId<MemoryId>,
) -> Result<Json<MemoryBody>, Problem> {
    let restored = state.app.store().memories().restore(user.id, id, state.app.now()).await;
    kept(restored.map_err(AppError::from)?.ok_or_else(missing)?)
}
