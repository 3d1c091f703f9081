//! Extractors whose refusals are the contract's.

use std::collections::HashMap;
use std::str::FromStr;

use app::FieldProblem;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header;
use axum::http::request::Parts;
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::json::Json;
use crate::problem::{Problem, Result};
use crate::text;

/// Items of a page if nothing is said.
const DEFAULT_LIMIT: u32 = 50;

/// The most items of a page.
const MAX_LIMIT: u32 = 200;

pub(crate) const MEBIBYTE: usize = 1024 * 1024;

/// The largest JSON body, bytes.
const MAX_BODY: usize = 8 * MEBIBYTE;

/// How much is read of a body that is too large.
const MAX_DISCARDED: usize = 8 * MAX_BODY;

/// The raw bytes of a JSON body, checked for content type, size and emptiness.
pub(crate) struct JsonBytes(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for JsonBytes {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self> {
        let content_type = request.headers().get(header::CONTENT_TYPE);
        let is_json = content_type.and_then(|value| value.to_str().ok()).is_some_and(|value| {
            let kind = value.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("application/json")
        });
        if !is_json {
            return Err(Problem::invalid("the content type must be application/json"));
        }
        let bytes = whole(request.into_body(), MAX_BODY).await?;
        if bytes.is_empty() {
            return Err(Problem::invalid("the body is empty; send a JSON object"));
        }
        Ok(Self(bytes))
    }
}

/// Reads a body of at most `limit` bytes. Of one that is too large the rest is read too, up to a
/// point: a client that is still writing when the connection ends does not see why.
pub(crate) async fn whole(body: axum::body::Body, limit: usize) -> Result<Bytes> {
    let (mut pieces, mut kept, mut size) = (body.into_data_stream(), Vec::new(), 0);
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_error| Problem::invalid("the body could not be read"))?;
        size += piece.len();
        if size <= limit {
            kept.extend_from_slice(&piece);
        } else if size > MAX_DISCARDED {
            break;
        }
    }
    if size > limit { Err(larger_than(limit)) } else { Ok(kept.into()) }
}

/// The refusal of a body of more than so many bytes.
pub(crate) fn larger_than(limit: usize) -> Problem {
    Problem::too_large(format!("the body is larger than {} MiB", limit / MEBIBYTE))
}

/// A JSON body of a known form.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let JsonBytes(bytes) = JsonBytes::from_request(request, state).await?;
        let Json(value) = serde_json::from_slice(&bytes).map_err(|error| syntax(&error, ""))?;
        Ok(Self(read(value, "")?))
    }
}

/// Reads a value that is already known to be JSON; `at` is where it stands in the body.
pub(crate) fn read<T: DeserializeOwned>(value: Value, at: &str) -> Result<T> {
    if !value.is_object() {
        return Err(Problem::field(at, "must be a JSON object"));
    }
    let problems = text::nul_problems(&value);
    if !problems.is_empty() {
        let at_body = |problem: FieldProblem| {
            FieldProblem::new(format!("{at}{}", problem.field), problem.problem)
        };
        return Err(Problem::fields(problems.into_iter().map(at_body).collect()));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let mut pointer = at.to_owned();
        for segment in error.path() {
            let name = match segment {
                Segment::Seq { index } => index.to_string(),
                Segment::Map { key } => text::escape(key),
                Segment::Enum { variant } => text::escape(variant),
                Segment::Unknown => continue,
            };
            pointer.push('/');
            pointer.push_str(&name);
        }
        Problem::field(pointer, error.into_inner().to_string())
    })
}

/// Malformed JSON is 400; what is JSON but not what is wanted, as text that is no Unicode (a lone
/// surrogate), a number beyond all that are kept, or a name that stands twice, is 422.
pub(crate) fn syntax(error: &serde_json::Error, at: &str) -> Problem {
    let text = error.to_string();
    if error.is_data() {
        return Problem::field(at, text);
    }
    if text.contains("surrogate") || text.contains("hex escape") {
        return Problem::field(at, "text must be valid Unicode: it holds a lone surrogate");
    }
    if text.contains("number out of range") {
        return Problem::field(at, "a number is too large to be kept");
    }
    Problem::invalid(format!("the body is not valid JSON: {text}"))
}

/// An id in a path; one that is malformed stands for nothing.
pub(crate) struct PathId<T>(pub(crate) T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for PathId<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let missing = || Problem::not_found("object");
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_rejection| missing())?;
        text.parse().map(Self).map_err(|_malformed| missing())
    }
}

/// A conversation or message in a path, by our id or the client's.
pub(crate) struct PathKey(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for PathKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let PathId(key) = PathId::<String>::from_request_parts(parts, state).await?;
        if text::is_client_id(&key) { Ok(Self(key)) } else { Err(Problem::not_found("object")) }
    }
}

/// Query parameters by name; unknown ones are ignored.
pub(crate) struct Parameters(HashMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        Query::<HashMap<String, String>>::from_request_parts(parts, state)
            .await
            .map(|Query(parameters)| Self(parameters))
            .map_err(|_rejection| Problem::invalid("the query could not be read"))
    }
}

impl Parameters {
    /// A parameter as text.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>> {
        match self.0.get(name).map(String::as_str) {
            Some(text) if text.contains('\0') => {
                Err(Problem::field(format!("/{name}"), "text must not contain NUL (U+0000)"))
            }
            found => Ok(found),
        }
    }

    /// A parameter that is one of our words or numbers.
    pub(crate) fn parsed<T: FromStr>(&self, name: &str, expected: &str) -> Result<Option<T>> {
        match self.text(name)? {
            Some(text) => match text.parse() {
                Ok(value) => Ok(Some(value)),
                Err(_malformed) => Err(Problem::field(format!("/{name}"), expected)),
            },
            None => Ok(None),
        }
    }

    /// `limit` and `cursor`.
    pub(crate) fn page(&self) -> Result<app::PageRequest> {
        let limit = match self.text("limit")? {
            None => DEFAULT_LIMIT,
            Some(text) => {
                page_limit(text).ok_or_else(|| Problem::field("/limit", "a whole number from 1"))?
            }
        };
        Ok(app::PageRequest { limit, cursor: self.text("cursor")?.map(str::to_owned) })
    }
}

/// Too large a number, however large, means the largest.
fn page_limit(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = text.parse().unwrap_or(MAX_LIMIT).min(MAX_LIMIT);
    (is_number && limit > 0).then_some(limit)
}
