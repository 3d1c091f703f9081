//! A file that a client sends, kept in a nameless temporary file that is gone with it. It comes as
//! the one field `file` of a form, or as the body itself.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};

use axum::body::{Body, Bytes};
use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts as _, Multipart, Request};
use axum::http::{HeaderMap, StatusCode, header};
use futures_util::stream::{self, Stream, StreamExt as _};
use tokio::task::block_in_place;

use crate::extract::{MEBIBYTE, Parameters, larger_than};
use crate::problem::{Problem, Result};
use crate::text::escape;

/// A file of at most `MOST` bytes, and what the client says of it.
pub(crate) struct Received<const MOST: usize> {
    /// Its name as the client has it; empty if it gives none.
    pub(crate) name: String,
    /// Its type as the client has it; empty if it gives none.
    pub(crate) declared: String,
    pub(crate) file: File,
}

impl<S: Send + Sync, const MOST: usize> FromRequest<S> for Received<MOST> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let declared = declared_type(request.headers());
        if declared.to_ascii_lowercase().starts_with("multipart/") {
            return Self::from_form(request, &declared, state).await;
        }
        let (mut parts, body) = request.into_parts();
        let query = Parameters::from_request_parts(&mut parts, state).await?;
        let name = query.text("name")?.unwrap_or_default().to_owned();
        match Self::keep(body.into_data_stream(), |error| unreadable(&error)).await? {
            (0, _) => Err(Problem::invalid("the body is empty; send a file")),
            (_, file) => Ok(Self { name, declared, file }),
        }
    }
}

impl<const MOST: usize> Received<MOST> {
    /// How much is read of what is too large: a client that is still writing when the connection
    /// ends does not see why.
    const MOST_READ: usize = 2 * MOST + MEBIBYTE;

    async fn from_form<S: Send + Sync>(
        request: Request,
        declared: &str,
        state: &S,
    ) -> Result<Self> {
        let mut request = Self::begins_with_boundary(request, declared).await?;
        DefaultBodyLimit::max(Self::MOST_READ).apply(&mut request);
        let mut form = Multipart::from_request(request, state)
            .await
            .map_err(|error| Problem::invalid(error.body_text()))?;
        let broken = |error: MultipartError| match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => larger_than(MOST),
            _ => unreadable(&error.body_text()),
        };
        let (mut received, mut other) = (None, None);
        while let Some(field) = form.next_field().await.map_err(broken)? {
            let field_name = field.name().unwrap_or_default();
            if field_name != "file" || received.is_some() {
                other.get_or_insert_with(|| format!("/{}", escape(field_name)));
                continue;
            }
            let name = field.file_name().unwrap_or_default().to_owned();
            let declared = declared_type(field.headers());
            let (_, file) = Self::keep(field, broken).await?;
            received = Some(Self { name, declared, file });
        }
        match (received, other) {
            (_, Some(other)) => Err(Problem::field(other, "send one field `file` and no other")),
            (Some(received), None) => Ok(received),
            (None, None) => Err(Problem::field("/file", "is missing")),
        }
    }

    /// Refuses a form that does not begin with its boundary: looking for it in all that may come
    /// would take time without end.
    async fn begins_with_boundary(request: Request, declared: &str) -> Result<Request> {
        let boundary = declared.split_once("boundary=").map(|(_, rest)| rest);
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
        if begun.starts_with(opening.as_bytes()) {
            let begun = stream::iter([Ok(Bytes::from(begun))]);
            return Ok(Request::from_parts(parts, Body::from_stream(begun.chain(pieces))));
        }
        let mut size = begun.len();
        while size <= Self::MOST_READ
            && let Some(Ok(piece)) = pieces.next().await
        {
            size += piece.len();
        }
        Err(Problem::invalid("the form does not begin with its boundary"))
    }

    /// Its size, and where it is kept.
    async fn keep<E>(
        pieces: impl Stream<Item = Result<Bytes, E>>,
        broken: impl Fn(E) -> Problem,
    ) -> Result<(usize, File)> {
        let mut pieces = std::pin::pin!(pieces);
        let mut file = tempfile::tempfile().map_err(|error| full(&error))?;
        let mut size = 0;
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(&broken)?;
            size += piece.len();
            if size > Self::MOST_READ {
                break;
            }
            if size <= MOST {
                block_in_place(|| file.write_all(&piece)).map_err(|error| full(&error))?;
            }
        }
        if size > MOST { Err(larger_than(MOST)) } else { Ok((size, file)) }
    }

    /// All its bytes.
    pub(crate) fn bytes(&mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        block_in_place(|| {
            self.file.rewind()?;
            self.file.read_to_end(&mut bytes)
        })
        .map_err(|error| full(&error))?;
        Ok(bytes)
    }
}

/// The type that a client says, as it says it.
fn declared_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE);
    value.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default()
}

fn unreadable(error: &impl std::fmt::Display) -> Problem {
    Problem::invalid(format!("the body could not be read: {error}"))
}

fn full(error: &std::io::Error) -> Problem {
    tracing::error!(%error, "an upload could not be kept in the temporary folder");
    Problem::unavailable("there is no room for the file just now; try again later")
}
