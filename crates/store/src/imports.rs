//! Imports of conversations. The items of an import are its own queue: one goes in the transaction
//! that makes its conversation, so that a crash repeats nothing and loses nothing.

mod arrival;

use agent::{ConversationId, FileId, ImportId, MessageId, UserId};

use crate::conversations::own_id;
use crate::db::{Tx, insert, sql};
use crate::files::keep;
use crate::fold::fold;
use crate::search::words_of;
use crate::turns::preview;
use crate::{
    Change, ChangeKind, File, Import, ImportFormat, ImportItem, ImportStatus, ImportedConversation,
    ImportedMessage, Imports, ItemFile, ItemOutcome, NewFile, Page, PageRequest, Result, Ts, fresh,
};

/// Once the problems of an import have so many characters, no more are kept.
const PROBLEM_CHARS: i64 = 5_000;

impl Imports {
    /// The owner's imports, newest first.
    pub async fn list(&self, owner: UserId, page: &PageRequest) -> Result<Page<Import>> {
        let read = sql!(
            Import,
            "SELECT {} FROM imports WHERE user_id = $1 AND arriving_until IS NULL",
            [owner]
        );
        self.db.newest(read, page, |last: &Import| last.id.0).await
    }

    /// One import.
    pub async fn get(&self, owner: UserId, id: ImportId) -> Result<Option<Import>> {
        let read = sql!(
            Import,
            "SELECT {} FROM imports WHERE user_id = $1 AND id = $2 AND arriving_until IS NULL",
            [owner, id]
        );
        self.db.row(read).await
    }

    /// The next item of an import, whoever's it is; none when all are done.
    pub async fn next_item(&self, id: ImportId) -> Result<Option<ImportItem>> {
        let read = sql!(
            ImportItem,
            "SELECT {} FROM import_items JOIN imports ON imports.id = import_items.import_id
             WHERE import_items.import_id = $1 AND import_items.part = 0
             ORDER BY import_items.seq LIMIT 1",
            [id]
        );
        self.db.row(read).await
    }

    /// The next file of an item that is neither stored nor left out.
    pub async fn next_file(&self, item: &ImportItem) -> Result<Option<ItemFile>> {
        let read = sql!(
            ItemFile,
            "SELECT {} FROM import_items WHERE import_id = $1 AND seq = $2 AND part > 0
             AND file_id IS NULL ORDER BY part LIMIT 1",
            [item.import, item.seq]
        );
        self.db.row(read).await
    }

    /// Stores a file of an item, with the id it had, until the conversation takes it; whether the
    /// owner had room for it. Nothing to store leaves it out.
    pub async fn settle_file(
        &self,
        item: &ImportItem,
        part: i64,
        file: Option<(FileId, &NewFile)>,
        now: Ts,
    ) -> Result<bool> {
        let mut tx = self.db.begin().await?;
        let kept = match file {
            Some((known_as, file)) => {
                keep(&mut tx, item.owner, file, None, now).await?.map(|file| (known_as, file.id))
            }
            None => None,
        };
        let mut settle = match kept {
            Some((known_as, id)) => {
                sql!("UPDATE import_items SET file_id = $1, body = $2", [id, known_as.to_string()])
            }
            None => sql!("DELETE FROM import_items"),
        };
        settle.push(" WHERE import_id = $", &item.import);
        settle.push(" AND seq = $", &item.seq);
        settle.push(" AND part = $", &part);
        if tx.execute(settle).await? > 0 {
            tx.commit().await?;
        }
        Ok(kept.is_some())
    }

    /// The files of an item that are stored, each with the id it had.
    pub async fn settled_files(&self, item: &ImportItem) -> Result<Vec<(String, File)>> {
        let read = sql!(
            File,
            "SELECT import_items.body, {} FROM import_items
             JOIN files ON files.id = import_items.file_id
             WHERE import_items.import_id = $1 AND import_items.seq = $2
             ORDER BY import_items.part",
            [item.import, item.seq]
        );
        self.db.rows(read).await
    }

