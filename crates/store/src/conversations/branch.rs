//! One branch of a conversation, with all that belongs to its messages.

use agent::{ConversationId, MessageId, UserId};

use super::{Conversations, Tree};
use crate::db::{Tx, sql};
use crate::turns::{Scope, read_turns};
use crate::{BranchMessage, Message, StoreError, ToolCallRow, TurnRows};

/// The ids from `$leaf` back to the first message of conversation `$2` of owner `$1`. Each step back
/// is a subquery, because Postgres would join a small table by reading all of it for every step.
macro_rules! branch {
    ($leaf:literal) => {
        concat!(
            "WITH RECURSIVE branch (id, parent_id, depth) AS (
                SELECT messages.id, messages.parent_id, 0 FROM conversations
                JOIN messages ON messages.conversation_id = conversations.id
                WHERE conversations.user_id = $1 AND conversations.id = $2 AND messages.id = ",
            $leaf,
            " UNION ALL
                SELECT branch.parent_id, (SELECT messages.parent_id FROM messages
                    WHERE messages.id = branch.parent_id), branch.depth + 1
                FROM branch WHERE branch.parent_id IS NOT NULL
            ) "
        )
    };
}

impl Conversations {
    /// The branch that ends in `leaf` (the head if none), oldest first, with siblings and turns.
    /// Ids alone decide the order of siblings. Empty for an empty or unknown conversation.
    pub async fn branch(
        &self,
        owner: UserId,
        conversation: ConversationId,
        leaf: Option<MessageId>,
    ) -> Result<Vec<BranchMessage>, StoreError> {
        let mut tx = self.db.snapshot().await?;
        let read = sql!(
            [
                branch!("COALESCE($3, conversations.head_id)"),
                "SELECT ",
                message_columns!(),
                " FROM branch JOIN messages ON messages.id = branch.id ORDER BY branch.depth DESC"
            ],
            owner,
            conversation,
            leaf
        );
        let messages: Vec<Message> = tx.rows(read).await?;
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        let tree = Tree::read(&mut tx, owner, conversation).await?;
        let messages = with_turns(tx, conversation, messages).await?;
        Ok(messages
            .into_iter()
            .map(|(message, turn)| BranchMessage {
                siblings: tree.siblings(message.parent_id, message.role),
                turn,
                message,
            })
            .collect())
    }

    /// Every message of a conversation with its turn, oldest first.
    pub async fn whole(
        &self,
        owner: UserId,
        conversation: ConversationId,
    ) -> Result<Vec<(Message, Option<TurnRows>)>, StoreError> {
        let mut tx = self.db.snapshot().await?;
        let read = sql!(
            [
                "SELECT ",
                message_columns!(),
                " FROM messages JOIN conversations ON conversations.id = messages.conversation_id
                 WHERE conversations.user_id = $1 AND conversations.id = $2 ORDER BY messages.id"
            ],
            owner,
            conversation
        );
        let messages: Vec<Message> = tx.rows(read).await?;
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        with_turns(tx, conversation, messages).await
    }

    /// Writes that succeeded or may have, in turns of this conversation that are not on the branch
    /// ending in `leaf`, oldest first. No leaf is the empty branch, so that all are elsewhere.
    pub async fn writes_elsewhere(
        &self,
        owner: UserId,
        conversation: ConversationId,
        leaf: Option<MessageId>,
    ) -> Result<Vec<ToolCallRow>, StoreError> {
        let read = sql!(
            [
                branch!("$3"),
                "SELECT ",
                call_columns!(),
                " FROM turns JOIN tool_calls ON tool_calls.turn_id = turns.id
                 JOIN steps ON steps.id = tool_calls.step_id
                 WHERE turns.user_id = $1 AND turns.conversation_id = $2
                 AND tool_calls.effect <> 'read'
                 AND tool_calls.status IN ('started', 'succeeded', 'unknown')
                 AND turns.assistant_message_id NOT IN (SELECT id FROM branch)
                 ORDER BY turns.id, steps.seq, tool_calls.seq"
            ],
            owner,
            conversation,
            leaf
        );
        self.db.rows(read).await
    }
}

/// Messages of a conversation, whose owner is known, with their turns.
async fn with_turns(
    mut tx: Tx,
    conversation: ConversationId,
    messages: Vec<Message>,
) -> Result<Vec<(Message, Option<TurnRows>)>, StoreError> {
    let mut turns = read_turns(&mut tx, Scope::Conversation(conversation)).await?;
    tx.commit().await?;
    let with_turn = |message: Message| {
        let turn = message.turn_id.and_then(|id| turns.remove(&id));
        (message, turn)
    };
    Ok(messages.into_iter().map(with_turn).collect())
}
