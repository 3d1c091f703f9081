//! What a search finds.

use agent::{ConversationId, MessageId, Role};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Ts;

/// A message that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FoundBody)]
pub struct FoundMessage {
    /// The conversation it is in.
    #[schema(value_type = Uuid)]
    pub conversation_id: ConversationId,
    /// The message.
    #[schema(value_type = Uuid)]
    pub message_id: MessageId,
    /// `user` or `assistant`.
    #[schema(value_type = String, example = "user")]
    pub role: Role,
    /// The conversation's title.
    #[schema(example = "The offer")]
    pub title: String,
    /// What surrounds the first match: at most 200 characters of HTML, with matches in `<mark>`.
    #[schema(example = "Send the <mark>offer</mark> on Friday")]
    pub snippet: String,
    /// When it was written.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Ts,
    /// It comes from elsewhere, so somebody else may have written it.
    #[serde(skip)]
    pub is_imported: bool,
}
