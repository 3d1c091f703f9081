//! The agent: posting, watching, stopping. Of a posted history only the newest message is read.

mod body;
mod parts;

use app::{Post, PostKind, Scope};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::access::{Caller, CurrentUser, Watcher};
use crate::extract::{JsonBytes, PathKey};
use crate::problem::Result;
use crate::sse;

/// The beginning and the end of a short answer.
const STREAM: &str = concat!(
    "id: 1\n",
    r#"data: {"type":"start","messageId":"01960000-0000-7000-8000-000000000000"}"#,
    "\n\n",
    "id: 2\n",
    r#"data: {"type":"finish","finishReason":"stop"}"#,
    "\n\n",
    "data: [DONE]\n\n"
);

/// Starts or continues a turn and streams it (AI SDK UI message stream, version 1).
#[utoipa::path(post, path = "/api/agent", tag = "Chat", request_body = body::AgentBody, responses(
    (status = 200, description = "the stream", body = String, content_type = "text/event-stream", example = json!(STREAM)),
    (status = 409, description = "an answer is being written, or an approval was decided otherwise"),
))]
pub(super) async fn post(caller: Caller, JsonBytes(bytes): JsonBytes) -> Result<Response> {
    let post: Post = body::read(&bytes)?;
    caller.must_have(match &post.kind {
        PostKind::Approvals(_) => Scope::Approve,
        PostKind::Message { .. } | PostKind::Regenerate { .. } => Scope::Chat,
    })?;
    let access_end = caller.access_end();
    Ok(sse::respond(caller.me.app.post(&caller.me.user, post).await?, access_end))
}

/// The running answer from its first chunk; 204 if none runs.
#[utoipa::path(get, path = "/api/agent/{conversation}/stream", tag = "Chat", params(("conversation" = String, Path, example = "chat-1", description = "our id or the client's")), responses(
    (status = 200, description = "the stream", body = String, content_type = "text/event-stream", example = json!(STREAM)),
    (status = 204, description = "nothing runs: load the messages"),
))]
pub(super) async fn stream(
    Watcher { me, access_end }: Watcher,
    conversation: Result<PathKey>,
) -> Result<Response> {
    // A client that asks for what cannot be there is to load the messages, which says why.
    let viewer = match conversation {
        Ok(PathKey(key)) => me.app.watch(me.id(), &key).await?,
        Err(_malformed) => None,
    };
    Ok(match viewer {
        Some(viewer) => sse::respond(viewer, access_end),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// Stops what runs; what was written stays.
#[utoipa::path(post, path = "/api/agent/{conversation}/stop", tag = "Chat", params(("conversation" = String, Path, example = "chat-1", description = "our id or the client's")), responses((status = 202)))]
pub(super) async fn stop(me: CurrentUser, PathKey(conversation): PathKey) -> Result<StatusCode> {
    me.app.stop(me.id(), &conversation).await?;
    Ok(StatusCode::ACCEPTED)
}
