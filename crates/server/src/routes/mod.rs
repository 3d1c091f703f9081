//! Every route of the API at a glance; one file for each section of the contract.

mod accounts;
mod agent;
mod approvals;
mod conversations;
mod events;
mod exports;
mod files;
mod imports;
mod me;
mod meetings;
mod memories;
mod permissions;
mod search;
mod status;
mod tasks;
mod tokens;
mod usage;

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::{Problem, Result};
use crate::{ServerState, web};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Smithers",
        description = "The HTTP API of a self-hosted assistant. Send an API token as `Authorization: Bearer …`, or sign in for a session cookie; writes by cookie need an Origin header.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(crate::problem::ProblemBody))
)]
struct Document;

/// The API with its description.
pub(crate) fn api() -> OpenApiRouter<ServerState> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(status::config))
        .routes(routes!(status::health))
        .routes(routes!(status::ready))
        .routes(routes!(accounts::setup))
        .routes(routes!(accounts::login))
        .routes(routes!(accounts::sign_in))
        .routes(routes!(accounts::logout))
        .routes(routes!(me::get, me::patch))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::delete))
        .routes(routes!(agent::post))
        .routes(routes!(agent::stream))
        .routes(routes!(agent::stop))
        .routes(routes!(approvals::list))
        .routes(routes!(approvals::decide_batch))
        .routes(routes!(approvals::get, approvals::decide))
        .routes(routes!(permissions::get, permissions::put))
        .routes(routes!(permissions::get_ceiling, permissions::put_ceiling))
        .routes(routes!(permissions::decisions))
        .routes(routes!(events::events))
        .routes(routes!(usage::usage))
        .routes(routes!(conversations::list, conversations::create))
        .routes(routes!(conversations::get, conversations::patch, conversations::delete))
        .routes(routes!(conversations::messages))
        .routes(routes!(conversations::compact))
        .routes(routes!(search::messages))
        .routes(routes!(memories::list, memories::create))
        .routes(routes!(memories::get, memories::patch, memories::delete))
        .routes(routes!(memories::restore))
        .routes(routes!(exports::export))
        .routes(routes!(imports::list, imports::create))
        .routes(routes!(imports::get))
        .routes(routes!(files::create))
        .routes(routes!(files::get, files::delete))
        .routes(routes!(tasks::list, tasks::create))
        .routes(routes!(tasks::get, tasks::patch, tasks::delete))
        .routes(routes!(meetings::list, meetings::create))
        .routes(routes!(meetings::get, meetings::patch, meetings::delete))
}

/// The description itself, for programs and for people.
pub(crate) fn documentation(document: Arc<OpenApi>) -> Router<ServerState> {
    Router::new()
        .route(
            "/api/openapi.json",
            get(move || {
                let document = Arc::clone(&document);
                async move { Json(document.as_ref().clone()) }
            }),
        )
        .route(
            "/api/docs",
            get(|headers: HeaderMap| async move { web::page("api-docs.html", &headers) }),
        )
}

/// What a route answers with, or why it does not.
type Reply<T> = Result<Json<T>>;

/// The same, of a route that makes something.
type Made<T> = Result<(StatusCode, Json<T>)>;

/// A thing that is there, or the refusal that there is none.
fn found<T>(thing: Option<T>, what: &str) -> Reply<T> {
    thing.map(Json).ok_or_else(|| Problem::not_found(what))
}

/// That a thing is there no longer, or the refusal that there was none.
fn gone(was_there: bool, what: &str) -> Result<StatusCode> {
    if was_there { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found(what)) }
}
