//! A file that a client sends, kept in a nameless temporary file that is gone with it. It comes as
//! the field `file` of a form, or as the body itself.

use std::fs::File;
use std::io::Write as _;

use axum::body::{Body, Bytes};
use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts as _, Multipart, Request};
use axum::http::{StatusCode, header};
use futures_util::stream::{self, Stream, StreamExt as _};

use crate::extract::{MEBIBYTE, Parameters, larger_than};
use crate::problem::Problem;

/// The largest file.
const MAX_FILE: usize = 256 * MEBIBYTE;

/// How much is read of a file that is too large: a client that is still writing when the connection
/// ends does not see why.
const MAX_DISCARDED: usize = 2 * MAX_FILE;

/// The most characters of a file's name that are kept.
const MAX_NAME: usize = 200;

/// A file and its name.
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) file: File,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let is_form = kind
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("multipart/form-data"));
        if !is_form {
            let (mut parts, body) = request.into_parts();
            let query = Parameters::from_request_parts(&mut parts, state).await?;
            let name = query.text("name")?.unwrap_or_default();
            return Self::keep(name, body.into_data_stream()).await;
        }
        let mut request = begins_with_boundary(request).await?;
        // What comes before the file counts too, and is kept in memory.
        DefaultBodyLimit::max(MAX_FILE + MEBIBYTE).apply(&mut request);
        let mut form = Multipart::from_request(request, state)
            .await
            .map_err(|error| Problem::invalid(error.body_text()))?;
        let broken = |error: MultipartError| match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => larger_than(MAX_FILE),
            _ => unreadable(&error),
        };
        while let Some(field) = form.next_field().await.map_err(broken)? {
            if field.name() == Some("file") {
                let name = field.file_name().unwrap_or_default().to_owned();
                return Self::keep(&name, field).await;
            }
        }
        Err(Problem::field("/file", "the form needs a field `file` with the file"))
    }
}

/// Refuses a form that does not begin with its boundary: looking for it in all that may come would
/// take time without end.
async fn begins_with_boundary(request: Request) -> Result<Request, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let boundary = kind.and_then(|kind| kind.split_once("boundary=")).map(|(_, rest)| rest);
    let boundary = boundary.and_then(|rest| rest.split(';').next()).unwrap_or_default();
    let opening = format!("--{}", boundary.trim().trim_matches('"'));
    let (parts, body) = request.into_parts();
    let mut pieces = body.into_data_stream();
    let mut begun: Vec<u8> = Vec::new();
    while begun.len() < opening.len()
        && let Some(piece) = pieces.next().await
    {
        begun.extend_from_slice(&piece.map_err(|error| unreadable(&error))?);
    }
    if !begun.starts_with(opening.as_bytes()) {
        return Err(Problem::invalid("the form does not begin with its boundary"));
    }
    let begun = stream::iter([Ok(Bytes::from(begun))]);
    Ok(Request::from_parts(parts, Body::from_stream(begun.chain(pieces))))
}

impl Upload {
    async fn keep<E: std::fmt::Display>(
        name: &str,
        pieces: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<Self, Problem> {
        let mut pieces = std::pin::pin!(pieces);
        let mut file = tempfile::tempfile().map_err(|error| full(&error))?;
        let mut size = 0;
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| unreadable(&error))?;
            size += piece.len();
            if size > MAX_DISCARDED {
                break;
            }
            if size <= MAX_FILE {
                tokio::task::block_in_place(|| file.write_all(&piece))
                    .map_err(|error| full(&error))?;
            }
        }
        match size {
            0 => Err(Problem::invalid("the body is empty; send a file")),
            size if size > MAX_FILE => Err(larger_than(MAX_FILE)),
            _ => Ok(Self { name: clean(name), file }),
        }
    }
}

/// A file's name without its folders and without what is no text.
fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let text: String = last.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
    let text = text.trim();
    if text.is_empty() { "file".to_owned() } else { text.to_owned() }
}

fn unreadable(error: &impl std::fmt::Display) -> Problem {
    Problem::invalid(format!("the body could not be read: {error}"))
}

fn full(error: &std::io::Error) -> Problem {
    tracing::error!(%error, "an upload could not be kept in the temporary folder");
    Problem::unavailable("there is no room for the file just now; try again later")
}
