//! Files. What people upload is data to their browsers and never a page: its type was decided by
//! its content, text is plain text, and nothing in it may run or load anything.

use agent::FileId;
use app::{File, FileDeletion, FileKind, FileRefusal, MAX_FILE, Upload, file_url};
use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use utoipa::ToSchema;

use super::Made;
use crate::access::CurrentUser;
use crate::describe::Id;
use crate::extract::PathId;
use crate::problem::{Problem, ProblemBody, Result};
use crate::text::disposition;
use crate::upload::Received;
use crate::web::is_known;

/// A file, without its bytes.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FileBody {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// Its name.
    #[schema(example = "offer.pdf")]
    name: String,
    /// Where its bytes are, and what a message names it by.
    #[schema(example = "/api/files/01900000-0000-7000-8000-000000000000")]
    url: String,
    /// What it holds.
    #[schema(example = "application/pdf")]
    media_type: String,
    /// Its size in bytes.
    #[schema(example = 48213)]
    size: i64,
    /// When it was stored.
    #[schema(format = "date-time")]
    created_at: String,
}

/// A form with a file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form; it is read field by field")]
pub(super) struct FileForm {
    /// The file, with its name and type.
    #[schema(value_type = String, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
}

impl From<File> for FileBody {
    fn from(file: File) -> Self {
        Self {
            id: file.id.to_string(),
            name: file.name,
            url: file_url(file.id),
            media_type: file.media_type,
            size: file.size,
            created_at: file.created_at.to_string(),
        }
    }
}

/// Stores a file that a message may hold later; without one it is deleted after a day. PNG, JPEG,
/// GIF and WebP have at most 5 MiB, PDF 20 MiB, text in UTF-8 1 MiB.
#[utoipa::path(post, path = "/api/files", tag = "Files",
    params(("name" = Option<String>, Query, example = "notes.txt", description = "the name of a file that is the body itself")),
    request_body(description = "a form, or the file itself with its content type",
        content((FileForm = "multipart/form-data"), ("application/octet-stream"))),
    responses(
        (status = 201, body = FileBody),
        (status = 409, description = "the files of a person have at most 1 GiB", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(super) async fn create(me: CurrentUser, mut received: Received<MAX_FILE>) -> Made<FileBody> {
    let data = received.bytes()?;
    let upload = Upload::new(&received.name, &received.declared, data);
    let upload = upload.map_err(|refusal| match &refusal {
        FileRefusal::TooLarge { .. } => Problem::too_large(refusal.to_string()),
        FileRefusal::Empty | FileRefusal::Mismatch(_) | FileRefusal::Unknown(_) => {
            Problem::field("/file", refusal.to_string())
        }
    })?;
    Ok((StatusCode::CREATED, Json(me.app.keep_file(me.id(), upload).await?.into())))
}

/// The bytes of a file: pictures and PDF to be shown, anything else as plain text to be kept.
#[utoipa::path(get, path = "/api/files/{id}", tag = "Files", params(Id), responses(
    (status = 200, description = "the bytes", content(
        (String = "text/plain"), (String = "image/png"), (String = "image/jpeg"),
        (String = "image/gif"), (String = "image/webp"), (String = "application/pdf"),
    )),
    (status = 304, description = "the client has them already"),
))]
pub(super) async fn get(
    me: CurrentUser,
    PathId(id): PathId<FileId>,
    request: HeaderMap,
) -> Result<Response> {
    let files = me.store().files();
    let missing = || Problem::not_found("file");
    let file = files.head(me.id(), id).await?.ok_or_else(missing)?;
    let etag = format!("\"{}\"", STANDARD.encode(file.sha256));
    let known = is_known(&request, &etag);
    let (how, kind) = match FileKind::of(&file.media_type) {
        FileKind::Image | FileKind::Pdf => ("inline", file.media_type),
        FileKind::Text => ("attachment", "text/plain; charset=utf-8".to_owned()),
    };
    let headers = [
        (header::ETAG, etag),
        (header::CACHE_CONTROL, "private, max-age=3600".to_owned()),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'".to_owned()),
        (header::CONTENT_DISPOSITION, disposition(how, &file.name)),
        (header::CONTENT_TYPE, kind),
    ];
    if known {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let data = files.read(me.id(), id, file.size).await?.ok_or_else(missing)?;
    Ok((headers, data).into_response())
}

/// Deletes a file that no message holds; one in a message goes with its conversation.
#[utoipa::path(delete, path = "/api/files/{id}", tag = "Files", params(Id), responses(
    (status = 204),
    (status = 409, description = "a message holds it", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(super) async fn delete(me: CurrentUser, PathId(id): PathId<FileId>) -> Result<StatusCode> {
    match me.store().files().delete(me.id(), id).await? {
        Some(FileDeletion::Deleted) => Ok(StatusCode::NO_CONTENT),
        Some(FileDeletion::Attached) => {
            let problem = "a message holds this file; it goes with its conversation";
            Err(app::AppError::Conflict(problem).into())
        }
        None => Err(Problem::not_found("file")),
    }
}
