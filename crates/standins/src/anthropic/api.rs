//! The routes.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::{VERSION, models, prompt, validate, wire};
use crate::cache::Counted;
use crate::reply::{Refusal, Reply};
use crate::service::{self, Checked, Envelope, Vendor};
use crate::state::State;

/// Anthropic's Messages API.
pub struct Messages;

impl Vendor for Messages {
    const ANSWERS: &'static str = "/v1/messages";
    const REQUEST_ID: &'static str = "request-id";

    fn routes() -> Router<Arc<State>> {
        service::router::<Self>()
            .merge(service::told::<Self>("/v1/models", |_| Ok(models::list())))
            .merge(service::told::<Self>("/v1/models/{id}", |id| {
                models::find(id).ok_or_else(|| Refusal::not_found(format!("model: {id}")))
            }))
    }

    /// Checks version and key.
    fn admit(state: &State, headers: &HeaderMap) -> Checked {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = || text("authorization").and_then(|value| value.strip_prefix("Bearer "));
        // If both are sent, the vendor looks at `x-api-key`.
        let key = text("x-api-key").or_else(bearer).unwrap_or_default();
        if key.is_empty() || !state.accepts_key(key) {
            return Err(Refusal {
                status: 401,
                kind: "authentication_error".to_owned(),
                ..Refusal::invalid("The key is missing or invalid.")
            });
        }
        match text("anthropic-version") {
            Some(VERSION) => Ok(()),
            Some(other) => {
                Err(Refusal::invalid(format!("anthropic-version: there is no version {other}")))
            }
            None => Err(Refusal::invalid("anthropic-version: the header is required")),
        }
    }

    fn check(state: &State, body: &Value) -> Checked {
        validate::request(body, &|text, signature| state.is_signed(text, signature))
    }

    fn count(state: &State, body: &Value) -> Counted {
        let model = body["model"].as_str().unwrap_or_default();
        state.count(&prompt::segments(body), prompt::minimum(model))
    }

    fn error(kind: &str, message: &str, code: Option<&str>) -> Value {
        let mut error = json!({"type": kind, "message": message});
        if let Some(code) = code {
            error["details"] = json!({"error_code": code});
        }
        json!({"type": "error", "error": error})
    }

    fn stream(reply: &Reply, envelope: &Envelope) -> Body {
        wire::stream(reply, envelope)
    }

    async fn message(reply: &Reply, envelope: &Envelope) -> Result<Value, String> {
        wire::message(reply, envelope).await
    }
}
