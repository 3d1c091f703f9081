//! The shape of a conversation: which message follows which.

use std::collections::HashMap;

use agent::{ConversationId, MessageId, Role, UserId};

use crate::Result;
use crate::db::{Tx, sql};

/// Every message of a conversation by what it follows, oldest first.
pub(super) struct Tree {
    children: HashMap<Option<MessageId>, Vec<(MessageId, Role)>>,
}

impl Tree {
    /// Empty for an empty or unknown conversation.
    pub(super) async fn read(
        tx: &mut Tx,
        owner: UserId,
        conversation: ConversationId,
    ) -> Result<Self> {
        let read = sql!(
            "SELECT messages.parent_id, messages.id, messages.role FROM messages
             JOIN conversations ON conversations.id = messages.conversation_id
             WHERE conversations.user_id = $1 AND messages.conversation_id = $2
             ORDER BY messages.id",
            [owner, conversation]
        );
        let mut children = HashMap::<_, Vec<_>>::new();
        for (parent, id, role) in tx.rows::<(Option<MessageId>, MessageId, Role)>(read).await? {
            children.entry(parent).or_default().push((id, role));
        }
        Ok(Self { children })
    }

    /// The messages with the same parent and role, oldest first.
    pub(super) fn siblings(&self, parent: Option<MessageId>, role: Role) -> Vec<MessageId> {
        let siblings = self.children.get(&parent).into_iter().flatten();
        siblings.filter(|(_, other)| *other == role).map(|(id, _)| *id).collect()
    }

    /// Where the branch of a message ends, by the newest child each time; `None` if the message is
    /// not in the tree.
    pub(super) fn newest_leaf(&self, message: MessageId) -> Option<MessageId> {
        let is_known = self.children.values().flatten().any(|(id, _)| *id == message);
        let mut leaf = is_known.then_some(message)?;
        while let Some((newest, _)) = self.children.get(&Some(leaf)).and_then(|all| all.last()) {
            leaf = *newest;
        }
        Some(leaf)
    }
}
