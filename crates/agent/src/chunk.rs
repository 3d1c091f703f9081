//! What a viewer of a running turn is sent: the chunks of the AI SDK's UI message stream, version 1
//! (checked against `ai` 7.0.173). A field that is absent must not be sent as `null`.

use serde::Serialize;
use serde_json::Value;

use crate::model::StopReason;
use crate::price::Spent;

/// One chunk of the stream.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Chunk {
    /// The answer begins, or goes on after an approval.
    Start {
        /// Id of the answer as a message.
        message_id: String,
        /// Server ids that belong to it.
        message_metadata: Value,
    },
    /// A model call begins.
    StartStep,
    /// A model call and its tools are done.
    FinishStep,
    /// Forget everything since the last `StartStep`: the call is repeated.
    ResetStep,
    /// Text begins.
    TextStart {
        /// Part id, unique within the message.
        id: String,
    },
    /// More text.
    TextDelta {
        /// Part id.
        id: String,
        /// What is added.
        delta: String,
    },
    /// Text ends.
    TextEnd {
        /// Part id.
        id: String,
    },
    /// Reasoning begins.
    ReasoningStart {
        /// Part id.
        id: String,
    },
    /// More reasoning.
    ReasoningDelta {
        /// Part id.
        id: String,
        /// What is added.
        delta: String,
    },
    /// Reasoning ends.
    ReasoningEnd {
        /// Part id.
        id: String,
    },
    /// The model begins to write a tool call.
    ToolInputStart {
        /// Our id of the call.
        tool_call_id: String,
        /// The tool.
        tool_name: String,
        /// Always true: the catalogue is the server's.
        dynamic: bool,
        /// The tool's name for people.
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    },
    /// More of the call's JSON.
    ToolInputDelta {
        /// Our id of the call.
        tool_call_id: String,
        /// What is added.
        input_text_delta: String,
    },
    /// The call's arguments are complete.
    ToolInputAvailable {
        /// Our id of the call.
        tool_call_id: String,
        /// The tool.
        tool_name: String,
        /// The arguments.
        input: Value,
        /// Always true.
        dynamic: bool,
        /// The model's vendor runs it.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        provider_executed: bool,
        /// The tool's name for people.
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    },
    /// A person is asked.
    ToolApprovalRequest {
        /// The approval.
        approval_id: String,
        /// The call it is about.
        tool_call_id: String,
        /// `{digest, expiresAt, effect, rememberable, summary, because?}`.
        approval_descriptor: Value,
    },
    /// The tool answered.
    ToolOutputAvailable {
        /// Our id of the call.
        tool_call_id: String,
        /// The result.
        output: Value,
        /// Always true.
        dynamic: bool,
        /// The model's vendor has run it.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        provider_executed: bool,
    },
    /// The tool failed, or nobody knows what it did.
    ToolOutputError {
        /// Our id of the call.
        tool_call_id: String,
        /// What is known.
        error_text: String,
        /// Always true.
        dynamic: bool,
        /// The model's vendor has run it.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        provider_executed: bool,
    },
    /// The call was refused.
    ToolOutputDenied {
        /// Our id of the call.
        tool_call_id: String,
    },
    /// A page that the answer rests on.
    SourceUrl {
        /// Part id, unique within the message.
        source_id: String,
        /// Where it is.
        url: String,
        /// What it is called.
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    },
    /// The conversation's id and title; not part of the message.
    #[serde(rename = "data-conversation")]
    DataConversation {
        /// `{id, title}`.
        data: Value,
        /// Always true.
        transient: bool,
    },
    /// Totals of the whole turn so far.
    #[serde(rename = "data-usage")]
    DataUsage {
        /// The turn.
        id: String,
        /// The tokens and what they cost.
        data: Spent,
    },
    /// Something a person should know.
    #[serde(rename = "data-notice")]
    DataNotice {
        /// Unique within the message.
        id: String,
        /// `{level, code, text}`.
        data: Value,
    },
    /// A person stopped the turn.
    Abort {},
    /// The turn failed.
    Error {
        /// What a person is told.
        error_text: String,
    },
    /// The stream is over.
    Finish {
        /// Why.
        finish_reason: FinishReason,
    },
}

/// Why a stream is over; a client refuses any other word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FinishReason {
    /// Answered.
    Stop,
    /// A token or turn limit.
    Length,
    /// The model declined.
    ContentFilter,
    /// Waiting for an approval.
    ToolCalls,
    /// It failed.
    Error,
    /// Stopped by a person, or ended for another reason.
    Other,
}

impl From<&StopReason> for FinishReason {
    fn from(stop: &StopReason) -> Self {
        match stop {
            StopReason::EndTurn | StopReason::StopSequence => Self::Stop,
            StopReason::MaxTokens | StopReason::ContextWindowExceeded => Self::Length,
            StopReason::Refusal => Self::ContentFilter,
            // Where calls wait, the stream says so itself; an answer that ends so has none.
            StopReason::ToolUse | StopReason::PauseTurn | StopReason::Other(_) => Self::Other,
        }
    }
}

impl Chunk {
    /// Adds `next` to this chunk if both are deltas of the same part; gives it back otherwise. This
    /// is how a viewer that is behind gets everything in few pieces.
    pub fn absorb(&mut self, next: Self) -> Option<Self> {
        match (&mut *self, next) {
            (Self::TextDelta { id, delta }, Self::TextDelta { id: other, delta: more })
            | (
                Self::ReasoningDelta { id, delta },
                Self::ReasoningDelta { id: other, delta: more },
            ) if *id == other => {
                delta.push_str(&more);
                None
            }
            (
                Self::ToolInputDelta { tool_call_id, input_text_delta },
                Self::ToolInputDelta { tool_call_id: other, input_text_delta: more },
            ) if *tool_call_id == other => {
                input_text_delta.push_str(&more);
                None
            }
            (_, next) => Some(next),
        }
    }
}
