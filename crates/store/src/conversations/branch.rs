//! One branch of a conversation, with all that belongs to its messages.

use agent::{ConversationId, MessageId, UserId};
use uuid::Uuid;

use super::{Conversations, Tree, changed};
use crate::db::{Statement, Tx, insert, sql};
use crate::turns::{Scope, read_turns};
use crate::{
    BranchMessage, Message, NewSummary, Page, PageRequest, Recent, Result, StoreError, Summary,
    ToolCallRow, Ts, TurnRows,
};

/// Messages that follow each other: from `leaf` (the head if none) so many back.
#[derive(Clone, Copy)]
pub(crate) struct Stretch {
    owner: UserId,
    conversation: ConversationId,
    leaf: Option<MessageId>,
    length: i64,
    /// Whether it begins at the newest message that a summary stands for.
    recent: bool,
}

impl Stretch {
    /// The whole way back.
    const fn whole(owner: UserId, conversation: ConversationId, leaf: Option<MessageId>) -> Self {
        Self { owner, conversation, leaf, length: i64::MAX, recent: false }
    }

    /// Adds a subquery with the `id` of each message, and how far back it is. Each step back is a
    /// subquery, because Postgres would join a small table by reading all of it for every step.
    pub(crate) fn push_to(self, read: &mut Statement) {
        read.push(
            "(WITH RECURSIVE branch (id, parent_id, depth) AS (
             SELECT messages.id, messages.parent_id, 1 FROM conversations
             JOIN messages ON messages.conversation_id = conversations.id
             WHERE conversations.user_id = $",
            &self.owner,
        );
        read.push(" AND conversations.id = $", &self.conversation);
        read.push(" AND messages.id = COALESCE($, conversations.head_id)", &self.leaf);
        read.push(
            " UNION ALL
             SELECT branch.parent_id, (SELECT messages.parent_id FROM messages
                 WHERE messages.id = branch.parent_id), branch.depth + 1
             FROM branch WHERE branch.parent_id IS NOT NULL AND branch.depth < $",
            &self.length,
        );
        if self.recent {
            read.push_text(
                " AND (SELECT summaries.created_at FROM summaries
                 WHERE summaries.message_id = branch.id) IS NULL",
            );
        }
        read.push_text(") SELECT branch.id, branch.depth FROM branch)");
    }

    /// Its messages, oldest first. Ids alone decide the order of siblings.
    async fn read(self, tx: &mut Tx) -> Result<Vec<BranchMessage>> {
        let mut read = sql!(Message, "SELECT {} FROM ");
        self.push_to(&mut read);
        read.push_text(
            " AS branch CROSS JOIN messages WHERE messages.id = branch.id
             ORDER BY branch.depth DESC",
        );
        let messages: Vec<Message> = tx.rows(read).await?;
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        let tree = Tree::read(tx, self.owner, self.conversation).await?;
        let mut turns = read_turns(tx, Scope::Stretch(self)).await?;
        Ok(messages
            .into_iter()
            .map(|message| BranchMessage {
                siblings: tree.siblings(message.parent_id, message.role),
                turn: message.turn_id.and_then(|id| turns.remove(&id)),
                message,
            })
            .collect())
    }
}

impl Conversations {
    /// The branch that ends in `leaf` (the head if none), oldest first, with siblings and turns.
    /// Empty for an empty or unknown conversation.
    pub async fn branch(
        &self,
        owner: UserId,
        conversation: ConversationId,
        leaf: Option<MessageId>,
    ) -> Result<Vec<BranchMessage>> {
        let mut tx = self.db.snapshot().await?;
        let branch = Stretch::whole(owner, conversation, leaf).read(&mut tx).await?;
        tx.commit().await?;
        Ok(branch)
    }

    /// The end of the branch that ends in `leaf` (the head if none), after its newest summary. What
    /// that stands for is not read.
    pub async fn recent(
        &self,
        owner: UserId,
        conversation: ConversationId,
        leaf: Option<MessageId>,
    ) -> Result<Recent> {
        let mut tx = self.db.snapshot().await?;
        let whole = Stretch::whole(owner, conversation, leaf);
        let mut messages = Stretch { recent: true, ..whole }.read(&mut tx).await?;
        let summary = match messages.first().map(|first| &first.message) {
            Some(first) if first.summarised => {
                let read = summary_of(first.id);
                messages.remove(0);
                tx.row(read).await?
            }
            _ => None,
        };
        tx.commit().await?;
        Ok(Recent { summary, messages })
    }

