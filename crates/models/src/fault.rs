//! Failures on their way to a [`ModelError`].

use std::error::Error;
use std::sync::Arc;

use agent::model::{ModelError, ModelErrorKind};

/// The longest message of an error, in bytes.
const MAX_MESSAGE: usize = 1000;

/// What went wrong, before it is known in which answer.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) kind: ModelErrorKind,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(kind: ModelErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// The other side does not keep to the protocol.
    pub(crate) fn protocol(message: impl Into<String>) -> Self {
        Self::new(ModelErrorKind::Protocol, message)
    }

    /// A request or a body that broke off.
    pub(crate) fn transport(error: reqwest::Error) -> Self {
        let kind = if error.is_builder() {
            ModelErrorKind::InvalidRequest
        } else if error.is_timeout() && !error.is_connect() {
            ModelErrorKind::Timeout
        } else {
            ModelErrorKind::Network
        };
        Self::new(kind, chain(&error.without_url()))
    }
}

/// Takes the key out of texts that may repeat it.
#[derive(Clone)]
pub(crate) struct Redactor(Option<Arc<str>>);

impl Redactor {
    pub(crate) fn new(key: Option<&str>) -> Self {
        Self(key.map(Into::into))
    }

    /// An error with nothing handed out and nothing billed yet.
    pub(crate) fn error(&self, fault: &Fault) -> ModelError {
        let mut message = match &self.0 {
            Some(key) => fault.message.replace(&**key, "[key]"),
            None => fault.message.clone(),
        };
        message.truncate(message.floor_char_boundary(MAX_MESSAGE));
        ModelError::new(fault.kind, message)
    }
}

/// An error with all its causes.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
