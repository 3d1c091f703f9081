//! How an import comes in: its items in many short transactions, between which others write. Until
//! it is whole nobody sees it, and one that is cut off is removed once its time is over.

use agent::{ImportId, UserId};

use super::{Imports, announce, line};
use crate::db::{insert, sql};
use crate::{
    IMPORT_QUOTA, Import, ImportStart, ImportStatus, JobKind, NewImport, NewItem, NewJob,
    OPEN_IMPORTS, Result, Ts, fresh, jobs,
};

/// How long the next items are waited for.
const PATIENCE_SECONDS: i64 = 60;

impl Imports {
    /// Begins an import, if its owner may have another one.
    pub async fn begin(&self, owner: UserId, import: NewImport, now: Ts) -> Result<ImportStart> {
        let mut tx = self.db.begin().await?;
        // Two at once must not both be the last one.
        tx.lock(sql!("SELECT id FROM users WHERE id = $1", [owner])).await?;
        let read = sql!(
            "SELECT COUNT(*), CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM imports
             WHERE user_id = $1 AND ended_at IS NULL
             AND (arriving_until IS NULL OR arriving_until >= $2)",
            [owner, now]
        );
        let (open, bytes): (i64, i64) = tx.row(read).await?.unwrap_or_default();
        if open >= OPEN_IMPORTS {
            return Ok(ImportStart::TooMany);
        }
        if import.bytes > IMPORT_QUOTA.saturating_sub(bytes) {
            return Ok(ImportStart::TooLarge);
        }
        let id = fresh::<ImportId>();
        let insert = insert!("imports" {
            id: id, user_id: owner, name: import.name, format: import.format,
            status: ImportStatus::Queued, total: import.total, imported: 0_i64,
            duplicates: 0_i64, skipped: import.skipped, bytes: import.bytes,
            problems: import.problem.as_deref().map(line).unwrap_or_default(),
            arriving_until: now.plus_seconds(PATIENCE_SECONDS), created_at: now,
        });
        tx.execute(insert).await?;
        tx.commit().await?;
        Ok(ImportStart::Begun(id))
    }

    /// Adds items to an import that is still coming in; `false` if it was removed meanwhile.
    pub async fn add(&self, id: ImportId, items: &[NewItem], now: Ts) -> Result<bool> {
        let mut tx = self.db.begin().await?;
        let extend = sql!(
            "UPDATE imports SET arriving_until = $2 WHERE id = $1 AND arriving_until IS NOT NULL",
            [id, now.plus_seconds(PATIENCE_SECONDS)]
        );
        if tx.execute(extend).await? == 0 {
            return Ok(false);
        }
        for item in items {
            let insert = insert!("import_items" {
                import_id: id, seq: item.seq, part: item.part, body: item.body,
            });
            tx.execute(insert).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Lets an import begin that has all its items, with the job that works on them; `None` if it
    /// was removed meanwhile.
    pub async fn enqueue(&self, owner: UserId, id: ImportId, now: Ts) -> Result<Option<Import>> {
        let mut tx = self.db.begin().await?;
        let whole = sql!(
            Import,
            "UPDATE imports SET arriving_until = NULL WHERE user_id = $1 AND id = $2
             AND arriving_until IS NOT NULL RETURNING {}",
            [owner, id]
        );
        let Some(import) = tx.row::<Import>(whole).await? else { return Ok(None) };
        let job = NewJob {
            kind: JobKind::Import,
            subject: id.0,
            dedup_key: format!("import {id}"),
            run_at: now,
        };
        tx.execute(jobs::new_job(&job, now)).await?;
        announce(&mut tx, owner, id);
        tx.commit().await?;
        Ok(Some(import))
    }

    /// Removes the imports that were cut off as they came in; says how many.
    pub async fn purge_cut_off(&self, now: Ts) -> Result<u64> {
        self.db.execute(sql!("DELETE FROM imports WHERE arriving_until < $1", [now])).await
    }
}
