//! Failures on their way to a [`ModelError`].

use std::sync::Arc;

use agent::model::{ModelError, ModelErrorKind};
use agent::with_causes;

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
        Self::new(kind, with_causes(&error.without_url()))
    }
}

/// Takes the key out of texts that may repeat it.
#[derive(Clone)]
pub(crate) struct Redactor(Option<Arc<str>>);

impl Redactor {
    pub(crate) fn new(key: Option<&str>) -> Self {
        Self(key.map(Into::into))
    }

    /// The text without the key.
    pub(crate) fn clean(&self, text: &str) -> String {
        match &self.0 {
            Some(key) => text.replace(&**key, "[key]"),
            None => text.to_owned(),
        }
    }

    /// An error with nothing handed out and nothing billed yet.
    pub(crate) fn error(&self, fault: &Fault) -> ModelError {
        let mut message = self.clean(&fault.message);
        message.truncate(message.floor_char_boundary(MAX_MESSAGE));
        ModelError::new(fault.kind, message)
    }
}
