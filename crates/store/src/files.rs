//! Files. Their bytes are read one file at a time, and never in a list.

use agent::{ConversationId, FileId, UserId};

use crate::db::{Statement, Tx, insert, sql};
use crate::{
    FILE_QUOTA, File, FileDeletion, Files, MessageFile, NewFile, Result, StartOutcome, Ts,
};

/// How long a file that no message holds is kept.
const LOOSE_SECONDS: i64 = 86_400;

impl Files {
    /// Stores a file that no message holds yet; `None` if the owner's files would have more than
    /// [`FILE_QUOTA`] bytes.
    pub async fn create(&self, owner: UserId, file: &NewFile, now: Ts) -> Result<Option<File>> {
        let mut tx = self.db.begin().await?;
        let kept = keep(&mut tx, owner, file, None, now).await?;
        tx.commit().await?;
        Ok(kept)
    }

    /// A file without its bytes.
    pub async fn head(&self, owner: UserId, id: FileId) -> Result<Option<File>> {
        self.db.row(Statement::own::<File>(owner, &id)).await
    }

    /// The bytes of a file, if there are at most so many.
    pub async fn read(&self, owner: UserId, id: FileId, most: i64) -> Result<Option<Vec<u8>>> {
        let read = sql!(
            "SELECT data FROM files WHERE user_id = $1 AND id = $2 AND size <= $3",
            [owner, id, most]
        );
        self.db.row(read).await
    }

    /// The files of a conversation, oldest first.
    pub async fn of_conversation(
        &self,
        owner: UserId,
        conversation: ConversationId,
    ) -> Result<Vec<File>> {
        let read = sql!(
            File,
            "SELECT {} FROM files WHERE user_id = $1 AND conversation_id = $2 ORDER BY id",
            [owner, conversation]
        );
        self.db.rows(read).await
    }

    /// The first file of a conversation with the name, type and bytes of this one.
    pub async fn find_same(
        &self,
        owner: UserId,
        conversation: ConversationId,
        file: &NewFile,
    ) -> Result<Option<FileId>> {
        let read = sql!(
            "SELECT id FROM files WHERE user_id = $1 AND conversation_id = $2 AND sha256 = $3
             AND name = $4 AND media_type = $5 ORDER BY id LIMIT 1",
            [owner, conversation, file.sha256, file.name, file.media_type]
        );
        self.db.row(read).await
    }

    /// Deletes a file that no message holds.
    pub async fn delete(&self, owner: UserId, id: FileId) -> Result<Option<FileDeletion>> {
        let delete = sql!(
            "DELETE FROM files WHERE user_id = $1 AND id = $2 AND conversation_id IS NULL",
            [owner, id]
        );
        if self.db.execute(delete).await? > 0 {
            return Ok(Some(FileDeletion::Deleted));
        }
        Ok(self.head(owner, id).await?.map(|_file| FileDeletion::Attached))
    }

    /// Deletes the files that no message came to hold within a day; says how many. Those of an
    /// import wait for their conversation.
    pub async fn purge_unattached(&self, now: Ts) -> Result<u64> {
        let before = now.plus_seconds(-LOOSE_SECONDS);
        let delete = sql!(
            "DELETE FROM files WHERE conversation_id IS NULL AND created_at <= $1 AND id NOT IN
             (SELECT file_id FROM import_items WHERE file_id IS NOT NULL)",
            [before]
        );
        self.db.execute(delete).await
    }
}

/// Stores a file if the owner has room for it.
pub(crate) async fn keep(
    tx: &mut Tx,
    owner: UserId,
    file: &NewFile,
    conversation: Option<ConversationId>,
    now: Ts,
) -> Result<Option<File>> {
    // Two at once must not both take the last room.
    tx.lock(sql!("SELECT id FROM users WHERE id = $1", [owner])).await?;
    let size = i64::try_from(file.data.len()).unwrap_or(i64::MAX);
    let read = sql!(
        "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM files WHERE user_id = $1",
        [owner]
    );
    let used: i64 = tx.row(read).await?.unwrap_or_default();
    if size > FILE_QUOTA.saturating_sub(used) {
        return Ok(None);
    }
    let insert = insert!("files" {
        id: file.id, user_id: owner, conversation_id: conversation, name: file.name,
        media_type: file.media_type, size: size, sha256: file.sha256, created_at: now,
        data: file.data,
    });
    tx.row(insert.returning::<File>()).await
}

/// Gives the files of a message to its conversation; says why, if that cannot be.
pub(crate) async fn attach(
    tx: &mut Tx,
    owner: UserId,
    conversation: ConversationId,
    files: &[MessageFile],
    now: Ts,
) -> Result<Option<StartOutcome>> {
    // In one order, and before the owner's row, so that two messages never wait for each other.
    let kept = files.iter().filter_map(|file| match file {
        MessageFile::Kept(id) => Some(*id),
        MessageFile::New(_) => None,
    });
    let mut kept: Vec<FileId> = kept.collect();
    kept.sort_unstable();
    for id in kept {
        let update = sql!(
            "UPDATE files SET conversation_id = $3 WHERE user_id = $1 AND id = $2
             AND (conversation_id IS NULL OR conversation_id = $3) RETURNING id",
            [owner, id, conversation]
        );
        if tx.row::<FileId>(update).await?.is_none() {
            return Ok(Some(StartOutcome::FileGone));
        }
    }
    for file in files {
        if let MessageFile::New(file) = file
            && keep(tx, owner, file, Some(conversation), now).await?.is_none()
        {
            return Ok(Some(StartOutcome::FilesFull));
        }
    }
    Ok(None)
}