    /// Turns an item into its conversation with its files, unless its owner has that already.
    pub async fn import(
        &self,
        item: &ImportItem,
        conversation: &ImportedConversation,
    ) -> Result<ItemOutcome> {
        let mut tx = self.db.begin().await?;
        if !take(&mut tx, item).await? {
            return Ok(ItemOutcome::Gone);
        }
        let made = insert(&mut tx, item, conversation).await?;
        let mut files = match made {
            Some(id) => sql!("UPDATE files SET conversation_id = $1", [id]),
            None => sql!("DELETE FROM files"),
        };
        files.push(
            " WHERE conversation_id IS NULL
             AND id IN (SELECT file_id FROM import_items WHERE import_id = $",
            &item.import,
        );
        files.push(" AND seq = $)", &item.seq);
        tx.execute(files).await?;
        let problem = conversation.problem.as_deref().filter(|_| made.is_some());
        let counted = if made.is_some() { (1, 0, 0) } else { (0, 1, 0) };
        count(&mut tx, item, counted, problem).await?;
        tx.commit().await?;
        Ok(made.map_or(ItemOutcome::Duplicate, ItemOutcome::Imported))
    }

    /// Leaves out an item that cannot be imported, and says why. Whether the item was still there.
    pub async fn skip(&self, item: &ImportItem, reason: &str) -> Result<bool> {
        let mut tx = self.db.begin().await?;
        if !take(&mut tx, item).await? {
            return Ok(false);
        }
        count(&mut tx, item, (0, 0, 1), Some(reason)).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Ends an import of which all items are done; whether it had not ended before.
    pub async fn finish(&self, id: ImportId, now: Ts) -> Result<bool> {
        self.end(id, ImportStatus::Completed, None, now).await
    }

    /// Gives an import up, with the items that are left; whether it had not ended before.
    pub async fn fail(&self, id: ImportId, error: &str, now: Ts) -> Result<bool> {
        self.end(id, ImportStatus::Failed, Some(error.to_owned()), now).await
    }

    async fn end(
        &self,
        id: ImportId,
        status: ImportStatus,
        error: Option<String>,
        now: Ts,
    ) -> Result<bool> {
        let mut tx = self.db.begin().await?;
        let end = sql!(
            "UPDATE imports SET status = $2, error = COALESCE($3, error), ended_at = $4
             WHERE id = $1 AND ended_at IS NULL RETURNING user_id",
            [id, status, error, now]
        );
        let Some(owner) = tx.row::<UserId>(end).await? else { return Ok(false) };
        tx.execute(sql!("DELETE FROM import_items WHERE import_id = $1", [id])).await?;
        announce(&mut tx, owner, id);
        tx.commit().await?;
        Ok(true)
    }
}

/// Removes an item, which then is the caller's alone; whether it was still there.
async fn take(tx: &mut Tx, item: &ImportItem) -> Result<bool> {
    let take = sql!(
        "DELETE FROM import_items WHERE import_id = $1 AND seq = $2 AND part = 0",
        [item.import, item.seq]
    );
    Ok(tx.execute(take).await? > 0)
}

/// Counts an item that was taken as imported, duplicate or skipped, and removes what is left of it.
async fn count(
    tx: &mut Tx,
    item: &ImportItem,
    (imported, duplicates, skipped): (i64, i64, i64),
    problem: Option<&str>,
) -> Result<()> {
    let line = problem.map(line).unwrap_or_default();
    let count = sql!(
        "UPDATE imports SET status = 'running', imported = imported + $2,
         duplicates = duplicates + $3, skipped = skipped + $4,
         problems = CASE WHEN length(problems) < $5 THEN problems || $6 ELSE problems END
         WHERE id = $1",
        [item.import, imported, duplicates, skipped, PROBLEM_CHARS, line]
    );
    tx.execute(count).await?;
    let rest =
        sql!("DELETE FROM import_items WHERE import_id = $1 AND seq = $2", [item.import, item.seq]);
    tx.execute(rest).await?;
    announce(tx, item.owner, item.import);
    Ok(())
}

/// A problem as a line of its own.
fn line(problem: &str) -> String {
    let line: String = problem.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line + "\n"
}

/// Makes the conversation with its messages; `None` if its owner has it already: imported before,
/// or as the one that was exported.
async fn insert(
    tx: &mut Tx,
    item: &ImportItem,
    conversation: &ImportedConversation,
) -> Result<Option<ConversationId>> {
    let id: ConversationId = fresh();
    let ids: Vec<MessageId> = conversation.messages.iter().map(|_| fresh()).collect();
    let exported = match item.format {
        ImportFormat::Smithers => own_id(&conversation.external_id),
        ImportFormat::ChatGpt | ImportFormat::Claude => None,
    };
    let insert = insert!("conversations" from "users" {
        id: id, user_id: item.owner, title: conversation.title,
        plain_title: fold(&conversation.title), head_id: ids.get(conversation.head).copied(),
        archived: false, pinned: false, created_at: conversation.created_at,
        updated_at: conversation.updated_at, source: item.format,
        external_id: conversation.external_id,
    });
    let insert = insert.then_push(" WHERE users.id = $", &item.owner).then_push(
        " AND NOT EXISTS (SELECT 1 FROM conversations WHERE user_id = users.id AND id = $)
             ON CONFLICT (user_id, source, external_id) WHERE external_id IS NOT NULL DO NOTHING",
        &exported,
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
) -> Result<()> {
    let insert = insert!("messages" {
        id: id, conversation_id: conversation, parent_id: parent, version: 0_i64,
        role: message.role, imported: true, created_at: message.created_at,
        preview: preview(&message.plain), plain: message.plain, parts: message.parts,
        content: message.content,
    });
    tx.run(insert).await
}

fn announce(tx: &mut Tx, owner: UserId, id: ImportId) {
    tx.announce(Change::of(owner, ChangeKind::Import, id.0));
}
