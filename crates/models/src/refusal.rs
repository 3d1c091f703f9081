//! Requests that got no answer.

use std::time::Duration;

use agent::model::{ModelError, ModelErrorKind};
use http::HeaderMap;
use serde_json::Value;
use tokio::time::timeout;

use crate::fault::{Fault, Redactor};
use crate::retry::Failure;

/// How much of an error's body is read, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// How long an error's body is waited for.
const BODY_WAIT: Duration = Duration::from_secs(10);

/// Why there is no answer, and what that says about another try.
pub(crate) struct Refusal {
    pub(crate) fault: Fault,
    pub(crate) failure: Failure,
    pub(crate) request_id: Option<String>,
}

impl Refusal {
    /// A failure that was no HTTP error.
    pub(crate) fn before_answer(fault: Fault, request_id: Option<String>) -> Self {
        let failure = Failure { again: fault.kind.is_passing(), ..Failure::default() };
        Self { fault, failure, request_id }
    }

    /// An HTTP error.
    pub(crate) async fn read(response: reqwest::Response) -> Self {
        let status = response.status();
        let mut failure = Failure::of(status, response.headers());
        let request_id = request_id(response.headers());
        let body = read_body(response).await;
        let said = serde_json::from_slice(&body).ok().and_then(|body| VendorError::of(&body));
        let Some(said) = said else {
            let message = format!("{status}: {}", String::from_utf8_lossy(&body));
            return Self {
                fault: Fault::new(kind_of_status(status.as_u16(), false), message),
                failure,
                request_id,
            };
        };
        let kind = said.kind().unwrap_or_else(|| kind_of_status(status.as_u16(), true));
        failure.again &= kind != ModelErrorKind::SpendLimit;
        failure.slowly = said.code.as_deref() == Some("ramp_limit_exceeded");
        let fault = Fault::new(kind, format!("{status}: {}", said.describe()));
        Self { fault, failure, request_id: request_id.or(said.request_id) }
    }

    /// The error for the caller.
    pub(crate) fn into_error(self, redactor: &Redactor) -> ModelError {
        ModelError {
            request_id: self.request_id,
            retry_after: self.failure.after,
            ..redactor.error(&self.fault)
        }
    }
}

/// The vendor's id of a request: Anthropic's header, or the one of all others.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("request-id").or_else(|| headers.get("x-request-id"));
    id.and_then(|id| id.to_str().ok()).map(str::to_owned)
}

/// What a vendor says went wrong, in the body of an error answer or within a stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct VendorError {
    r#type: String,
    code: Option<String>,
    message: String,
    request_id: Option<String>,
}

impl VendorError {
    /// Reads `{"error": {"type", "message", "code" or "details.error_code"}}`, or an `error` that is
    /// only a text.
    pub(crate) fn of(body: &Value) -> Option<Self> {
        let error = body.get("error").filter(|error| !error.is_null())?;
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let details = &error["details"]["error_code"];
        Some(Self {
            r#type: text(&error["type"]).unwrap_or_default(),
            code: text(details).or_else(|| text(&error["code"])),
            message: text(error).or_else(|| text(&error["message"])).unwrap_or_default(),
            request_id: text(&body["request_id"]),
        })
    }

    /// The kind; none if nothing that is known here is said.
    pub(crate) fn kind(&self) -> Option<ModelErrorKind> {
        // The vendors' advice is to look at the code first.
        let code = self.code.as_deref();
        let by_word = code.and_then(kind_of_word).or_else(|| kind_of_word(&self.r#type));
        // Anthropic, vLLM and others have no word for this; most copy the first vendor's sentence.
        let sentences = ["maximum context length", "prompt is too long", "exceed context limit"];
        if by_word.is_none_or(|kind| kind == ModelErrorKind::InvalidRequest)
            && sentences.iter().any(|sentence| self.message.contains(sentence))
        {
            return Some(ModelErrorKind::TooLong);
        }
        by_word.or_else(|| {
            let status = code.and_then(|code| code.parse().ok())?;
            (400..600).contains(&status).then(|| kind_of_status(status, true))
        })
    }

    /// The fault of an error within a stream.
    pub(crate) fn into_fault(self) -> Fault {
        Fault::new(self.kind().unwrap_or(ModelErrorKind::Server), self.describe())
    }

    /// Type, code and message in one line.
    fn describe(&self) -> String {
        let code = self.code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
        format!("{}{code}: {}", self.r#type, self.message)
    }
}

/// The kind of an error by its code or type, as Anthropic, OpenAI and llama.cpp call them.
fn kind_of_word(word: &str) -> Option<ModelErrorKind> {
    Some(match word {
        "contract_spend_limit_reached"
        | "enforced_spend_limit_reached"
        | "billing_error"
        | "insufficient_quota" => ModelErrorKind::SpendLimit,
        "request_too_large"
        | "request_body_too_large_after_decoding"
        | "context_length_exceeded"
        | "exceed_context_size_error" => ModelErrorKind::TooLong,
        "overloaded_error" | "unavailable_error" => ModelErrorKind::Overloaded,
        "rate_limit_error" | "rate_limit_exceeded" => ModelErrorKind::RateLimited,
        "authentication_error" | "permission_error" | "invalid_api_key" => {
            ModelErrorKind::Unauthorized
        }
        "not_found_error" | "model_not_found" => ModelErrorKind::UnknownModel,
        "invalid_request_error" | "thread_not_found" | "file_expired" => {
            ModelErrorKind::InvalidRequest
        }
        "api_error" | "conflict_error" | "server_error" => ModelErrorKind::Server,
        "timeout_error" => ModelErrorKind::Timeout,
        _ => return None,
    })
}

/// The kind of an HTTP error; without a vendor's own words it may be another server.
const fn kind_of_status(status: u16, is_vendor: bool) -> ModelErrorKind {
    match status {
        401 | 403 => ModelErrorKind::Unauthorized,
        402 => ModelErrorKind::SpendLimit,
        408 | 504 => ModelErrorKind::Timeout,
        413 => ModelErrorKind::TooLong,
        429 => ModelErrorKind::RateLimited,
        529 => ModelErrorKind::Overloaded,
        409 | 500.. => ModelErrorKind::Server,
        404 if is_vendor => ModelErrorKind::UnknownModel,
        // A redirect is not followed.
        300..=399 | 404 | 405 => ModelErrorKind::Protocol,
        _ => ModelErrorKind::InvalidRequest,
    }
}

/// What of a body comes in time; an error is worth telling even without its words.
async fn read_body(mut response: reqwest::Response) -> Vec<u8> {
    let mut body = Vec::new();
    let reading = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_BODY {
                break;
            }
        }
    };
    drop(timeout(BODY_WAIT, reading).await);
    body
}
