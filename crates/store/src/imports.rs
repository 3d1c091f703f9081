//! Imports of conversations. The items of an import are its own queue: one goes in the transaction
//! that makes its conversation, so that a crash repeats nothing and loses nothing.

use agent::{ConversationId, ImportId, MessageId, UserId};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::conversations::own_id;
use crate::db::{Db, Tx, sql};
use crate::fold::fold;
use crate::search::words_of;
use crate::turns::preview;
use crate::{
    Change, ChangeKind, Import, ImportFormat, ImportItem, ImportStatus, ImportedConversation,
    ImportedMessage, ItemOutcome, JobKind, NewImport, NewJob, Page, PageRequest, StoreError, Ts,
    fresh, jobs,
};

/// Imports of conversations.
#[derive(Clone, Debug)]
pub struct Imports {
    pub(crate) db: Db,
}

impl Imports {
    /// Keeps an import with all its items and the job that will work on them. `None` if the items
    /// end before all have come; then nothing is kept.
    pub async fn create(
        &self,
        owner: UserId,
        import: NewImport,
        mut items: mpsc::Receiver<String>,
        now: Ts,
    ) -> Result<Option<Import>, StoreError> {
        let mut tx = self.db.begin().await?;
        let insert = sql!(
            [
                "INSERT INTO imports (id, user_id, name, format, status, total, imported,
                 duplicates, skipped, error, created_at)
                 VALUES ($1, $2, $3, $4, 'queued', $5, 0, 0, $6, $7, $8) RETURNING ",
                import_columns!()
            ],
            fresh::<ImportId>(),
            owner,
            import.name,
            import.format,
            import.items + import.skipped,
            import.skipped,
            import.error,
            now
        );
        let made: Option<Import> = tx.row(insert).await?;
        let made =
            made.ok_or_else(|| StoreError::Inconsistent("nothing was inserted".to_owned()))?;
        let mut seq = 0;
        while let Some(body) = items.recv().await {
            let item = sql!(
                "INSERT INTO import_items (import_id, seq, body) VALUES ($1, $2, $3)",
                made.id,
                seq,
                body
            );
            tx.execute(item).await?;
            seq += 1;
        }
        if seq < import.items {
            return Ok(None);
        }
        let job = NewJob {
            kind: JobKind::Import,
            subject: made.id.0,
            dedup_key: format!("import {}", made.id),
            run_at: now,
        };
        tx.execute(jobs::insert(&job, now)).await?;
        announce(&mut tx, owner, made.id);
        tx.commit().await?;
        Ok(Some(made))
    }

    /// The owner's imports, newest first.
    pub async fn list(
        &self,
        owner: UserId,
        page: &PageRequest,
    ) -> Result<Page<Import>, StoreError> {
        let read = sql!(
            [
                "SELECT ",
                import_columns!(),
                " FROM imports WHERE user_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
            ],
            owner,
            page.key::<Uuid>()?,
            page.probe()
        );
        Ok(page.page(self.db.rows(read).await?, |last: &Import| last.id.0))
    }

    /// One import.
    pub async fn get(&self, owner: UserId, id: ImportId) -> Result<Option<Import>, StoreError> {
        let read = sql!(
            ["SELECT ", import_columns!(), " FROM imports WHERE user_id = $1 AND id = $2"],
            owner,
            id
        );
        self.db.row(read).await
    }

    /// The next item of an import, whoever's it is; none when all are done.
    pub async fn next_item(&self, id: ImportId) -> Result<Option<ImportItem>, StoreError> {
        let read = sql!(
            "SELECT imports.user_id, imports.format, import_items.seq, import_items.body
             FROM import_items JOIN imports ON imports.id = import_items.import_id
             WHERE import_items.import_id = $1 ORDER BY import_items.seq LIMIT 1",
            id
        );
        let item: Option<(UserId, ImportFormat, i64, String)> = self.db.row(read).await?;
        Ok(item.map(|(owner, format, seq, body)| ImportItem {
            import: id,
            owner,
            format,
            seq,
            body,
        }))
    }

    /// Turns an item into its conversation, unless its owner has that already.
    pub async fn import(
        &self,
        item: &ImportItem,
        conversation: &ImportedConversation,
    ) -> Result<ItemOutcome, StoreError> {
        let mut tx = self.db.begin().await?;
        if !take(&mut tx, item).await? {
            return Ok(ItemOutcome::Gone);
        }
        let made = insert(&mut tx, item, conversation).await?;
        let (imported, duplicates) = if made.is_some() { (1_i64, 0_i64) } else { (0, 1) };
        let count = sql!(
            "UPDATE imports SET status = 'running', imported = imported + $2,
             duplicates = duplicates + $3 WHERE id = $1",
            item.import,
            imported,
            duplicates
        );
        tx.execute(count).await?;
        announce(&mut tx, item.owner, item.import);
        tx.commit().await?;
        Ok(made.map_or(ItemOutcome::Duplicate, ItemOutcome::Imported))
    }

    /// Leaves out an item that cannot be imported; the first reason is kept. Whether the item was
    /// still there.
    pub async fn skip(&self, item: &ImportItem, reason: &str) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        if !take(&mut tx, item).await? {
            return Ok(false);
        }
        let count = sql!(
            "UPDATE imports SET status = 'running', skipped = skipped + 1,
             error = COALESCE(error, $2) WHERE id = $1",
            item.import,
            reason
        );
        tx.execute(count).await?;
        announce(&mut tx, item.owner, item.import);
        tx.commit().await?;
        Ok(true)
    }

    /// Ends an import of which all items are done; whether it had not ended before.
    pub async fn finish(&self, id: ImportId, now: Ts) -> Result<bool, StoreError> {
        self.end(id, ImportStatus::Completed, None, now).await
    }

    /// Gives an import up, with the items that are left; whether it had not ended before.
    pub async fn fail(&self, id: ImportId, error: &str, now: Ts) -> Result<bool, StoreError> {
        self.end(id, ImportStatus::Failed, Some(error.to_owned()), now).await
    }

    async fn end(
        &self,
        id: ImportId,
        status: ImportStatus,
        error: Option<String>,
        now: Ts,
    ) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let end = sql!(
            "UPDATE imports SET status = $2, error = COALESCE($3, error), ended_at = $4
             WHERE id = $1 AND ended_at IS NULL RETURNING user_id",
            id,
            status,
            error,
            now
        );
        let Some(owner) = tx.row::<UserId>(end).await? else { return Ok(false) };
        tx.execute(sql!("DELETE FROM import_items WHERE import_id = $1", id)).await?;
        announce(&mut tx, owner, id);
        tx.commit().await?;
        Ok(true)
    }
}

