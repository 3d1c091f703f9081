//! Turns, their steps and tool calls.

use std::collections::BTreeMap;

use agent::layout::Layout;
use agent::model::StopReason;
use agent::permission::{DeciderKind, Judgement};
use agent::price::Spent;
use agent::{
    ApprovalId, CallStatus, ConversationId, DecisionId, MessageId, StepId, ToolCallId, TurnId,
    TurnStatus, UserId, words,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{Approval, Budget, CallKind, Ts};

words! {
    /// What became of one answer of the model.
    StepStatus as "step status" {
        /// Whole: it is replayed word for word.
        Complete = "complete",
        /// Cut by a stop or a failure: only its text is replayed.
        Interrupted = "interrupted",
        /// Repeated since, or no part of the answer: kept for its bill only.
        Broken = "broken",
    }
}

/// A turn.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Turn {
    /// Its id.
    pub id: TurnId,
    /// Whose it is.
    pub user_id: UserId,
    /// Where it happens.
    pub conversation_id: ConversationId,
    /// The message that set it off.
    pub user_message_id: MessageId,
    /// The answer it makes.
    pub assistant_message_id: MessageId,
    /// The model that answers, by its name.
    pub model: String,
    /// The model that was to answer, if it is another.
    pub wanted: Option<String>,
    /// There was no model of that name any more.
    pub wanted_gone: bool,
    /// Its state.
    pub status: TurnStatus,
    /// The person asked to stop.
    pub stop_requested: bool,
    /// Counts decisions, so that a driver can tell whether it has seen them all.
    pub decision_seq: i64,
    /// Counts leases; a write under an older one fails.
    pub epoch: i64,
    /// The turn has read text from outside, or goes on from such text.
    pub tainted: bool,
    /// A text block that only this turn's answer is told after its message: the day, when an old
    /// message is answered anew, and what other branches have done.
    pub preamble: Option<String>,
    /// What a person is told when it failed, or went beyond a budget.
    pub error: Option<String>,
    /// The budget that does not allow it to go on.
    pub limited_by: Option<Budget>,
    /// A budget that was found nearly used up.
    pub warned_of: Option<Budget>,
    /// Older messages were summarised for it.
    pub compacted: bool,
    /// When it began.
    pub created_at: Ts,
    /// When it ended.
    pub ended_at: Option<Ts>,
}

/// One answer of the model.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepRow {
    /// Its id.
    pub id: StepId,
    /// Its turn.
    pub turn_id: TurnId,
    /// Its place in the turn, from 0.
    pub seq: i64,
    /// What became of it.
    pub status: StepStatus,
    /// Raw content blocks, exactly as they must be replayed.
    #[serde(skip)]
    pub content: Vec<Value>,
    /// Why it ended; none if it broke off.
    pub stop: Option<StopReason>,
    /// The model that answered; empty if the answer is our own.
    pub model: String,
    /// What it cost.
    #[serde(rename = "usage")]
    pub spent: Spent,
    /// A text block that follows the results of its calls: the stamp of a later day. Of a broken
    /// one: why it broke off.
    pub note: Option<String>,
    /// The vendor's id of the request.
    pub request_id: Option<String>,
    /// How its request was laid out, to explain a miss of the vendor's cache later.
    #[serde(skip)]
    pub layout: Option<Layout>,
    /// Why the vendor's cache held less of its request than was expected.
    pub cache_note: Option<String>,
    /// When it was stored.
    pub created_at: Ts,
}

/// A step to be stored.
#[derive(Clone, Debug)]
pub struct NewStep {
    /// Its id.
    pub id: StepId,
    /// What became of it.
    pub status: StepStatus,
    /// What the model was asked for.
    pub kind: CallKind,
    /// Raw content blocks.
    pub content: Vec<Value>,
    /// It rests on text from outside, even if its content does not hold that.
    pub tainted: bool,
    /// Why it ended.
    pub stop: Option<StopReason>,
    /// The model that answered; empty if the answer is our own, which is on no bill.
    pub model: String,
    /// What it cost.
    pub spent: Spent,
    /// The vendor's id of the request.
    pub request_id: Option<String>,
    /// How its request was laid out, to explain a miss of the vendor's cache later.
    pub layout: Option<Layout>,
    /// Why the vendor's cache held less of its request than was expected.
    pub cache_note: Option<String>,
}

