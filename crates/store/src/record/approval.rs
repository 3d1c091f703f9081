//! Approvals.

use std::collections::BTreeMap;

use agent::permission::{DeciderKind, Rule};
use agent::vocabulary::Answer;
use agent::{ApprovalId, ApprovalStatus, ConversationId, ToolCallId, TurnId};
use serde_json::Value;

use crate::Ts;

/// One question put to a person about one tool call.
#[derive(Clone, Debug, PartialEq)]
pub struct Approval {
    /// Its id.
    pub id: ApprovalId,
    /// Where.
    pub conversation_id: ConversationId,
    /// In which turn.
    pub turn_id: TurnId,
    /// About which call.
    pub tool_call_id: ToolCallId,
    /// The tool's name.
    pub tool: String,
    /// The tool's name for people.
    pub title: String,
    /// Where the tool comes from.
    pub source: String,
    /// The contract's word for the effect.
    pub effect: String,
    /// What it would do, for a person.
    pub summary: String,
    /// Why it is asked, for a person; none if it is just their mode.
    pub because: Option<String>,
    /// What the log names once a person has answered: them, or what alone made the call ask.
    pub decider: DeciderKind,
    /// The arguments that were asked about.
    pub arguments: Value,
    /// What it binds to.
    pub digest: String,
    /// Whether remembering the answer would have an effect.
    pub rememberable: bool,
    /// To what a remembered answer is limited: JSON Pointer into the arguments → value there.
    pub remember_scope: Option<BTreeMap<String, String>>,
    /// Its state.
    pub status: ApprovalStatus,
    /// When it was asked.
    pub created_at: Ts,
    /// Until when it can be answered.
    pub expires_at: Ts,
    /// When it was decided.
    pub decided_at: Option<Ts>,
    /// Who decided: a user id, or `expiry`.
    pub decided_by: Option<String>,
    /// The person's reason.
    pub reason: Option<String>,
    /// What the person made of the arguments.
    pub edited_arguments: Option<Value>,
}

/// A person's answer.
#[derive(Clone, Debug)]
pub struct Decide {
    /// The approval.
    pub id: ApprovalId,
    /// The answer.
    pub answer: Answer,
    /// The digest the person saw; none if their client does not say.
    pub digest: Option<String>,
    /// Arguments to run instead, already checked, with their digest.
    pub edited: Option<(Value, String)>,
    /// Why.
    pub reason: Option<String>,
    /// A rule to keep from now on.
    pub remember: Option<Rule>,
    /// Now.
    pub now: Ts,
}

/// What became of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum DecideOutcome {
    /// It counts; the turn was requeued if it was waiting.
    Decided(Box<Approval>),
    /// The same answer was given before.
    Repeated(Box<Approval>),
    /// Something else was decided before, or it is too late.
    AlreadyDecided(Box<Approval>),
    /// The digest is not the approval's.
    DigestMismatch,
}
