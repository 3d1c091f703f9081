//! Background work that is no turn: a queue with leases. Who holds a job is known by its id and the
//! number of its claim.

use agent::JobId;

use crate::db::{Statement, insert, sql};
use crate::{Job, Jobs, Lease, NewJob, Result, Ts, fresh};

impl Jobs {
    /// Keeps a job, unless there is one with its key; whether it was kept.
    pub async fn enqueue(&self, job: &NewJob, now: Ts) -> Result<bool> {
        Ok(self.db.execute(new_job(job, now)).await? > 0)
    }

    /// Claims up to `limit` jobs that are due and not leased, earliest first. Replicas never claim
    /// the same one.
    pub async fn claim_due(&self, lease: &Lease, now: Ts, limit: u32) -> Result<Vec<Job>> {
        let mut take = sql!(
            "UPDATE jobs SET attempts = attempts + 1, lease_owner = $1, lease_until = $2
             WHERE id IN (SELECT id FROM jobs WHERE NOT dead AND run_at <= $3
                 AND (lease_until IS NULL OR lease_until < $3) ORDER BY run_at, id LIMIT $4",
            [lease.owner, lease.until, now, i64::from(limit)]
        );
        take.push_text(self.db.pick(" FOR UPDATE SKIP LOCKED", ""));
        take.push_text(") RETURNING {}");
        let mut claimed: Vec<Job> = self.db.write_rows(take.columns_of::<Job>()).await?;
        claimed.sort_unstable_by_key(|job| (job.run_at, job.id));
        Ok(claimed)
    }

    /// Extends the lease of a claim; whether it still holds.
    pub async fn extend(&self, claim: &Job, until: Ts) -> Result<bool> {
        let extend = sql!("UPDATE jobs SET lease_until = $1", [until]);
        self.held(extend, claim).await
    }

    /// Removes a job that is done; whether the claim still held.
    pub async fn finish(&self, claim: &Job) -> Result<bool> {
        let finish = sql!("DELETE FROM jobs");
        self.held(finish, claim).await
    }

    /// Gives a job back as if it had not been claimed; whether the claim still held.
    pub async fn release(&self, claim: &Job) -> Result<bool> {
        let release =
            sql!("UPDATE jobs SET attempts = attempts - 1, lease_owner = NULL, lease_until = NULL");
        self.held(release, claim).await
    }

    /// Gives back a job that failed: to be tried again at a time, or never; whether the claim still
    /// held.
    pub async fn fail(&self, claim: &Job, error: &str, again: Option<Ts>) -> Result<bool> {
        let fail = sql!(
            "UPDATE jobs SET error = $1, dead = $2, run_at = COALESCE($3, run_at),
             lease_owner = NULL, lease_until = NULL",
            [error, again.is_none(), again]
        );
        self.held(fail, claim).await
    }

    /// Changes a job under this claim; whether that still held.
    async fn held(&self, change: Statement, claim: &Job) -> Result<bool> {
        let change = change
            .then_push(" WHERE lease_owner IS NOT NULL AND id = $", &claim.id)
            .then_push(" AND attempts = $", &claim.attempts);
        Ok(self.db.execute(change).await? > 0)
    }

    /// Makes every lease void, when no other process can hold one: on SQLite, at the start of the
    /// first one that works with a file.
    pub async fn void_leases(&self) -> Result<()> {
        let release = sql!(
            "UPDATE jobs SET lease_owner = NULL, lease_until = NULL WHERE lease_owner IS NOT NULL"
        );
        self.db.run(release).await
    }
}

/// Keeps a job, unless there is one with its key.
pub(crate) fn new_job(job: &NewJob, now: Ts) -> Statement {
    let insert = insert!("jobs" {
        id: fresh::<JobId>(), kind: job.kind, subject_id: job.subject, dedup_key: job.dedup_key,
        attempts: 0_i64, run_at: job.run_at, dead: false, created_at: now,
    });
    insert.then_text(" ON CONFLICT (dedup_key) DO NOTHING")
}