impl NewStep {
    /// A call of a model that is kept for what it cost and for nothing else.
    pub fn bill(kind: CallKind, model: impl Into<String>, spent: Spent) -> Self {
        Self {
            id: crate::fresh(),
            status: StepStatus::Broken,
            kind,
            content: Vec::new(),
            tainted: false,
            stop: None,
            model: model.into(),
            spent,
            request_id: None,
            layout: None,
            cache_note: None,
        }
    }
}

/// One tool call.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolCallRow {
    /// Its id.
    pub id: ToolCallId,
    /// Its turn.
    pub turn_id: TurnId,
    /// Its step.
    pub step_id: StepId,
    /// Its place in the step, from 0.
    pub seq: i64,
    /// The model's own id of the call.
    pub model_call_id: String,
    /// The tool's name.
    pub tool: String,
    /// The tool's name for people.
    pub title: String,
    /// The contract's word for the effect: `read`, `write`, `destructive`, `outward`.
    pub effect: String,
    /// The model's arguments.
    pub arguments: Value,
    /// What a person made of them.
    pub edited_arguments: Option<Value>,
    /// Hash of the schema it was proposed, or last asked, under.
    pub schema_hash: String,
    /// Digest of tool, the arguments that would run, and schema.
    pub digest: String,
    /// Its state.
    pub status: CallStatus,
    /// Why it cannot be run, if so.
    pub defect: Option<String>,
    /// The reason a person gave for a refusal, or the words of the rule that refused.
    pub reason: Option<String>,
    /// What the tool answered, or what is known; set once the call is settled.
    pub result: Option<Value>,
    /// The lease under which it was started.
    pub started_epoch: Option<i64>,
    /// Another write with the same digest has succeeded, or may have, in this conversation.
    pub repeated: bool,
    /// When it was started.
    pub started_at: Option<Ts>,
    /// When it was settled.
    pub ended_at: Option<Ts>,
}

impl ToolCallRow {
    /// What would run: the model's arguments, or what a person made of them.
    pub fn effective_arguments(&self) -> &Value {
        self.edited_arguments.as_ref().unwrap_or(&self.arguments)
    }
}

/// A call to be stored with its step.
#[derive(Clone, Debug)]
pub struct NewToolCall {
    /// Its id.
    pub id: ToolCallId,
    /// The model's own id of the call.
    pub model_call_id: String,
    /// The tool's name.
    pub tool: String,
    /// The tool's name for people.
    pub title: String,
    /// The contract's word for the effect.
    pub effect: String,
    /// The model's arguments.
    pub arguments: Value,
    /// Hash of the tool's schema.
    pub schema_hash: String,
    /// Digest of tool, arguments and schema.
    pub digest: String,
    /// Why it cannot be run, if so.
    pub defect: Option<String>,
}

/// A turn with all that belongs to it, oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct TurnRows {
    /// The turn.
    pub turn: Turn,
    /// Its steps, complete and interrupted.
    pub steps: Vec<StepRow>,
    /// What was asked in vain, or for no part of the answer.
    pub broken: Vec<StepRow>,
    /// Its calls, by step and place.
    pub calls: Vec<ToolCallRow>,
    /// Its approvals, oldest first.
    pub approvals: Vec<Approval>,
    /// What all its steps cost, broken ones included.
    pub spent: Spent,
    /// How many model calls it has made, broken ones included.
    pub model_calls: i64,
}

impl TurnRows {
    /// One of its calls.
    pub fn call(&self, id: ToolCallId) -> Option<&ToolCallRow> {
        self.calls.iter().find(|call| call.id == id)
    }

