//! The port to language models: one request in, a stream of events out, ended by the whole reply.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::message::Role;

/// A language model behind some vendor's interface.
pub trait Model: Send + Sync {
    /// Which model this is, for people, records and limits; it may know more after its first answer.
    fn info(&self) -> &ModelInfo;

    /// Asks what the model can take, if nobody has yet; from then on [`Self::info`] knows it.
    fn discover(&self) -> Discovery<'_> {
        Box::pin(std::future::ready(()))
    }

    /// Whether the model's server can be reached and takes the key. It asks, and spends nothing.
    fn check(&self) -> Check<'_> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Starts one answer. Dropping the stream cancels it and closes the connection. An
    /// implementation retries by itself only before its first event.
    fn stream(&self, request: ModelRequest) -> ModelStream;
}

/// The events of one answer. The last item is [`ModelEvent::Done`] or an error.
pub type ModelStream = Pin<Box<dyn Stream<Item = Result<ModelEvent, ModelError>> + Send>>;

/// Asking what a model can take.
pub type Discovery<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Asking whether a model could be asked.
pub type Check<'a> = Pin<Box<dyn Future<Output = Result<(), ModelError>> + Send + 'a>>;

/// Which model answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModelInfo {
    /// The vendor's interface: `anthropic`, `openai`, `offline`.
    pub provider: String,
    /// The model's id.
    pub id: String,
    /// Whether it is the built-in one, which is no real model.
    pub offline: bool,
    /// What it can take, as far as is known.
    pub capabilities: Capabilities,
}

/// What a model can take and give. A number that is not known is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Capabilities {
    /// The most tokens a conversation may have.
    pub context_window: Option<u64>,
    /// The most tokens an answer may have.
    pub max_output_tokens: Option<u32>,
    /// Whether it may be sent images.
    pub images: bool,
    /// Whether it may be sent PDF documents.
    pub documents: bool,
    /// Whether it can be held to a JSON Schema.
    pub schemas: bool,
}

impl Capabilities {
    /// The longest answer to ask for. Some servers refuse a request whose prompt and answer might
    /// not fit together, so half of the window is left to the prompt.
    pub fn longest_answer(&self) -> u32 {
        let half = self.context_window.map(|tokens| tokens / 2);
        let half = half.map(|tokens| tokens.try_into().unwrap_or(u32::MAX));
        [self.max_output_tokens, half].into_iter().flatten().min().unwrap_or(u32::MAX)
    }
}

/// Everything a model needs for one answer.
#[derive(Clone, Debug)]
pub struct ModelRequest {
    /// The system prompt: the same bytes in every request.
    pub system: Arc<str>,
    /// The tools, sorted by name.
    pub tools: Arc<[ToolDefinition]>,
    /// The conversation, oldest first.
    pub messages: Vec<ModelMessage>,
    /// The most tokens the answer may have.
    pub max_tokens: u32,
    /// JSON Schema of an object that the answer is to be, as text. Read it with
    /// [`crate::message::read_json`]: a model that cannot be held to it is only told of it.
    pub schema: Option<Arc<Value>>,
}

impl ModelRequest {
    /// The same, with the schema in words: for a model that cannot be held to it.
    #[must_use]
    pub fn with_schema_in_words(mut self) -> Self {
        if let Some(schema) = self.schema.take() {
            let words = "Answer with one JSON object and nothing else. It fits this JSON Schema:";
            self.system = format!("{}\n\n{words}\n{schema}", self.system).into();
        }
        self
    }
}

/// A tool as a model sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ToolDefinition {
    /// Name on the wire.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// JSON Schema of the arguments.
    pub input_schema: Arc<Value>,
}

/// One message of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelMessage {
    /// Who speaks.
    pub role: Role,
    /// Raw content blocks in the form of the Messages API.
    pub content: Vec<Value>,
    /// Whether the vendor may cache everything up to the end of this message.
    pub cache_here: bool,
}

/// What comes while an answer is made.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelEvent {
    /// A block begins.
    BlockStart {
        /// Its place in the answer.
        index: usize,
        /// What it holds.
        kind: BlockKind,
    },
    /// More of a block: text, reasoning, or a piece of a call's JSON.
    BlockDelta {
        /// Its place in the answer.
        index: usize,
        /// What is added.
        delta: String,
    },
    /// A block is complete.
    BlockEnd {
        /// Its place in the answer.
        index: usize,
    },
    /// A whole block of a tool that the vendor runs by itself, see [`crate::message::VendorTool`].
    /// It may hold text from outside, on which all that follows may rest.
    VendorTool(Value),
    /// The tokens known to be billed so far, so that an answer that is never finished is paid for.
    /// It replaces what an earlier one said.
    Usage(Usage),
    /// The whole answer; nothing follows.
    Done(Box<ModelReply>),
}

/// What a block holds, as far as people are shown it. Other blocks cause no events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// Text of the answer.
    Text,
    /// Reasoning.
    Reasoning,
    /// A tool call's arguments.
    ToolInput {
        /// The model's own id of the call.
        id: String,
        /// The tool's name on the wire.
        name: String,
    },
}

/// A complete answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelReply {
    /// The blocks exactly as they must be replayed.
    pub content: Vec<Value>,
    /// Ids of tool calls whose arguments are no valid JSON; their `input` in `content` is `{}`.
    pub invalid_calls: Vec<String>,
    /// Why it ended.
    pub stop: StopReason,
    /// What it cost in tokens.
    pub usage: Usage,
    /// The model that answered, by its own word.
    pub model: String,
    /// The vendor's id of the request, for its support.
    pub request_id: Option<String>,
}

