//! Requests that got no answer.

use std::time::Duration;

use agent::model::{ModelError, ModelErrorKind};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
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
    request_id: Option<String>,
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
        let id = request_id(response.headers());
        let body = read_body(response).await;
        let Ok(answer) = serde_json::from_slice::<ErrorBody>(&body) else {
            let message = format!("{status}: {}", String::from_utf8_lossy(&body));
            return Self {
                fault: Fault::new(kind_of_status(status), message),
                failure,
                request_id: id,
            };
        };
        let kind = answer.error.kind().unwrap_or_else(|| kind_of_status(status));
        failure.again &= kind != ModelErrorKind::SpendLimit;
        failure.slowly = answer.error.code() == Some("ramp_limit_exceeded");
        let fault = Fault::new(kind, format!("{status}: {}", answer.error.describe()));
        Self { fault, failure, request_id: id.or(answer.request_id) }
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

/// The vendor's id of a request.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    headers.get("request-id").and_then(|id| id.to_str().ok()).map(str::to_owned)
}

/// The body of an error answer and of an `error` event.
#[derive(Deserialize)]
pub(crate) struct ErrorBody {
    pub(crate) error: VendorError,
    #[serde(default)]
    request_id: Option<String>,
}

/// What the vendor says went wrong.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct VendorError {
    r#type: String,
    message: String,
    details: Option<Details>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    error_code: Option<String>,
}

impl VendorError {
    /// The kind; none for a type that is not known here.
    pub(crate) fn kind(&self) -> Option<ModelErrorKind> {
        // The vendor's advice is to look at the code first and never at the message.
        match self.code() {
            Some("contract_spend_limit_reached" | "enforced_spend_limit_reached") => {
                return Some(ModelErrorKind::SpendLimit);
            }
            Some("thread_not_found" | "file_expired") => {
                return Some(ModelErrorKind::InvalidRequest);
            }
            _ => {}
        }
        match self.r#type.as_str() {
            "overloaded_error" => Some(ModelErrorKind::Overloaded),
            "rate_limit_error" => Some(ModelErrorKind::RateLimited),
            "billing_error" => Some(ModelErrorKind::SpendLimit),
            "authentication_error" | "permission_error" => Some(ModelErrorKind::Unauthorized),
            "not_found_error" => Some(ModelErrorKind::UnknownModel),
            "invalid_request_error" | "request_too_large" => Some(ModelErrorKind::InvalidRequest),
            "api_error" | "conflict_error" => Some(ModelErrorKind::Server),
            "timeout_error" => Some(ModelErrorKind::Timeout),
            _ => None,
        }
    }

    /// Type, code and message in one line.
    pub(crate) fn describe(&self) -> String {
        let code = self.code().map(|code| format!(" ({code})")).unwrap_or_default();
        format!("{}{code}: {}", self.r#type, self.message)
    }

    fn code(&self) -> Option<&str> {
        self.details.as_ref().and_then(|details| details.error_code.as_deref())
    }
}

/// The kind of an HTTP error whose body does not tell.
fn kind_of_status(status: StatusCode) -> ModelErrorKind {
    match status.as_u16() {
        401 | 403 => ModelErrorKind::Unauthorized,
        402 => ModelErrorKind::SpendLimit,
        408 | 504 => ModelErrorKind::Timeout,
        429 => ModelErrorKind::RateLimited,
        529 => ModelErrorKind::Overloaded,
        409 | 500.. => ModelErrorKind::Server,
        // Without the vendor's own words this is another server, or a redirect we do not follow.
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
