//! Who works on a turn: claims, leases, parking.

use agent::TurnId;

use super::Turns;
use crate::db::sql;
use crate::{Change, ChangeKind, Fence, Lease, Result, StoreError, Ts, Turn};

/// Leases turns to `$1` until `$2`.
macro_rules! take {
    () => {
        "UPDATE turns SET status = 'running', epoch = epoch + 1, lease_owner = $1,
         lease_until = $2 WHERE "
    };
}

/// Turns that are queued, or whose lease has run out by `$3`.
macro_rules! is_due {
    () => {
        "(status = 'queued' OR (status = 'running' AND lease_until < $3))"
    };
}

impl Turns {
    /// Claims one turn that is queued, or whose lease has run out; the epoch goes up. Waits for
    /// whoever is writing to the turn just now: that may be the decision that requeues it.
    pub async fn claim(&self, id: TurnId, lease: &Lease, now: Ts) -> Result<Option<Turn>> {
        let take = sql!(
            [take!(), is_due!(), " AND id = $4 RETURNING {}"],
            [lease.owner, lease.until, now, id]
        );
        self.db.write_row(take.columns_of::<Turn>()).await
    }

    /// Claims up to `limit` such turns, oldest first; replicas never claim the same one.
    pub async fn claim_due(&self, lease: &Lease, now: Ts, limit: u32) -> Result<Vec<Turn>> {
        let mut take = sql!(
            [take!(), "id IN (SELECT id FROM turns WHERE ", is_due!(), " ORDER BY id LIMIT $4"],
            [lease.owner, lease.until, now, i64::from(limit)]
        );
        take.push_text(self.db.pick(" FOR UPDATE SKIP LOCKED", ""));
        take.push_text(") RETURNING {}");
        let mut claimed: Vec<Turn> = self.db.write_rows(take.columns_of::<Turn>()).await?;
        claimed.sort_unstable_by_key(|turn| turn.id);
        Ok(claimed)
    }

    /// Extends every lease of this owner that nobody has taken over, even one that has run out; says
    /// which turns it still holds and whether their stop was requested.
    pub async fn heartbeat(&self, lease: &Lease) -> Result<Vec<(TurnId, bool)>> {
        let extend = sql!(
            "UPDATE turns SET lease_until = $2 WHERE lease_owner = $1 AND status = 'running'
             RETURNING id, stop_requested",
            [lease.owner, lease.until]
        );
        self.db.write_rows(extend).await
    }

    /// Gives a turn back to the queue.
    pub async fn release(&self, fence: Fence) -> Result<()> {
        let release = sql!(
            "UPDATE turns SET status = 'queued', lease_owner = NULL, lease_until = NULL
             WHERE id = $1 AND epoch = $2 AND status = 'running'",
            [fence.turn, fence.epoch]
        );
        match self.db.execute(release).await? {
            0 => Err(StoreError::LeaseLost(fence.turn)),
            _ => Ok(()),
        }
    }

    /// Makes every lease void, when no other process can hold one: on SQLite, at the start of the
    /// first one that works with a file.
    pub async fn void_leases(&self) -> Result<()> {
        let release = sql!(
            "UPDATE turns SET status = 'queued', lease_owner = NULL, lease_until = NULL
             WHERE status = 'running'"
        );
        self.db.run(release).await?;
        self.db.run(sql!("DELETE FROM reservations")).await
    }

    /// Parks the turn if no decision came since `seen`; false if one did.
    pub async fn park(&self, fence: Fence, seen: i64) -> Result<bool> {
        let park = sql!(
            "UPDATE turns SET status = 'waiting', lease_owner = NULL, lease_until = NULL
             WHERE id = $1 AND epoch = $2 AND status = 'running' AND decision_seq = $3
             RETURNING user_id, conversation_id",
            [fence.turn, fence.epoch, seen]
        );
        if let Some((owner, conversation)) = self.db.write_row(park).await? {
            let (kind, id) = (ChangeKind::Turn, fence.turn.0);
            self.db.announce(Change::within(conversation, owner, kind, id));
            return Ok(true);
        }
        // Tells a lost lease from a decision.
        self.hold(fence).await?;
        Ok(false)
    }
}
