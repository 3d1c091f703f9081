//! What a search finds.

use agent::{ConversationId, MessageId, Role};

use crate::Ts;

/// A message that was found; its JSON is the contract's.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FoundMessage {
    /// The conversation it is in.
    pub conversation_id: ConversationId,
    /// The message.
    pub message_id: MessageId,
    /// Who wrote it.
    pub role: Role,
    /// The conversation's title.
    pub title: String,
    /// What surrounds the first match: at most 200 characters of HTML, with matches in `<mark>`.
    pub snippet: String,
    /// When it was written.
    pub created_at: Ts,
    /// It comes from elsewhere, so somebody else may have written it.
    #[serde(skip)]
    pub is_imported: bool,
}
