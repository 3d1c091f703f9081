//! Importing conversations from a file.

use agent::ImportId;
use app::{Import, Page};
use axum::Json;
use axum::http::StatusCode;
use utoipa::ToSchema;

use super::{Made, Reply, found};
use crate::access::CurrentUser;
use crate::describe::{Id, Paging};
use crate::extract::{MEBIBYTE, Parameters, PathId};
use crate::problem::ProblemBody;
use crate::upload::Received;

/// The largest file.
const MAX_IMPORT: usize = 256 * MEBIBYTE;

/// A file in a form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes the form")]
pub(super) struct ImportForm {
    /// A conversation exported from Smithers as JSON, the conversations.json of ChatGPT or Claude,
    /// or a zip archive that holds it.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
}

/// Imports conversations, one after the other in the background. Those that are there are left
/// alone. The body may also be the file itself, with its name in `name`. At most 256 MiB, and three
/// imports at a time.
#[utoipa::path(post, path = "/api/imports", tag = "Conversations",
    params(
        ("name" = Option<String>, Query, example = "conversations.json", description = "the file's name, if the body is the file"),
    ),
    request_body(content(
        (ImportForm = "multipart/form-data"),
        (Value = "application/json"),
        (String = "application/zip"),
    )),
    responses(
        (status = 202, body = Import),
        (status = 409, description = "three have not ended yet", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(super) async fn create(me: CurrentUser, received: Received<MAX_IMPORT>) -> Made<Import> {
    let import = me.app.import(me.id(), &received.name, received.file).await?;
    Ok((StatusCode::ACCEPTED, Json(import.shown())))
}

/// The imports, newest first.
#[utoipa::path(get, path = "/api/imports", tag = "Conversations", params(Paging), responses((status = 200, body = Page<Import>)))]
pub(super) async fn list(me: CurrentUser, query: Parameters) -> Reply<Page<Import>> {
    let Page { items, next } = me.store().imports().list(me.id(), &query.page()?).await?;
    Ok(Json(Page { items: items.into_iter().map(Import::shown).collect(), next }))
}

/// One import with how far it is.
#[utoipa::path(get, path = "/api/imports/{id}", tag = "Conversations", params(Id), responses((status = 200, body = Import)))]
pub(super) async fn get(me: CurrentUser, PathId(id): PathId<ImportId>) -> Reply<Import> {
    found(me.store().imports().get(me.id(), id).await?.map(Import::shown), "import")
}
