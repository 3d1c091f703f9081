use std::fmt;
use std::time::Duration;

use crate::RetryPolicy;

/// How a model's server is reached.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Where the API is: what its client's vendor calls the base URL.
    pub base_url: String,
    /// The longest time for making a connection.
    pub connect_timeout: Duration,
    /// The longest silence before and within an answer. Pings break it, but five times as long
    /// without anything else ends the answer too.
    pub idle_timeout: Duration,
    /// When a request is sent again.
    pub retry: RetryPolicy,
    /// Whether the server is asked, before the first answer, what the model can take.
    pub discover: bool,
}

impl Connection {
    /// A connection to that server with the usual limits.
    pub fn to(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_mins(2),
            retry: RetryPolicy::default(),
            discover: true,
        }
    }
}

/// A secret key; it does not show in debug output.
#[derive(Clone)]
pub struct ApiKey(String);

impl ApiKey {
    /// Wraps a key.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiKey([redacted])")
    }
}

/// Settings with which no client can be made.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The base URL is none.
    #[error("the model's base URL is not valid")]
    Url(#[source] <reqwest::Url as std::str::FromStr>::Err),
    /// The base URL names no server that speaks HTTP.
    #[error("the model's base URL must be https:// or http:// and a host")]
    Host,
    /// The key is empty or has characters that no header may have.
    #[error("the model's key is empty or has characters that a key cannot have")]
    Key,
    /// The version has characters that no header may have.
    #[error("{0:?} is no version of the model's API")]
    Version(String),
    /// The HTTP client does not start, for instance because no root certificates are found.
    #[error("the HTTP client cannot be made")]
    Client(#[source] reqwest::Error),
}
