//! What a use case can refuse. The server maps each to one status and one stable code.

use std::time::Duration;

use serde::Serialize;
use store::StoreError;
use utoipa::ToSchema;

/// One wrong field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FieldBody)]
pub struct FieldProblem {
    /// JSON Pointer into the body, or the name of a query parameter after a slash.
    #[schema(example = "/title")]
    pub field: String,
    /// What would be right.
    #[schema(example = "1 to 500 characters")]
    pub problem: String,
}

impl FieldProblem {
    /// A problem of the field at this JSON Pointer.
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into() }
    }
}

/// What a use case gives, or why it did not do what it was asked.
pub type Result<T, E = AppError> = std::result::Result<T, E>;

/// Why a use case did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// It does not exist, or is somebody else's.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Nobody is signed in, or the credentials are wrong.
    #[error("{0}")]
    Unauthorized(&'static str),
    /// The caller may not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// It contradicts what is there.
    #[error("{0}")]
    Conflict(&'static str),
    /// A turn is already running in the conversation.
    #[error("an answer is still being written in this conversation; stop it or wait for it")]
    TurnActive,
    /// The approval was decided otherwise before, or can no longer be.
    #[error("{0}")]
    ApprovalDecided(String),
    /// The approval is about other arguments than the caller saw.
    #[error("the approval is about other arguments than the ones you saw; load it again")]
    DigestMismatch,
    /// Fields of the request are wrong.
    #[error("some fields are not valid")]
    Unprocessable(Vec<FieldProblem>),
    /// Too many attempts.
    #[error("too many attempts; wait and try again")]
    RateLimited {
        /// How long to wait.
        retry_after: Duration,
    },
    /// What is left of a budget does not do.
    #[error("{text}")]
    BudgetExhausted {
        /// Which one, and what to do.
        text: String,
        /// How long to wait.
        retry_after: Duration,
    },
    /// The process is about to end.
    #[error("the server is restarting; try again in a few seconds")]
    Draining,
    /// No model could do it just now.
    #[error("{0}")]
    Unavailable(&'static str),
    /// Something of ours failed; the source goes to the log only.
    #[error("something went wrong on our side")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl AppError {
    /// Refuses what has wrong fields.
    pub(crate) fn unless_none(problems: Vec<FieldProblem>) -> Result<()> {
        if problems.is_empty() { Ok(()) } else { Err(Self::Unprocessable(problems)) }
    }

    /// Refuses what has fields that are wrong, each with what would be right.
    pub(crate) fn unless_right<'a>(
        fields: impl IntoIterator<Item = (bool, &'a str, &'a str)>,
    ) -> Result<()> {
        let wrong = fields.into_iter().filter(|(is_wrong, ..)| *is_wrong);
        Self::unless_none(wrong.map(|(_, field, right)| FieldProblem::new(field, right)).collect())
    }

    /// Something of ours failed.
    pub(crate) fn internal<E: std::error::Error + Send + Sync + 'static>(error: E) -> Self {
        Self::Internal(Box::new(error))
    }

    /// A single wrong field.
    pub fn field(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Unprocessable(vec![FieldProblem::new(field, problem)])
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::UnknownCursor => Self::field("/cursor", error.to_string()),
            error => Self::internal(error),
        }
    }
}
