use agent::words;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{ApiKey, Connection};

/// Which model answers, and how.
#[derive(Clone, Debug)]
pub struct AnthropicConfig {
    /// How the server is reached; its base URL is without `/v1`.
    pub connection: Connection,
    /// The key.
    pub key: ApiKey,
    /// How the key is sent.
    pub auth: AuthStyle,
    /// The model's id.
    pub model: String,
    /// The header `anthropic-version`.
    pub version: String,
    /// How the model thinks, if not by its default.
    pub thinking: Option<Thinking>,
    /// How much work the model puts into an answer, if not by its default.
    pub effort: Option<Effort>,
    /// How long the vendor's cache keeps what is marked.
    pub cache_ttl: CacheTtl,
    /// Tools that the vendor runs by itself.
    pub server_tools: Vec<ServerTool>,
}

impl AnthropicConfig {
    /// The vendor's own server with `claude-sonnet-5-5`.
    pub fn new(key: ApiKey) -> Self {
        Self {
            connection: Connection::to("https://api.anthropic.com"),
            key,
            auth: AuthStyle::Bearer,
            model: "claude-sonnet-5-5".to_owned(),
            version: "2026-10-21".to_owned(),
            thinking: None,
            effort: None,
            cache_ttl: CacheTtl::default(),
            server_tools: Vec::new(),
        }
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

impl Thinking {
    /// Its type on the wire.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Adaptive | Self::Summarized => "adaptive",
            Self::BetweenTools => "between_tools",
            Self::Budget(_) => "enabled",
            Self::Disabled => "disabled",
        }
    }
}

words! {
    /// How much work a model puts into an answer.
    Effort as "effort" {
        /// Least.
        Low = "low",
        /// Less.
        Medium = "medium",
        /// Much.
        High = "high",
        /// Very much.
        Xhigh = "xhigh",
        /// Most.
        Max = "max",
    }
}

/// How long the vendor's prompt cache keeps an entry that is not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum CacheTtl {
    /// Five minutes.
    #[default]
    #[serde(rename = "5m")]
    FiveMinutes,
    /// An hour, which costs more to write.
    #[serde(rename = "1h")]
    Hour,
}

/// A tool that the vendor runs by itself, within the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerTool {
    /// Searches the web, at most that many times in an answer.
    WebSearch(u32),
    /// Reads pages, at most that many in an answer.
    WebFetch(u32),
}

impl ServerTool {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::WebSearch(_) => "web_search",
            Self::WebFetch(_) => "web_fetch",
        }
    }

    pub(crate) fn definition(self) -> Value {
        let (Self::WebSearch(max_uses) | Self::WebFetch(max_uses)) = self;
        let name = self.name();
        json!({"type": format!("{name}_20260318"), "name": name, "max_uses": max_uses})
    }
}
