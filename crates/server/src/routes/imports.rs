//! Importing conversations from a file.

use agent::ImportId;
use app::{Import, ImportFormat, ImportStatus};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::List;
use crate::ServerState;
use crate::access::CurrentUser;
use crate::describe::{Id, Paging};
use crate::extract::{MEBIBYTE, Parameters, PathId};
use crate::problem::{Problem, ProblemBody};
use crate::upload::Received;

/// The largest file.
const MAX_IMPORT: usize = 256 * MEBIBYTE;

/// An import of conversations.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ImportBody {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// The name of the file.
    #[schema(example = "conversations.json")]
    name: String,
    /// Where the conversations come from: `smithers`, `chatgpt` or `claude`.
    #[schema(value_type = String, example = "chatgpt")]
    format: ImportFormat,
    /// `queued`, `running`, `completed` or `failed`.
    #[schema(value_type = String, example = "completed")]
    status: ImportStatus,
    /// How many conversations the file holds.
    #[schema(example = 120)]
    total: i64,
    /// How many of them are there now.
    #[schema(example = 117)]
    imported: i64,
    /// How many were there before.
    #[schema(example = 2)]
    duplicates: i64,
    /// How many could not be read.
    #[schema(example = 1)]
    skipped: i64,
    /// Why the import failed, or the first of its problems.
    #[schema(required, example = "conversation 7 was left out: it holds no messages")]
    error: Option<String>,
    /// Why conversations could not be read, and what others lost: the first of many.
    #[schema(example = json!(["conversation 7 was left out: it holds no messages"]))]
    problems: Vec<String>,
    /// When it was made.
    #[schema(format = "date-time")]
    created_at: String,
    /// When it ended.
    #[schema(required, format = "date-time")]
    ended_at: Option<String>,
}

impl From<Import> for ImportBody {
    fn from(import: Import) -> Self {
        let problems: Vec<String> = import.problems.lines().map(str::to_owned).collect();
        Self {
            id: import.id.to_string(),
            name: import.name,
            format: import.format,
            status: import.status,
            total: import.total,
            imported: import.imported,
            duplicates: import.duplicates,
            skipped: import.skipped,
            error: import.error.or_else(|| problems.first().cloned()),
            problems,
            created_at: import.created_at.to_string(),
            ended_at: import.ended_at.map(|at| at.to_string()),
        }
    }
}

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
        (status = 202, body = ImportBody),
        (status = 409, description = "three have not ended yet", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(super) async fn create(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    received: Received<MAX_IMPORT>,
) -> Result<(StatusCode, Json<ImportBody>), Problem> {
    let import = state.app.import(user.id, &received.name, received.file).await?;
    Ok((StatusCode::ACCEPTED, Json(import.into())))
}

/// The imports, newest first.
#[utoipa::path(get, path = "/api/imports", tag = "Conversations",
    params(Paging),
    responses(
        (status = 200, body = List<ImportBody>),
    ))]
pub(super) async fn list(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    query: Parameters,
) -> Result<Json<List<ImportBody>>, Problem> {
    let page = state.app.store().imports().list(user.id, &query.page()?).await;
    Ok(Json(List::of(page.map_err(app::AppError::from)?)))
}

/// One import with how far it is.
#[utoipa::path(get, path = "/api/imports/{id}", tag = "Conversations", params(Id), responses(
    (status = 200, body = ImportBody),
))]
pub(super) async fn get(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    PathId(id): PathId<ImportId>,
) -> Result<Json<ImportBody>, Problem> {
    let found = state.app.store().imports().get(user.id, id).await.map_err(app::AppError::from)?;
    Ok(Json(found.ok_or_else(|| Problem::not_found("import"))?.into()))
}
