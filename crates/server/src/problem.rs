//! Errors as `application/problem+json` (RFC 9457) with a stable code.

use std::time::Duration;

use app::{AppError, FieldError, FieldProblem, StoreError};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of the request that is being answered.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

/// What a request gives, or why it was not done.
pub(crate) type Result<T, E = Problem> = std::result::Result<T, E>;

/// Why a request was not done. Its body is written by [`finish_response`], which knows the request.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: Code,
    detail: String,
    fields: Vec<FieldProblem>,
    retry_after: Option<u64>,
}

/// The stable codes of the contract that this server gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Code {
    Unauthorized,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    Conflict,
    TurnActive,
    ApprovalDecided,
    DigestMismatch,
    InvalidRequest,
    Unprocessable,
    PayloadTooLarge,
    RateLimited,
    BudgetExhausted,
    UpstreamUnavailable,
    Internal,
}

/// The body of every answer that is no success.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "type": "about:blank", "title": "Not Found", "status": 404, "code": "not_found",
    "detail": "there is no such task", "requestId": "01960000-0000-7000-8000-000000000000",
}))]
pub(crate) struct ProblemBody {
    /// Always `about:blank`; `code` tells problems apart.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: String,
    /// The status.
    status: u16,
    /// What went wrong, stable.
    code: Code,
    /// What went wrong, for people.
    detail: String,
    /// Names the request in the server's log.
    request_id: String,
    /// Which fields are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    fields: Vec<FieldProblem>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: Code, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), fields: Vec::new(), retry_after: None }
    }

    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::InvalidRequest, detail)
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, Code::NotFound, format!("there is no such {what}"))
    }

    pub(crate) fn unauthorized(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, Code::Unauthorized, detail)
    }

    pub(crate) fn forbidden(detail: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, Code::Forbidden, detail)
    }

    pub(crate) fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, Code::PayloadTooLarge, detail)
    }

    /// Not now; the same request may work in a few seconds.
    pub(crate) fn unavailable(detail: impl Into<String>) -> Self {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Self { retry_after: Some(5), ..Self::new(status, Code::UpstreamUnavailable, detail) }
    }

    fn too_many(code: Code, detail: String, retry_after: Duration) -> Self {
        let retry_after = Some(retry_after.as_secs() + 1);
        Self { retry_after, ..Self::new(StatusCode::TOO_MANY_REQUESTS, code, detail) }
    }

    pub(crate) fn fields(fields: Vec<FieldProblem>) -> Self {
        let detail = match fields.as_slice() {
            [only] if only.field.is_empty() => only.problem.clone(),
            [only] => format!("{}: {}", only.field, only.problem),
            _ => "some fields are not valid".to_owned(),
        };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self { fields, ..Self::new(status, Code::Unprocessable, detail) }
    }

    pub(crate) const fn status(&self) -> StatusCode {
        self.status
    }

    /// What a client reads of it.
    pub(crate) fn into_body(self, request_id: &str) -> ProblemBody {
        ProblemBody {
            kind: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            code: self.code,
            detail: self.detail,
            request_id: request_id.to_owned(),
            fields: self.fields,
        }
    }

    pub(crate) fn field(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::fields(vec![FieldProblem::new(field, problem)])
    }
}

/// Wrong fields of a body.
impl From<Vec<FieldError>> for Problem {
    fn from(problems: Vec<FieldError>) -> Self {
        let field = |(field, problem)| FieldProblem::new(format!("/{field}"), problem);
        Self::fields(problems.into_iter().map(field).collect())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        AppError::from(error).into()
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        let detail = error.to_string();
        let conflict = |code| Self::new(StatusCode::CONFLICT, code, detail.clone());
        match error {
            AppError::NotFound(what) => Self::not_found(what),
            AppError::Unauthorized(detail) => Self::unauthorized(detail),
            AppError::Forbidden(detail) => Self::forbidden(detail),
            AppError::Conflict(_) => conflict(Code::Conflict),
            AppError::TurnActive => conflict(Code::TurnActive),
            AppError::ApprovalDecided(_) => conflict(Code::ApprovalDecided),
            AppError::DigestMismatch => conflict(Code::DigestMismatch),
            AppError::Unprocessable(fields) => Self::fields(fields),
            AppError::RateLimited { retry_after } => {
                Self::too_many(Code::RateLimited, detail, retry_after)
            }
            AppError::BudgetExhausted { retry_after, .. } => {
                Self::too_many(Code::BudgetExhausted, detail, retry_after)
            }
            AppError::Draining | AppError::Unavailable(_) => Self::unavailable(detail),
            AppError::Internal(source) => {
                tracing::error!(error = %source, "a request failed on our side");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, Code::Internal, detail)
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives every response its request id, and every problem its body. What the router itself refuses
/// (no such method, no such route) becomes a problem too.
pub(crate) async fn finish_response(mut request: Request, next: Next) -> Response {
    let id = Uuid::now_v7().to_string();
    let is_api = request.uri().path().starts_with("/api/");
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    let problem = response.extensions_mut().remove::<Problem>().or_else(|| {
        (response.status() == StatusCode::METHOD_NOT_ALLOWED).then(|| {
            let detail = "this address has no such method; see the Allow header";
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, Code::MethodNotAllowed, detail)
        })
    });
    if let Some(problem) = problem {
        response = write(problem, &id, &response);
    }
    let headers = response.headers_mut();
    if is_api && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

fn write(problem: Problem, id: &str, original: &Response) -> Response {
    let (status, retry_after) = (problem.status, problem.retry_after);
    let mut response = (status, axum::Json(problem.into_body(id))).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    for name in [header::ALLOW, header::SET_COOKIE] {
        if let Some(value) = original.headers().get(&name) {
            headers.insert(name, value.clone());
        }
    }
    response
}
