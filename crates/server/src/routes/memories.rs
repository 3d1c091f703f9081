//! Memories. What a person does here is their own act: nobody is asked.

use agent::MemoryId;
use app::{AppError, Memory, Page, Remembered, memory_text};
use axum::Json;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Made, Reply, found, gone};
use crate::access::CurrentUser;
use crate::describe::{Id, Paging};
use crate::extract::{Body, Parameters, PathId};
use crate::problem::{Problem, Result};

/// A memory as it is written.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "Prefers tea to coffee"}))]
pub(super) struct MemoryInput {
    /// 1 to 2 000 characters.
    #[schema(example = "Prefers short answers")]
    text: String,
}

fn kept(remembered: Remembered) -> Reply<Memory> {
    match remembered {
        Remembered::Kept(memory) => Ok(Json(memory)),
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
    responses((status = 200, body = Page<Memory>)))]
pub(super) async fn list(me: CurrentUser, query: Parameters) -> Reply<Page<Memory>> {
    let page = query.page()?;
    Ok(Json(me.store().memories().list(me.id(), query.text("q")?, &page).await?))
}

/// Remembers something.
#[utoipa::path(post, path = "/api/memories", tag = "Memories", request_body = MemoryInput, responses((status = 201, body = Memory)))]
pub(super) async fn create(me: CurrentUser, Body(body): Body<MemoryInput>) -> Made<Memory> {
    let text = memory_text(&body.text)?;
    let made = me.store().memories().create(me.id(), &text, None, me.app.now()).await?;
    Ok((StatusCode::CREATED, kept(made)?))
}

/// One memory.
#[utoipa::path(get, path = "/api/memories/{id}", tag = "Memories", params(Id), responses((status = 200, body = Memory)))]
pub(super) async fn get(me: CurrentUser, PathId(id): PathId<MemoryId>) -> Reply<Memory> {
    found(me.store().memories().get(me.id(), id).await?, "memory")
}

/// Changes what is remembered.
#[utoipa::path(patch, path = "/api/memories/{id}", tag = "Memories", params(Id), request_body = MemoryInput, responses((status = 200, body = Memory)))]
pub(super) async fn patch(
    me: CurrentUser,
    PathId(id): PathId<MemoryId>,
    Body(body): Body<MemoryInput>,
) -> Reply<Memory> {
    let text = memory_text(&body.text)?;
    found(me.store().memories().update(me.id(), id, &text).await?, "memory")
}

/// Forgets a memory. For a day it can be brought back.
#[utoipa::path(delete, path = "/api/memories/{id}", tag = "Memories", params(Id), responses((status = 204)))]
pub(super) async fn delete(me: CurrentUser, PathId(id): PathId<MemoryId>) -> Result<StatusCode> {
    let memories = me.store().memories();
    let there = memories.get(me.id(), id).await?.is_some();
    if there {
        memories.forget(me.id(), id, me.app.now()).await?;
    }
    gone(there, "memory")
}

/// Brings back a memory that was forgotten less than a day ago.
#[utoipa::path(post, path = "/api/memories/{id}/restore", tag = "Memories", params(Id), responses((status = 200, body = Memory)))]
pub(super) async fn restore(me: CurrentUser, PathId(id): PathId<MemoryId>) -> Reply<Memory> {
    let restored = me.store().memories().restore(me.id(), id, me.app.now()).await?;
    kept(restored.ok_or_else(|| Problem::not_found("memory"))?)
}
