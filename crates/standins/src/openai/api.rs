//! The routes.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use serde_json::{Value, json};

use super::{MODELS, validate, wire};
use crate::cache::{Counted, Segment};
use crate::reply::{Refusal, Reply};
use crate::service::{self, Checked, Envelope, Vendor};
use crate::state::State;

/// Shorter prompts are not cached.
const MIN_CACHED: u64 = 1024;

/// How long the cache keeps a prompt.
const KEEP: Duration = Duration::from_mins(5);

/// OpenAI's chat interface.
pub struct Chat;

impl Vendor for Chat {
    const ANSWERS: &'static str = "/v1/chat/completions";
    const REQUEST_ID: &'static str = "x-request-id";

    fn routes() -> Router<Arc<State>> {
        let models = |_: &str| {
            let models = MODELS.map(|(id, longest)| {
                json!({"id": id, "object": "model", "created": 0, "owned_by": "stand-in",
                    "max_model_len": longest})
            });
            Ok(json!({"object": "list", "data": models}))
        };
        service::router::<Self>().merge(service::told::<Self>("/v1/models", models))
    }

    /// Checks the key, if one is required.
    fn admit(state: &State, headers: &HeaderMap) -> Checked {
        let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let key = header.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        if state.accepts_key(key) {
            return Ok(());
        }
        Err(Refusal {
            status: 401,
            code: Some("invalid_api_key".to_owned()),
            ..Refusal::invalid(format!("Incorrect API key provided: {key}."))
        })
    }

    fn check(_state: &State, body: &Value) -> Checked {
        validate::request(body)
    }

    /// The cache of this interface needs no marks: it keeps every prompt.
    fn count(state: &State, body: &Value) -> Counted {
        let messages = body["messages"].as_array().into_iter().flatten();
        let pieces = [&body["model"], &body["tools"]].into_iter().chain(messages);
        let segments: Vec<Segment> =
            pieces.map(|value| Segment { text: value.to_string(), keep: Some(KEEP) }).collect();
        state.count(&segments, MIN_CACHED)
    }

    fn error(kind: &str, message: &str, code: Option<&str>) -> Value {
        json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
    }

    fn stream(reply: &Reply, envelope: &Envelope) -> Body {
        wire::stream(reply, envelope)
    }

    async fn message(reply: &Reply, envelope: &Envelope) -> Result<Value, String> {
        wire::message(reply, envelope).await
    }
}
