//! Conversations and the tree of their messages.

mod branch;
mod tree;

use agent::{ConversationId, MessageId, UserId};
use uuid::Uuid;

pub(crate) use self::branch::{Stretch, keep_summary};
use self::tree::Tree;
use crate::db::{insert, sql};
use crate::fold::{fold, pattern};
use crate::{
    Change, ChangeKind, Conversation, ConversationChange, Conversations, Message, Page,
    PageRequest, Result, StoreError, Ts, fresh,
};

impl Conversations {
    /// The owner's conversations, pinned first, then by `updated_at`, newest first. `query` keeps
    /// those whose title contains it (case and accents aside). Never reads bodies.
    pub async fn list(
        &self,
        owner: UserId,
        archived: bool,
        query: Option<&str>,
        page: &PageRequest,
    ) -> Result<Page<Conversation>> {
        let (pinned, updated_at, id): (bool, Ts, Uuid) = page.key()?;
        let mut read = sql!(
            Conversation,
            "SELECT {} FROM conversations WHERE user_id = $1 AND archived = $2
             AND (pinned, updated_at, id) < ($3, $4, $5)",
            [owner, archived, pinned, updated_at, id]
        );
        read.push_each(" AND plain_title LIKE $ ESCAPE '\\'", query.map(pattern));
        read.push(" ORDER BY pinned DESC, updated_at DESC, id DESC LIMIT $", &page.probe());
        let found: Vec<Conversation> = self.db.rows(read).await?;
        Ok(page.page(found, |last| (last.pinned, last.updated_at, last.id.0)))
    }

    /// Makes an empty conversation.
    pub async fn create(&self, owner: UserId, title: &str, now: Ts) -> Result<Conversation> {
        let insert = insert!("conversations" {
            id: fresh::<ConversationId>(), user_id: owner, title: title, plain_title: fold(title),
            archived: false, pinned: false, untitled: title.is_empty(), created_at: now,
            updated_at: now,
        });
        let created: Option<Conversation> =
            self.db.write_row(insert.returning::<Conversation>()).await?;
        let created =
            created.ok_or_else(|| StoreError::Inconsistent("nothing was inserted".to_owned()))?;
        self.db.announce(changed(owner, created.id));
        Ok(created)
    }

    /// A conversation by its id or its client's id.
    pub async fn find(&self, owner: UserId, key: &str) -> Result<Option<Conversation>> {
        let read = sql!(
            Conversation,
            "SELECT {} FROM conversations WHERE user_id = $1 AND (id = $2 OR client_id = $3)
             ORDER BY CASE WHEN id = $2 THEN 0 ELSE 1 END LIMIT 1",
            [owner, own_id(key), key]
        );
        self.db.row(read).await
    }

    /// Changes a conversation. `None` also when `head` is no message of it.
    pub async fn update(
        &self,
        owner: UserId,
        id: ConversationId,
        change: ConversationChange,
    ) -> Result<Option<Conversation>> {
        let mut tx = self.db.begin().await?;
        let ConversationChange { title, archived, pinned, model, head } = change;
        let mut leaf = None;
        if let Some(head) = head {
            leaf = Tree::read(&mut tx, owner, id).await?.newest_leaf(head);
            if leaf.is_none() {
                return Ok(None);
            }
        }
        let (plain, is_chosen, model) =
            (title.as_deref().map(fold), model.is_some(), model.flatten());
        let update = sql!(
            Conversation,
            "UPDATE conversations SET title = COALESCE($3, title),
             plain_title = COALESCE($4, plain_title),
             untitled = untitled AND $3 IS NULL, archived = COALESCE($5, archived),
             pinned = COALESCE($6, pinned), head_id = COALESCE($7, head_id),
             model = CASE WHEN $8 THEN $9 ELSE model END
             WHERE id = $1 AND user_id = $2 RETURNING {}",
            [id, owner, title, plain, archived, pinned, leaf, is_chosen, model]
        );
        let updated = tx.row(update).await?;
        tx.announce(changed(owner, id));
        tx.commit().await?;
        Ok(updated)
    }

    /// A conversation that is still to be named, with its owner and what was said first.
    pub async fn untitled(&self, id: ConversationId) -> Result<Option<(UserId, Vec<String>)>> {
        let read = sql!("SELECT user_id FROM conversations WHERE id = $1 AND untitled", [id]);
        let Some(owner) = self.db.row::<UserId>(read).await? else { return Ok(None) };
        let read = sql!(
            "SELECT plain FROM messages WHERE conversation_id = $1 AND plain <> ''
             ORDER BY id LIMIT 2",
            [id]
        );
        Ok(Some((owner, self.db.rows(read).await?)))
    }

    /// Gives a conversation the title that was found for it, unless somebody was faster. Without
    /// one it keeps its first line for good.
    pub async fn name(&self, id: ConversationId, title: Option<&str>) -> Result<()> {
        let mut tx = self.db.begin().await?;
        let update = sql!(
            "UPDATE conversations SET untitled = FALSE, title = COALESCE($2, title),
             plain_title = COALESCE($3, plain_title) WHERE id = $1 AND untitled RETURNING user_id",
            [id, title.map(str::to_owned), title.map(fold)]
        );
        if let Some(owner) = tx.row::<UserId>(update).await? {
            tx.announce(changed(owner, id));
        }
        tx.commit().await
    }

    /// Deletes a conversation with all that is in it; whether there was one.
    pub async fn delete(&self, owner: UserId, id: ConversationId) -> Result<bool> {
        let mut tx = self.db.begin().await?;
        // First no turn can start, then no driver can write: the order in which they lock too.
        let conversation =
            sql!("SELECT id FROM conversations WHERE id = $1 AND user_id = $2", [id, owner]);
        tx.lock(conversation).await?;
        tx.lock(sql!(
            "SELECT id FROM turns WHERE conversation_id = $1 AND user_id = $2",
            [id, owner]
        ))
        .await?;
        let delete = sql!("DELETE FROM conversations WHERE id = $1 AND user_id = $2", [id, owner]);
        let deleted = tx.execute(delete).await? > 0;
        if deleted {
            tx.announce(changed(owner, id));
        }
        tx.commit().await?;
        Ok(deleted)
    }

    /// A message by its id or its client's id; of several versions with that, the newest.
    pub async fn message(
        &self,
        owner: UserId,
        conversation: ConversationId,
        key: &str,
    ) -> Result<Option<Message>> {
        let read = sql!(
            Message,
            "SELECT {} FROM messages
             JOIN conversations ON conversations.id = messages.conversation_id
             WHERE conversations.user_id = $1 AND conversations.id = $2
             AND (messages.id = $3 OR messages.client_id = $4)
             ORDER BY CASE WHEN messages.id = $3 THEN 0 ELSE 1 END, messages.id DESC
             LIMIT 1",
            [owner, conversation, own_id(key).map(MessageId), key]
        );
        self.db.row(read).await
    }
}

fn changed(owner: UserId, id: ConversationId) -> Change {
    Change::within(id, owner, ChangeKind::Conversation, id.0)
}

/// The id that this text is, in the one form that we write.
pub(crate) fn own_id(key: &str) -> Option<Uuid> {
    const LENGTH: usize = uuid::fmt::Hyphenated::LENGTH;
    match Uuid::try_parse(key) {
        Ok(id) if key.len() == LENGTH => Some(id),
        Ok(_) | Err(_) => None,
    }
}
