//! Giving conversations out as files.

use app::ExportFormat;
use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::access::CurrentUser;
use crate::describe::Key;
use crate::extract::{Parameters, PathKey};
use crate::problem::Result;
use crate::text::disposition;

/// A conversation as a file: whole with its files as JSON, which can be imported again, or the
/// branch that is shown as Markdown.
#[utoipa::path(get, path = "/api/conversations/{id}/export", tag = "Conversations",
    params(
        Key,
        ("format" = Option<String>, Query, example = "markdown", description = "`json` (default) or `markdown`"),
    ),
    responses(
        (status = 200, content((Object = "application/json", example = json!({
            "format": "smithers.conversation", "version": 1,
            "conversation": {
                "id": "01900000-0000-7000-8000-000000000001", "title": "Send the offer",
                "createdAt": "2026-11-25T13:00:00Z", "updatedAt": "2026-11-25T13:00:00Z",
            },
            "messages": [{
                "id": "01900000-0000-7000-8000-000000000002", "parentId": null, "role": "user",
                "createdAt": "2026-11-25T13:00:00Z", "model": null, "status": null,
                "parts": [{"type": "text", "text": "Remind me of the offer"}],
            }],
            "headId": "01900000-0000-7000-8000-000000000002",
            "files": [{
                "id": "01900000-0000-7000-8000-000000000003", "name": "offer.txt",
                "mediaType": "text/plain", "data": "MyBiaWN5Y2xlcw==",
            }],
        })), (String = "text/markdown"))),
    ))]
pub(super) async fn export(
    me: CurrentUser,
    PathKey(id): PathKey,
    query: Parameters,
) -> Result<Response> {
    let format = query.parsed("format", "json or markdown")?.unwrap_or(ExportFormat::Json);
    let export = me.app.export(&me.user, &id, format).await?;
    let media_type = match format {
        ExportFormat::Json => "application/json",
        ExportFormat::Markdown => "text/markdown; charset=utf-8",
    };
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, disposition("attachment", &export.name)),
    ];
    Ok((headers, Body::from_stream(export.text)).into_response())
}
