//! What the description of the API says of every route alike, so that no route repeats it.

use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::content::Content;
use utoipa::openapi::header::Header;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::response::Response;
use utoipa::openapi::{Object, OpenApi, Ref, RefOr, Type};

use crate::examples;

/// `limit` and `cursor` of a list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `Parameters::page` reads")]
pub(crate) struct Paging {
    /// How many at most: 50 if left out, and never more than 200.
    #[param(value_type = Option<usize>, minimum = 1, example = 50)]
    limit: Option<u32>,
    /// `nextCursor` of the page before.
    #[param(example = "WzE3NjQwMDAwMDAwMDBd")]
    cursor: Option<String>,
}

/// One of our ids in a path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "describes what `PathId` reads")]
pub(crate) struct Id {
    /// Its id.
    #[param(format = "uuid", example = "01960000-0000-7000-8000-000000000000")]
    id: String,
}

/// A conversation in a path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "describes what `PathKey` reads")]
pub(crate) struct Key {
    /// Our id or the client's.
    #[param(pattern = "^[A-Za-z0-9_-]{1,64}$", example = "chat-1")]
    id: String,
}

/// Adds how each route refuses, the headers that each answer has, and examples of answers.
pub(crate) fn complete(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    components.responses.insert("Problem".to_owned(), RefOr::T(problem()));
    examples::complete(components);
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        let responses = &mut operation.responses.responses;
        for (status, response) in &mut *responses {
            if let RefOr::T(response) = response {
                complete_response(status, response);
            }
        }
        for all in ["4XX", "5XX"] {
            let refusal = || RefOr::Ref(Ref::from_response_name("Problem"));
            responses.entry(all.to_owned()).or_insert_with(refusal);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}

fn complete_response(status: &str, response: &mut Response) {
    let code: Option<StatusCode> = status.parse().ok();
    if response.description.is_empty() {
        let words = code.and_then(|code| code.canonical_reason());
        words.unwrap_or("Refused").clone_into(&mut response.description);
    }
    if !code.is_some_and(|code| code.is_success()) {
        let Response { headers, content, .. } = problem();
        response.headers.extend(headers);
        response.content.extend(content);
    }
    response.headers.extend([request_id()]);
}

/// Any answer that is no success.
fn problem() -> Response {
    let body = Content::new(Some(Ref::from_schema_name("ProblemBody")));
    let mut wait = Header::new(Object::with_type(Type::Integer));
    wait.description = Some("Seconds until it is worth trying again; with 429 and 503.".to_owned());
    let mut problem = Response::new("The request was not done; `code` says why.");
    problem.content.insert("application/problem+json".to_owned(), body.into());
    problem.headers.extend([request_id(), ("retry-after".to_owned(), wait.into())]);
    problem
}

fn request_id() -> (String, RefOr<Header>) {
    let mut header = Header::default();
    header.description = Some("Names the request in the server's log.".to_owned());
    ("x-request-id".to_owned(), header.into())
}
