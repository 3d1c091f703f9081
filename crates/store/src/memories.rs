//! Memories.

use agent::{MemoryId, ToolCallId, UserId};

use crate::db::{Statement, sql};
use crate::fold::{IN_PLAIN, fold, word_patterns};
use crate::{
    Change, ChangeKind, Memories, Memory, Page, PageRequest, Remembered, Result, Ts, fresh,
};

/// The most memories of a person.
const MOST: i64 = 1_000;

/// How long a forgotten memory can be brought back, in seconds.
const RETURN_SECONDS: i64 = 86_400;

/// The newest memories.
pub(crate) fn newest(owner: UserId, most: u32) -> Statement {
    sql!(
        Memory,
        "SELECT {} FROM memories WHERE user_id = $1 AND forgotten_at IS NULL ORDER BY id DESC
         LIMIT $2 + 0",
        [owner, i64::from(most)]
    )
}

impl Memories {
    /// The owner's memories, newest first. `query` keeps those with each of its words somewhere,
    /// case and accents aside.
    pub async fn list(
        &self,
        owner: UserId,
        query: Option<&str>,
        page: &PageRequest,
    ) -> Result<Page<Memory>> {
        let mut read = sql!(
            Memory,
            "SELECT {} FROM memories WHERE user_id = $1 AND forgotten_at IS NULL",
            [owner]
        );
        read.push_each(IN_PLAIN, word_patterns(query));
        self.db.newest(read, page, |last: &Memory| last.id.0).await
    }

    /// Remembers something. A tool call, if one makes it, makes it once: with the same call the
    /// same memory comes back.
    pub async fn create(
        &self,
        owner: UserId,
        text: &str,
        made_by: Option<ToolCallId>,
        now: Ts,
    ) -> Result<Remembered> {
        let mut tx = self.db.begin().await?;
        // Whoever counts at the same time waits.
        tx.lock(sql!("SELECT id FROM users WHERE id = $1", [owner])).await?;
        let known = sql!(
            Memory,
            "SELECT {} FROM memories WHERE user_id = $1 AND made_by = $2",
            [owner, made_by]
        );
        if let Some(known) = tx.row(known).await? {
            return Ok(Remembered::Kept(known));
        }
        let insert = sql!(
            Memory,
            "INSERT INTO memories (id, user_id, text, plain, made_by, created_at)
             SELECT $1, users.id, $3, $4, $5, $6 FROM users WHERE users.id = $2 AND $7 >
             (SELECT COUNT(*) FROM memories WHERE user_id = $2 AND forgotten_at IS NULL)
             RETURNING {}",
            [fresh::<MemoryId>(), owner, text, fold(text), made_by, now, MOST]
        );
        let Some(made) = tx.row::<Memory>(insert).await? else {
            return Ok(Remembered::Full);
        };
        tx.announce(changed(owner, made.id));
        tx.commit().await?;
        Ok(Remembered::Kept(made))
    }

    /// One memory.
    pub async fn get(&self, owner: UserId, id: MemoryId) -> Result<Option<Memory>> {
        let read = sql!(
            Memory,
            "SELECT {} FROM memories WHERE user_id = $1 AND id = $2 AND forgotten_at IS NULL",
            [owner, id]
        );
        self.db.row(read).await
    }

    /// Changes what is remembered.
    pub async fn update(&self, owner: UserId, id: MemoryId, text: &str) -> Result<Option<Memory>> {
        let update = sql!(
            Memory,
            "UPDATE memories SET text = $3, plain = $4
             WHERE user_id = $1 AND id = $2 AND forgotten_at IS NULL RETURNING {}",
            [owner, id, text, fold(text)]
        );
        let updated = self.db.write_row(update).await?;
        Ok(self.announced(owner, updated))
    }

    /// Forgets a memory; for a day it can be brought back. One that is forgotten already comes back
    /// all the same, so that a repeat after a crash is no error.
    pub async fn forget(&self, owner: UserId, id: MemoryId, now: Ts) -> Result<Option<Memory>> {
        let update = sql!(
            Memory,
            "UPDATE memories SET forgotten_at = COALESCE(forgotten_at, $3)
             WHERE user_id = $1 AND id = $2 RETURNING {}",
            [owner, id, now]
        );
        let forgotten = self.db.write_row(update).await?;
        Ok(self.announced(owner, forgotten))
    }

    /// Brings back a memory that was forgotten less than a day ago.
    pub async fn restore(
        &self,
        owner: UserId,
        id: MemoryId,
        now: Ts,
    ) -> Result<Option<Remembered>> {
        let mut tx = self.db.begin().await?;
        tx.lock(sql!("SELECT id FROM users WHERE id = $1", [owner])).await?;
        let restore = sql!(
            Memory,
            "UPDATE memories SET forgotten_at = NULL
             WHERE user_id = $1 AND id = $2 AND forgotten_at > $3 RETURNING {}",
            [owner, id, now.plus_seconds(-RETURN_SECONDS)]
        );
        let Some(restored) = tx.row::<Memory>(restore).await? else {
            return Ok(None);
        };
        let count = sql!(
            "SELECT COUNT(*) FROM memories WHERE user_id = $1 AND forgotten_at IS NULL",
            [owner]
        );
        if tx.row::<i64>(count).await? > Some(MOST) {
            return Ok(Some(Remembered::Full));
        }
        tx.announce(changed(owner, id));
        tx.commit().await?;
        Ok(Some(Remembered::Kept(restored)))
    }

    /// Deletes for good what was forgotten a day ago or longer.
    pub async fn purge(&self, now: Ts) -> Result<()> {
        let delete = sql!(
            "DELETE FROM memories WHERE forgotten_at <= $1",
            [now.plus_seconds(-RETURN_SECONDS)]
        );
        self.db.run(delete).await
    }

    fn announced(&self, owner: UserId, memory: Option<Memory>) -> Option<Memory> {
        if let Some(memory) = &memory {
            self.db.announce(changed(owner, memory.id));
        }
        memory
    }
}

fn changed(owner: UserId, id: MemoryId) -> Change {
    Change::of(owner, ChangeKind::Memory, id.0)
}