/// Removes an item, which then is the caller's alone; whether it was still there.
async fn take(tx: &mut Tx, item: &ImportItem) -> Result<bool, StoreError> {
    let take =
        sql!("DELETE FROM import_items WHERE import_id = $1 AND seq = $2", item.import, item.seq);
    Ok(tx.execute(take).await? > 0)
}

/// Makes the conversation with its messages; `None` if its owner has it already: imported before,
/// or as the one that was exported.
async fn insert(
    tx: &mut Tx,
    item: &ImportItem,
    conversation: &ImportedConversation,
) -> Result<Option<ConversationId>, StoreError> {
    let id: ConversationId = fresh();
    let ids: Vec<MessageId> = conversation.messages.iter().map(|_| fresh()).collect();
    let exported = match item.format {
        ImportFormat::Smithers => own_id(&conversation.external_id),
        ImportFormat::ChatGpt | ImportFormat::Claude => None,
    };
    let insert = sql!(
        "INSERT INTO conversations (id, user_id, title, plain_title, head_id, archived, pinned,
         created_at, updated_at, source, external_id)
         SELECT $1, $2, $3, $4, $5, FALSE, FALSE, $6, $7, $8, $9 WHERE NOT EXISTS (
             SELECT 1 FROM conversations WHERE user_id = $2 AND id = $10)
         ON CONFLICT (user_id, source, external_id) WHERE external_id IS NOT NULL DO NOTHING",
        id,
        item.owner,
        conversation.title,
        fold(&conversation.title),
        ids.get(conversation.head).copied(),
        conversation.created_at,
        conversation.updated_at,
        item.format,
        conversation.external_id,
        exported
    );
    if tx.execute(insert).await? == 0 {
        return Ok(None);
    }
    for (message, own) in conversation.messages.iter().zip(&ids) {
        let parent = message.parent.and_then(|place| ids.get(place)).copied();
        insert_message(tx, id, *own, parent, message).await?;
        if let Some(words) = words_of(item.owner, *own, &message.plain) {
            tx.execute(words).await?;
        }
    }
    let (kind, changed) = (ChangeKind::Conversation, id.0);
    tx.announce(Change::within(id, item.owner, kind, changed));
    Ok(Some(id))
}

async fn insert_message(
    tx: &mut Tx,
    conversation: ConversationId,
    id: MessageId,
    parent: Option<MessageId>,
    message: &ImportedMessage,
) -> Result<(), StoreError> {
    let insert = sql!(
        "INSERT INTO messages (id, conversation_id, parent_id, version, role, imported, created_at,
         preview, plain, parts, content) VALUES ($1, $2, $3, $4, $5, TRUE, $6, $7, $8, $9, $10)",
        id,
        conversation,
        parent,
        0_i64,
        message.role,
        message.created_at,
        preview(&message.plain),
        message.plain,
        message.parts,
        message.content
    );
    tx.execute(insert).await?;
    Ok(())
}

fn announce(tx: &mut Tx, owner: UserId, id: ImportId) {
    tx.announce(Change::of(owner, ChangeKind::Import, id.0));
}
