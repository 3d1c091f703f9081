//! The UI message stream over server-sent events. Each write takes all that is queued, so a viewer
//! that is behind catches up instead of piling up a lag.

use std::time::Duration;

use agent::Chunk;
use app::{Frame, Viewer};
use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt as _};

/// How long a quiet stream goes without a comment.
pub(crate) const KEEP_ALIVE: Duration = Duration::from_secs(15);

enum State {
    Live(Viewer, bool),
    Over,
}

/// Streams a turn to a viewer until it or the viewer's access ends. Closing the connection only
/// ends the viewing.
pub(crate) fn respond(viewer: Viewer, access_end: BoxFuture<'static, ()>) -> Response {
    let events = stream::unfold(State::Live(viewer, false), |state| async {
        let State::Live(mut viewer, ended) = state else { return None };
        let (bytes, next) = match tokio::time::timeout(KEEP_ALIVE, viewer.next()).await {
            Err(_quiet) => (Bytes::from_static(b": keep-alive\n\n"), State::Live(viewer, ended)),
            Ok(Some(frames)) => {
                let ended = frames.iter().any(|frame| is_end(&frame.chunk));
                (write(&frames), State::Live(viewer, ended))
            }
            // A stream that was cut by a restart has no end, so that its client comes back.
            Ok(None) if !ended => return None,
            Ok(None) => (Bytes::from_static(b"data: [DONE]\n\n"), State::Over),
        };
        Some((Ok::<_, std::convert::Infallible>(bytes), next))
    });
    let body = Body::from_stream(events.take_until(access_end));
    let headers = [
        (header::CONTENT_TYPE.as_str(), "text/event-stream"),
        (header::CACHE_CONTROL.as_str(), "no-cache"),
        ("x-vercel-ai-ui-message-stream", "v1"),
        ("x-accel-buffering", "no"),
    ];
    (headers, body).into_response()
}

const fn is_end(chunk: &Chunk) -> bool {
    matches!(chunk, Chunk::Finish { .. } | Chunk::Error { .. })
}

fn write(frames: &[Frame]) -> Bytes {
    let mut out = Vec::with_capacity(frames.len() * 96);
    for frame in frames {
        out.extend_from_slice(format!("id: {}\ndata: ", frame.seq).as_bytes());
        let written = out.len();
        if let Err(error) = serde_json::to_writer(&mut out, &frame.chunk) {
            tracing::error!(%error, "a chunk could not be written");
            out.truncate(written);
        }
        out.extend_from_slice(b"\n\n");
    }
    out.into()
}