    /// The newest question about a call.
    pub fn question(&self, call: ToolCallId) -> Option<&Approval> {
        self.approvals.iter().rev().find(|approval| approval.tool_call_id == call)
    }
}

/// A turn with what was decided in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// The turn with all that belongs to it.
    pub rows: TurnRows,
    /// Who or what decided its calls, oldest first.
    pub decisions: Vec<Decision>,
    /// Those of its calls that an earlier turn of the conversation had made already.
    pub repeats: Vec<ToolCallId>,
}

/// A driver's claim on a turn for a time.
#[derive(Clone, Debug)]
pub struct Lease {
    /// The process that holds it.
    pub owner: String,
    /// Until when, unless extended.
    pub until: Ts,
}

/// Under which lease a driver writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The turn.
    pub turn: TurnId,
    /// The lease's epoch.
    pub epoch: i64,
}

/// The end of a call that will not run.
#[derive(Clone, Debug)]
pub struct SettledCall {
    /// The call.
    pub id: ToolCallId,
    /// Its final state. A call that has it already only gets its result.
    pub status: CallStatus,
    /// What the model is told.
    pub result: Value,
    /// The log entry, if this is a decision.
    pub decision: Option<Judgement>,
}

/// A question to be put to a person.
#[derive(Clone, Debug)]
pub struct NewApproval {
    /// Its id.
    pub id: ApprovalId,
    /// The call; it becomes `waiting`.
    pub tool_call_id: ToolCallId,
    /// What it would do, for a person.
    pub summary: String,
    /// Why it is asked, for a person; none if it is just their mode.
    pub because: Option<String>,
    /// See [`Approval::decider`].
    pub decider: DeciderKind,
    /// Where the tool comes from.
    pub source: String,
    /// The schema now.
    pub schema_hash: String,
    /// The digest now.
    pub digest: String,
    /// Whether remembering the answer would have an effect.
    pub rememberable: bool,
    /// To what a remembered answer is limited; none if no rule could say it.
    pub remember_scope: Option<BTreeMap<String, String>>,
    /// Until when it can be answered.
    pub expires_at: Ts,
}

/// How a turn ends.
#[derive(Clone, Debug)]
pub struct TurnEnd {
    /// Its final state.
    pub status: TurnStatus,
    /// What a person is told when it failed, or went beyond a budget.
    pub error: Option<String>,
    /// An answer that broke off, to be kept.
    pub partial: Option<NewStep>,
    /// A conversation whose title nobody has chosen is to get one.
    pub names: bool,
}

impl From<TurnStatus> for TurnEnd {
    /// An end in this state, of which nothing more is to be said.
    fn from(status: TurnStatus) -> Self {
        Self { status, error: None, partial: None, names: false }
    }
}

/// What became of a wish to stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopOutcome {
    /// No such conversation.
    NotFound,
    /// Nothing runs there.
    Idle,
    /// It was waiting or queued and is stopped now.
    Stopped(TurnId),
    /// It is running; its driver will stop it.
    Requested(TurnId),
}

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DecisionBody)]
pub struct Decision {
    /// Its id.
    #[schema(value_type = Uuid)]
    pub id: DecisionId,
    /// Where.
    #[schema(value_type = Uuid)]
    pub conversation_id: ConversationId,
    /// In which turn.
    #[schema(value_type = Uuid)]
    pub turn_id: TurnId,
    /// About which call.
    #[schema(value_type = Uuid)]
    pub tool_call_id: ToolCallId,
    /// The tool.
    #[schema(example = "create_task")]
    pub tool: String,
    /// `allow` or `deny`.
    #[schema(value_type = String, example = "allow")]
    pub verdict: agent::permission::Verdict,
    /// Who or what decided.
    pub by: Decider,
    /// When.
    #[schema(value_type = String, format = "date-time")]
    pub at: Ts,
}

/// What decided a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Decider {
    /// `user`, `rule`, `mode`, `admin`, `taint` or `expiry`.
    #[schema(value_type = String, example = "user")]
    pub kind: DeciderKind,
    /// The person or rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub id: Option<String>,
}
