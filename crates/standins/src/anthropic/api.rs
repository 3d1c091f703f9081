//! The routes.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, State as Shared};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use serde_json::{Value, json};

use super::wire::{self, Envelope};
use super::{VERSION, models, prompt, validate};
use crate::reply::{Refusal, Reply, status_of};
use crate::state::{Captured, State};

/// The vendor's documented limit of a request, in bytes.
const MAX_BODY: usize = 32 * 1024 * 1024;

pub(crate) fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/v1/messages", post(messages))
        .route("/v1/models", get(list_models))
        .route("/v1/models/{id}", get(one_model))
        .fallback(no_route)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(state)
}

/// The body of an error answer and of an `error` event.
pub(crate) fn error_body(kind: &str, message: &str, code: Option<&str>) -> Value {
    let mut error = json!({"type": kind, "message": message});
    if let Some(code) = code {
        error["details"] = json!({"error_code": code});
    }
    json!({"type": "error", "error": error})
}

async fn messages(
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
    let checked = admit(&state, &headers).and_then(|()| {
        validate::request(&body, &|text, signature| state.is_signed(text, signature))
    });
    if let Err(refusal) = checked {
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
    let model = body["model"].as_str().unwrap_or_default().to_owned();
    let prompt = state.count(&prompt::segments(body), prompt::minimum(&model));
    let message_id = format!("msg_{:024}", state.number());
    let envelope = Envelope { message_id, model, prompt };
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

async fn list_models(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    match admit(&state, &headers) {
        Ok(()) => named(&state, Json(models::list()).into_response()),
        Err(refusal) => refuse(&state, &refusal),
    }
}

async fn one_model(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    if let Err(refusal) = admit(&state, &headers) {
        return refuse(&state, &refusal);
    }
    models::find(&id).map_or_else(
        || refuse(&state, &not_found(format!("model: {id}"))),
        |model| named(&state, Json(model).into_response()),
    )
}

async fn no_route(Shared(state): Shared<Arc<State>>) -> Response {
    refuse(&state, &not_found("There is nothing here.".to_owned()))
}

/// Checks version and key.
fn admit(state: &State, headers: &HeaderMap) -> Result<(), Refusal> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = || text("authorization").and_then(|value| value.strip_prefix("Bearer "));
    // If both are sent, the vendor looks at `x-api-key`.
    let key = text("x-api-key").or_else(bearer).unwrap_or_default();
    if key.is_empty() || !state.accepts_key(key) {
        return Err(Refusal {
            status: 401,
            kind: "authentication_error".to_owned(),
            message: "The key is missing or invalid.".to_owned(),
            code: None,
        });
    }
    match text("anthropic-version") {
        Some(VERSION) => Ok(()),
        Some(other) => {
            Err(validate::invalid(format!("anthropic-version: there is no version {other}")))
        }
        None => Err(validate::invalid("anthropic-version: the header is required")),
    }
}

fn not_found(message: String) -> Refusal {
    Refusal { status: 404, kind: "not_found_error".to_owned(), message, code: None }
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
        response.headers_mut().insert("request-id", value);
    }
    response
}
