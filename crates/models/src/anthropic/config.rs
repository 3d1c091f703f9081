use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use crate::RetryPolicy;

/// How to reach a model.
#[derive(Clone, Debug)]
pub struct AnthropicConfig {
    /// Where the API is, without `/v1`.
    pub base_url: String,
    /// The key.
    pub key: ApiKey,
    /// How the key is sent.
    pub auth: AuthStyle,
    /// The model's id.
    pub model: String,
    /// The header `anthropic-version`.
    pub version: String,
    /// The longest time for making a connection.
    pub connect_timeout: Duration,
    /// The longest silence before and within an answer; pings break it.
    pub idle_timeout: Duration,
    /// How the model thinks, if not by its default.
    pub thinking: Option<Thinking>,
    /// How much work the model puts into an answer, if not by its default.
    pub effort: Option<Effort>,
    /// When a request is sent again.
    pub retry: RetryPolicy,
}

impl AnthropicConfig {
    /// The vendor's own server with `claude-sonnet-5-5`.
    pub fn new(key: ApiKey) -> Self {
        Self {
            base_url: "https://api.anthropic.com".to_owned(),
            key,
            auth: AuthStyle::Bearer,
            model: "claude-sonnet-5-5".to_owned(),
            version: "2026-10-21".to_owned(),
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_mins(2),
            thinking: None,
            effort: None,
            retry: RetryPolicy::default(),
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

/// The header that carries the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthStyle {
    /// `authorization: Bearer …`, as the vendor's SDKs do since their version 2.
    #[default]
    Bearer,
    /// `x-api-key: …`, which some proxies want.
    XApiKey,
}

/// How a model thinks. Which models take which is in their entry of `GET /v1/models`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Thinking {
    /// As much as it finds right; the thinking is not shown.
    Adaptive,
    /// As much as it finds right, with summaries to show.
    Summarized,
    /// Only between tool calls.
    BetweenTools,
    /// At most that many tokens, at least 1024; for older models.
    Budget(u32),
    /// Not at all; for older models.
    Disabled,
}

/// How much work a model puts into an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    /// Least.
    Low,
    /// Less.
    Medium,
    /// Much.
    High,
    /// Very much.
    Xhigh,
    /// Most.
    Max,
}

impl Effort {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Xhigh => "xhigh",
            Self::Max => "max",
        }
    }
}

/// Settings with which no client can be made.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The base URL is none.
    #[error("the model's base URL is not valid")]
    Url(#[source] <reqwest::Url as std::str::FromStr>::Err),
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