    /// Keeps a summary of a message and all before it; the one that is kept, if the message is the
    /// owner's. One that is there stays, because it may have been sent.
    pub async fn summarise(
        &self,
        owner: UserId,
        summary: NewSummary,
        now: Ts,
    ) -> Result<Option<Summary>> {
        let mut tx = self.db.begin().await?;
        let read = sql!(
            "SELECT conversations.id FROM messages
             JOIN conversations ON conversations.id = messages.conversation_id
             WHERE messages.id = $1 AND conversations.user_id = $2",
            [summary.message, owner]
        );
        let Some(conversation) = tx.row::<ConversationId>(read).await? else {
            return Ok(None);
        };
        let message = summary.message;
        keep_summary(&mut tx, summary, now).await?;
        let kept = tx.row(summary_of(message)).await?;
        tx.announce(changed(owner, conversation));
        tx.commit().await?;
        Ok(kept)
    }

    /// Every message of a conversation with its turn, oldest first.
    pub async fn whole(
        &self,
        owner: UserId,
        conversation: ConversationId,
    ) -> Result<Vec<(Message, Option<TurnRows>)>> {
        let mut tx = self.db.snapshot().await?;
        let read = sql!(
            Message,
            "SELECT {} FROM messages
             JOIN conversations ON conversations.id = messages.conversation_id
             WHERE conversations.user_id = $1 AND conversations.id = $2 ORDER BY messages.id",
            [owner, conversation]
        );
        let messages: Vec<Message> = tx.rows(read).await?;
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        let mut turns = read_turns(&mut tx, Scope::Conversation(conversation)).await?;
        tx.commit().await?;
        let with_turn = |message: Message| {
            let turn = message.turn_id.and_then(|id| turns.remove(&id));
            (message, turn)
        };
        Ok(messages.into_iter().map(with_turn).collect())
    }

    /// One page of the branch that is shown, oldest first. Of messages on other pages only the ids
    /// are read.
    pub async fn branch_page(
        &self,
        owner: UserId,
        conversation: ConversationId,
        page: &PageRequest,
    ) -> Result<Page<BranchMessage>> {
        let mut tx = self.db.snapshot().await?;
        let shown = Stretch::whole(owner, conversation, None);
        let mut read = sql!("SELECT branch.id FROM ");
        shown.push_to(&mut read);
        read.push_text(" AS branch ORDER BY branch.depth DESC");
        let mut ids: Vec<Uuid> = tx.rows(read).await?;
        if page.cursor.is_some() {
            let last: Uuid = page.key()?;
            let place = ids.iter().position(|id| *id == last).ok_or(StoreError::UnknownCursor)?;
            ids.drain(..=place);
        }
        let Page { items: ids, next } = page.page(ids, |id| *id);
        let items = match (ids.last(), i64::try_from(ids.len())) {
            (Some(leaf), Ok(length)) => {
                let leaf = Some(MessageId(*leaf));
                Stretch { leaf, length, ..shown }.read(&mut tx).await?
            }
            _ => Vec::new(),
        };
        tx.commit().await?;
        Ok(Page { items, next })
    }

    /// Writes that succeeded or may have, in turns of this conversation that are not on the branch
    /// ending in `leaf`, oldest first. No leaf is the empty branch, so that all are elsewhere.
    pub async fn writes_elsewhere(
        &self,
        owner: UserId,
        conversation: ConversationId,
        leaf: Option<MessageId>,
    ) -> Result<Vec<ToolCallRow>> {
        let mut read = sql!(
            ToolCallRow,
            "SELECT {} FROM turns JOIN tool_calls ON tool_calls.turn_id = turns.id
             JOIN steps ON steps.id = tool_calls.step_id
             WHERE turns.user_id = $1 AND turns.conversation_id = $2
             AND tool_calls.effect <> 'read'
             AND tool_calls.status IN ('started', 'succeeded', 'unknown')
             AND turns.assistant_message_id NOT IN (SELECT branch.id FROM ",
            [owner, conversation]
        );
        let leaf = leaf.unwrap_or(MessageId(Uuid::nil()));
        Stretch::whole(owner, conversation, Some(leaf)).push_to(&mut read);
        read.push_text(" AS branch) ORDER BY turns.id, steps.seq, tool_calls.seq");
        self.db.rows(read).await
    }
}

fn summary_of(message: MessageId) -> Statement {
    sql!(Summary, "SELECT {} FROM summaries WHERE message_id = $1", [message])
}

/// Keeps a summary, unless there is one of that message.
pub(crate) async fn keep_summary(tx: &mut Tx, summary: NewSummary, now: Ts) -> Result<()> {
    let insert = insert!("summaries" {
        message_id: summary.message, tainted: summary.tainted, created_at: now,
        content: summary.content,
    });
    tx.run(insert.then_text(" ON CONFLICT (message_id) DO NOTHING")).await
}
