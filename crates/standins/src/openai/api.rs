//! The routes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, DefaultBodyLimit, State as Shared};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use serde_json::{Value, json};

use super::wire::{self, Envelope};
use super::{MODELS, validate};
use crate::Captured;
use crate::cache::Segment;
use crate::reply::{Refusal, Reply, status_of};
use crate::state::State;

const MAX_BODY: usize = 32 * 1024 * 1024;

/// Shorter prompts are not cached.
const MIN_CACHED: u64 = 1024;

/// How long the cache keeps a prompt.
const KEEP: Duration = Duration::from_mins(5);

pub(crate) fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(chat))
        .route("/v1/models", get(models))
        .fallback(no_route)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(state)
}

/// The body of an error answer and of an error within a stream.
pub(crate) fn error_body(kind: &str, message: &str, code: Option<&str>) -> Value {
    json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
}

async fn chat(
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
    if let Err(refusal) = admit(&state, &headers).and_then(|()| validate::request(&body)) {
        return refuse(&state, &refusal);
    }
    let Some(reply) = state.answer(&body) else {
        let message = "stand-in: no reply is scripted for this request";
        return refuse(&state, &validate::invalid(message));
    };
    let mut response = answer(&state, &reply, &body).await;
    for (name, value) in &reply.headers {
        let pair = (HeaderName::try_from(name), HeaderValue::try_from(value));
        if let (Ok(name), Ok(value)) = pair {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

async fn answer(state: &State, reply: &Reply, body: &Value) -> Response {
    if let Some(refusal) = &reply.refusal {
        return refuse(state, refusal);
    }
    let envelope = Envelope {
        id: format!("chatcmpl-{:024}", state.number()),
        model: body["model"].as_str().unwrap_or_default().to_owned(),
        prompt: state.count(&segments(body), MIN_CACHED),
        tells_usage: body["stream_options"]["include_usage"] == true,
    };
    if body["stream"] == true {
        let kind = [(header::CONTENT_TYPE, "text/event-stream; charset=utf-8")];
        return named(state, (kind, wire::stream(reply, &envelope)).into_response());
    }
    match wire::message(reply, &envelope).await {
        Ok(message) => named(state, Json(message).into_response()),
        Err(kind) => {
            let message = "The script says so.".to_owned();
            refuse(state, &Refusal { status: status_of(&kind), kind, message, code: None })
        }
    }
}

/// The cache of this interface needs no marks: it keeps every prompt.
fn segments(body: &Value) -> Vec<Segment> {
    let messages = body["messages"].as_array().into_iter().flatten();
    [&body["model"], &body["tools"]]
        .into_iter()
        .chain(messages)
        .map(|value| Segment { text: value.to_string(), keep: Some(KEEP) })
        .collect()
}

async fn models(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    if let Err(refusal) = admit(&state, &headers) {
        return refuse(&state, &refusal);
    }
    let models = MODELS.map(|(id, longest)| {
        json!({"id": id, "object": "model", "created": 0, "owned_by": "stand-in",
            "max_model_len": longest})
    });
    named(&state, Json(json!({"object": "list", "data": models})).into_response())
}

async fn no_route(Shared(state): Shared<Arc<State>>) -> Response {
    let refusal = Refusal { status: 404, ..validate::invalid("There is nothing here.") };
    refuse(&state, &refusal)
}

/// Checks the key, if one is required.
fn admit(state: &State, headers: &HeaderMap) -> Result<(), Refusal> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = header.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    if state.accepts_key(key) {
        return Ok(());
    }
    Err(Refusal {
        status: 401,
        kind: "invalid_request_error".to_owned(),
        message: format!("Incorrect API key provided: {key}."),
        code: Some("invalid_api_key".to_owned()),
    })
}

fn refuse(state: &State, refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = error_body(&refusal.kind, &refusal.message, refusal.code.as_deref());
    named(state, (status, Json(body)).into_response())
}

/// Every answer has an id.
fn named(state: &State, mut response: Response) -> Response {
    let id = format!("req_{:024}", state.number());
    if let Ok(value) = HeaderValue::try_from(id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}
