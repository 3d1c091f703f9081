//! What changed, for those who look on.

use agent::{ConversationId, UserId, words};
use uuid::Uuid;

words! {
    /// What kind of thing changed.
    ChangeKind as "kind of change" {
        /// A turn began, goes on, waits, or is over.
        Turn = "turn",
        /// An approval was asked for or decided.
        Approval = "approval",
        /// A task was made, changed or deleted.
        Task = "task",
        /// A meeting was made, changed or deleted.
        Meeting = "meeting",
        /// A memory was kept, changed, forgotten or brought back.
        Memory = "memory",
        /// A conversation was made, changed or deleted.
        Conversation = "conversation",
        /// An import got further.
        Import = "import",
    }
}

/// Something of a person's that is not as it was. It names the thing and says nothing about it, so
/// whoever hears of it reads what is so now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Whose it is.
    pub owner: UserId,
    /// What kind of thing it is.
    pub kind: ChangeKind,
    /// The thing.
    pub id: Uuid,
    /// The conversation it belongs to, if it does.
    pub conversation: Option<ConversationId>,
}

impl Change {
    /// A change of something that belongs to no conversation.
    pub(crate) fn of(owner: UserId, kind: ChangeKind, id: Uuid) -> Self {
        Self { owner, kind, id, conversation: None }
    }

    /// A change of something in a conversation.
    pub(crate) fn within(
        conversation: ConversationId,
        owner: UserId,
        kind: ChangeKind,
        id: Uuid,
    ) -> Self {
        Self { owner, kind, id, conversation: Some(conversation) }
    }
}
