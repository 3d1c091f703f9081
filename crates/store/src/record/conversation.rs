//! Conversations and the tree of their messages.

use agent::{ConversationId, MessageId, Role, TurnId, TurnStatus};
use serde::{Serialize, Serializer};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{Ts, TurnRows};

/// A conversation, without its messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ConversationBody)]
pub struct Conversation {
    /// Its id.
    #[schema(value_type = Uuid)]
    pub id: ConversationId,
    /// The id that a client gave it.
    #[schema(required)]
    pub client_id: Option<String>,
    /// Its title.
    #[schema(example = "Send the offer")]
    pub title: String,
    /// The beginning of what was said last.
    #[schema(example = "Remind me of the offer")]
    pub preview: String,
    /// When it was made.
    #[serde(skip)]
    pub created_at: Ts,
    /// When something was last said.
    #[schema(value_type = String, format = "date-time")]
    pub updated_at: Ts,
    /// Kept at the top.
    pub pinned: bool,
    /// Kept out of the list.
    pub archived: bool,
    /// The model that was chosen for it; none for the default one.
    #[schema(required, example = "offline")]
    pub model: Option<String>,
    /// Whether an answer is being written or waits for a person.
    #[serde(rename = "status", serialize_with = "status")]
    #[schema(value_type = ConversationStatus)]
    pub active: Option<TurnStatus>,
    /// The newest message of the branch that is shown.
    #[schema(value_type = Option<Uuid>, required)]
    pub head_id: Option<MessageId>,
}

/// What the status of a conversation can be.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes what `status` writes")]
enum ConversationStatus {
    Idle,
    Queued,
    Running,
    Waiting,
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes the field by reference"
)]
fn status<S: Serializer>(active: &Option<TurnStatus>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(active.map_or("idle", TurnStatus::as_str))
}

/// A change of a conversation; absent fields stay.
#[derive(Clone, Debug, Default)]
pub struct ConversationChange {
    /// New title.
    pub title: Option<String>,
    /// Archive or bring back.
    pub archived: Option<bool>,
    /// Pin or unpin.
    pub pinned: Option<bool>,
    /// Choose a model by its name, or none.
    pub model: Option<Option<String>>,
    /// Show the branch that this message belongs to: its newest leaf, by the newest child each time.
    pub head: Option<MessageId>,
}

/// A message: what a person wrote, or one whole answer (its steps are in the turn).
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The id a client gave it, unique in the conversation.
    pub client_id: Option<String>,
    /// The message it answers or follows.
    pub parent_id: Option<MessageId>,
    /// Who wrote it.
    pub role: Role,
    /// What the model is sent: context block, stamp and text of a person's message, or the text of
    /// an answer that was imported. Empty for another answer, whose content is its turn's steps.
    pub content: Vec<Value>,
    /// What people see of a person's message or an imported answer: UI message parts. Empty for
    /// another answer.
    pub parts: Vec<Value>,
    /// The turn that made it, if it is an answer.
    pub turn_id: Option<TurnId>,
    /// Requests hold a summary in place of this message and all before it.
    pub summarised: bool,
    /// It came with an import, so that somebody else may have written it.
    pub imported: bool,
    /// When it was written.
    pub created_at: Ts,
}

/// A message on a branch, with what belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct BranchMessage {
    /// The message.
    pub message: Message,
    /// The messages with the same parent and role, this one among them, oldest first.
    pub siblings: Vec<MessageId>,
    /// The turn of an answer.
    pub turn: Option<TurnRows>,
}

/// What requests hold in place of older messages.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Content blocks: what was said, and the newest of what was known of the person.
    pub content: Vec<Value>,
    /// Somebody else may have written some of what it stands for.
    pub tainted: bool,
    /// When it was made.
    pub created_at: Ts,
}

/// A summary to be kept.
#[derive(Clone, Debug)]
pub struct NewSummary {
    /// It stands for this message and all before it.
    pub message: MessageId,
    /// Content blocks.
    pub content: Vec<Value>,
    /// Somebody else may have written some of what it stands for.
    pub tainted: bool,
}

/// The end of a branch: all that a request is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Recent {
    /// What stands for the messages before.
    pub summary: Option<Summary>,
    /// The messages after it, oldest first.
    pub messages: Vec<BranchMessage>,
}