/// Why an answer ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// It is finished.
    EndTurn,
    /// It reached its token limit.
    MaxTokens,
    /// It met a stop sequence.
    StopSequence,
    /// It waits for tool results.
    ToolUse,
    /// The vendor paused a long answer; the same conversation is to be sent again.
    PauseTurn,
    /// The model declined.
    Refusal,
    /// The conversation no longer fits.
    #[serde(rename = "model_context_window_exceeded")]
    ContextWindowExceeded,
    /// A reason this version does not know.
    #[serde(untagged)]
    Other(String),
}

/// Tokens of one or more answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Usage {
    /// Prompt tokens that no cache held.
    pub input_tokens: u64,
    /// Prompt tokens read from the cache.
    pub cache_read_tokens: u64,
    /// Prompt tokens written to the cache.
    pub cache_write_tokens: u64,
    /// Those of the written ones that stay for an hour and not for five minutes.
    #[serde(rename = "cacheWrite1hTokens", skip_serializing_if = "is_zero")]
    pub cache_write_1h_tokens: u64,
    /// Tokens of the answer.
    pub output_tokens: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
const fn is_zero(tokens: &u64) -> bool {
    *tokens == 0
}

impl Usage {
    /// Every token of the prompt, from the cache or not.
    pub const fn prompt(&self) -> u64 {
        self.input_tokens
            .saturating_add(self.cache_read_tokens)
            .saturating_add(self.cache_write_tokens)
    }

    /// Every token that was billed, at whatever price.
    pub const fn total(&self) -> u64 {
        self.prompt().saturating_add(self.output_tokens)
    }
}

impl std::ops::Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            cache_read_tokens: self.cache_read_tokens.saturating_add(other.cache_read_tokens),
            cache_write_tokens: self.cache_write_tokens.saturating_add(other.cache_write_tokens),
            cache_write_1h_tokens: self
                .cache_write_1h_tokens
                .saturating_add(other.cache_write_1h_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
        }
    }
}

impl std::iter::Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::default(), |sum, usage| sum + usage)
    }
}

/// A model call that gave no complete answer.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{kind:?}: {message}")]
pub struct ModelError {
    /// What kind of failure it is.
    pub kind: ModelErrorKind,
    /// What the vendor or the transport said; for the log, not for people.
    pub message: String,
    /// Whether events had already been handed out.
    pub started: bool,
    /// Tokens known to be billed for the attempt.
    pub usage: Usage,
    /// The vendor's id of the request.
    pub request_id: Option<String>,
    /// How long the vendor asks to wait.
    pub retry_after: Option<Duration>,
}

impl ModelError {
    /// One before anything was handed out or billed.
    pub fn new(kind: ModelErrorKind, message: impl Into<String>) -> Self {
        let message = message.into();
        let usage = Usage::default();
        Self { kind, message, started: false, usage, request_id: None, retry_after: None }
    }

    /// What a person is told; it names no secret and says what to do. The request's id is for
    /// whoever asks the vendor; what cannot be one is not shown.
    pub fn advice(&self) -> String {
        let minutes = self.retry_after.map_or(1, |wait| wait.as_secs().div_ceil(60));
        let wait =
            if minutes > 1 { format!("in {minutes} minutes") } else { "in a minute".to_owned() };
        let advice = self.kind.advice().replace("in a minute", &wait);
        let is_id = |id: &&String| id.len() <= 100 && id.bytes().all(|it| it.is_ascii_graphic());
        match self.request_id.as_ref().filter(is_id) {
            Some(id) => format!("{advice} (Request {id}.)"),
            None => advice,
        }
    }
}

/// Kinds of failure of a model call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelErrorKind {
    /// The vendor has no capacity now.
    Overloaded,
    /// Too many requests.
    RateLimited,
    /// A spending limit of the vendor's account is reached.
    SpendLimit,
    /// The key is missing, wrong or not allowed.
    Unauthorized,
    /// The vendor refused the request as malformed.
    InvalidRequest,
    /// The conversation is longer than the model or the vendor takes.
    TooLong,
    /// The model does not exist.
    UnknownModel,
    /// The vendor failed.
    Server,
    /// The connection could not be made or broke.
    Network,
    /// Nothing came for too long.
    Timeout,
    /// The stream ended before the answer did.
    Truncated,
    /// What came is not the protocol.
    Protocol,
}

impl ModelErrorKind {
    /// Whether a step that broke this way may be tried again: nothing of it has run.
    pub const fn is_passing(self) -> bool {
        match self {
            Self::Overloaded
            | Self::RateLimited
            | Self::Server
            | Self::Network
            | Self::Timeout
            | Self::Truncated => true,
            Self::SpendLimit
            | Self::Unauthorized
            | Self::InvalidRequest
            | Self::TooLong
            | Self::UnknownModel
            | Self::Protocol => false,
        }
    }

    /// What a person is told, if nothing more is known.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Overloaded => "The model is overloaded right now. Try again in a minute.",
            Self::RateLimited => "The model's rate limit is reached. Try again in a minute.",
            Self::SpendLimit => {
                "The spending limit of the model account is reached. Ask your administrator."
            }
            Self::Unauthorized => {
                "The model refused our key. Ask your administrator to check the API key."
            }
            Self::InvalidRequest => "The model refused the request. The log has the details.",
            Self::TooLong => "The conversation is too long for the model. Start a new one.",
            Self::UnknownModel => {
                "The configured model does not exist. Ask your administrator to check its name."
            }
            Self::Server => "The model's service failed. Try again.",
            Self::Network => "The model could not be reached. Try again.",
            Self::Timeout => "The model stopped answering. Try again.",
            Self::Truncated => "The model's answer broke off. Try again.",
            Self::Protocol => {
                "The model sent something we do not understand. The log has the details."
            }
        }
    }
}
