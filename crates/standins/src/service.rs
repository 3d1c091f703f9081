//! The routes, as far as they are the same for all vendors.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State as Shared};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use serde_json::Value;

use crate::cache::Counted;
use crate::reply::{Refusal, Reply, status_of};
use crate::schema;
use crate::state::{Captured, State};
use crate::stream::pass_cuts;

/// Anthropic's documented limit of a request, in bytes.
const MAX_BODY: usize = 32 * 1024 * 1024;

/// Whether a request is as the vendor wants it.
pub(crate) type Checked = Result<(), Refusal>;

/// What the request decides about its answer.
pub struct Envelope {
    /// A number of its own.
    pub(crate) number: u64,
    pub(crate) model: String,
    pub(crate) prompt: Counted,
    /// Whether the last chunk tells the usage.
    pub(crate) tells_usage: bool,
}

/// What differs between vendors.
pub trait Vendor: Send + 'static {
    /// Where answers come from.
    const ANSWERS: &'static str;

    /// The header with the id that every answer has.
    const REQUEST_ID: &'static str;

    /// All routes.
    fn routes() -> Router<Arc<State>>;

    /// Checks the headers.
    fn admit(state: &State, headers: &HeaderMap) -> Checked;

    /// Checks the body of a request for an answer.
    fn check(state: &State, body: &Value) -> Checked;

    /// Counts the prompt of a request.
    fn count(state: &State, body: &Value) -> Counted;

    /// The body of an error answer.
    fn error(kind: &str, message: &str, code: Option<&str>) -> Value;

    /// The body of a stream.
    fn stream(reply: &Reply, envelope: &Envelope) -> Body;

    /// The whole answer.
    fn message(reply: &Reply, envelope: &Envelope) -> Value;
}

/// The route for answers and what is around all routes.
pub(crate) fn router<V: Vendor>() -> Router<Arc<State>> {
    Router::new()
        .route(V::ANSWERS, post(answer::<V>))
        .fallback(async |Shared(state): Shared<Arc<State>>| {
            refuse::<V>(&state, &Refusal::not_found("There is nothing here."))
        })
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

/// A route that tells something to whoever has a key; `find` gets the last part of the path.
pub(crate) fn told<V: Vendor>(
    path: &str,
    find: fn(&str) -> Result<Value, Refusal>,
) -> Router<Arc<State>> {
    let tell =
        async move |Shared(state): Shared<Arc<State>>, uri: axum::http::Uri, headers: HeaderMap| {
            let last = uri.path().rsplit('/').next().unwrap_or_default();
            match V::admit(&state, &headers).and_then(|()| find(last)) {
                Ok(found) => named::<V>(&state, Json(found).into_response()),
                Err(refusal) => refuse::<V>(&state, &refusal),
            }
        };
    Router::new().route(path, get(tell))
}

async fn answer<V: Vendor>(
    Shared(state): Shared<Arc<State>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    raw: Bytes,
) -> Response {
    let body: Value = serde_json::from_slice(&raw).unwrap_or_default();
    state.capture(|| Captured {
        peer,
        headers: headers.clone(),
        body: body.clone(),
        raw: raw.clone(),
    });
    let checked = V::admit(&state, &headers)
        .and_then(|()| V::check(&state, &body))
        .and_then(|()| schema::of(&body).map_or(Ok(()), schema::check));
    if let Err(refusal) = checked {
        return refuse::<V>(&state, &refusal);
    }
    let Some(reply) = state.answer(&body) else {
        let message = "stand-in: no reply is scripted for this request";
        return refuse::<V>(&state, &Refusal::invalid(message));
    };
    let mut response = reply_with::<V>(&state, &reply, &body).await;
    for (name, value) in &reply.headers {
        let pair = (HeaderName::try_from(name), HeaderValue::try_from(value));
        if let (Ok(name), Ok(value)) = pair {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

async fn reply_with<V: Vendor>(state: &State, reply: &Reply, body: &Value) -> Response {
    if let Some(refusal) = &reply.refusal {
        return refuse::<V>(state, refusal);
    }
    let envelope = Envelope {
        number: state.number(),
        model: body["model"].as_str().unwrap_or_default().to_owned(),
        prompt: V::count(state, body),
        tells_usage: body["stream_options"]["include_usage"] == true,
    };
    if body["stream"] == true {
        let kind = [(header::CONTENT_TYPE, "text/event-stream; charset=utf-8")];
        return named::<V>(state, (kind, V::stream(reply, &envelope)).into_response());
    }
    match pass_cuts(reply).await {
        Ok(()) => named::<V>(state, Json(V::message(reply, &envelope)).into_response()),
        Err(kind) => {
            let message = "The script says so.".to_owned();
            refuse::<V>(state, &Refusal { status: status_of(&kind), kind, message, code: None })
        }
    }
}

fn refuse<V: Vendor>(state: &State, refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = V::error(&refusal.kind, &refusal.message, refusal.code.as_deref());
    named::<V>(state, (status, Json(body)).into_response())
}

/// Every answer has an id.
fn named<V: Vendor>(state: &State, mut response: Response) -> Response {
    if let Ok(value) = HeaderValue::try_from(format!("req_{:024}", state.number())) {
        response.headers_mut().insert(V::REQUEST_ID, value);
    }
    response
}
