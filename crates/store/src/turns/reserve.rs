//! Money that is set aside before the model is asked.

use agent::{TurnId, UserId};

use super::Turns;
use crate::bills::{add, payer, spending};
use crate::db::{Tx, insert, sql};
use crate::{
    Bills, Budget, Budgets, Errand, Fence, Lease, NewBill, Reserved, Result, Shortfall, StoreError,
    Ts,
};

/// Of so many hundredths of a budget a person is told once a day.
const NEARLY: u64 = 80;

impl Turns {
    /// Sets money aside for the next call of the model, so that calls that run at once cannot pass
    /// a budget together. If a budget does not allow it, says why; the turn then names it. What is
    /// set aside is free again once the call's step is stored, or the lease is over.
    pub async fn reserve(
        &self,
        fence: Fence,
        cost_nanos: u64,
        budgets: Budgets,
        now: Ts,
    ) -> Result<Option<Shortfall>> {
        let mut tx = self.hold(fence).await?;
        lock_budgets(&mut tx).await?;
        let Some((owner, timezone)) = payer(&mut tx, fence.turn).await? else {
            return Err(StoreError::Inconsistent(format!("nobody pays for turn {}", fence.turn)));
        };
        let since = now.budget_day(&timezone);
        let accounts = accounts(&mut tx, Some(fence.turn), owner, &since, budgets, now).await?;
        let beyond = accounts.iter().find(|account| account.is_passed_by(cost_nanos)).copied();
        let nearly = accounts
            .iter()
            .find(|it| it.budget != Budget::Turn && it.spent >= it.limit / 100 * NEARLY);
        let warned_of = match nearly {
            Some(nearly) if beyond.is_none() && is_news(&mut tx, owner, now, &timezone).await? => {
                Some(nearly.budget)
            }
            _ => None,
        };
        let update = sql!(
            "UPDATE turns SET reserved_nanos = $2, reserved_epoch = epoch, limited_by = $3,
             warned_of = COALESCE($4, warned_of) WHERE id = $1",
            [
                fence.turn,
                beyond.is_none().then_some(cost_nanos),
                beyond.map(|beyond| beyond.budget),
                warned_of
            ]
        );
        tx.execute(update).await?;
        tx.commit().await?;
        Ok(beyond)
    }
}

impl Bills {
    /// As [`Turns::reserve`], for a call that belongs to no turn, until it is settled or the lease
    /// is over.
    pub async fn reserve(
        &self,
        errand: Errand,
        cost_nanos: u64,
        budgets: Budgets,
        lease: &Lease,
        now: Ts,
    ) -> Result<Reserved> {
        let mut tx = self.db.begin().await?;
        lock_budgets(&mut tx).await?;
        tx.execute(sql!("DELETE FROM reservations WHERE lease_until < $1", [now])).await?;
        let same = sql!(
            "SELECT user_id FROM reservations WHERE subject_id = $1 AND kind = $2",
            [errand.conversation, errand.kind]
        );
        if tx.row::<UserId>(same).await?.is_some() {
            return Ok(Reserved::Busy);
        }
        let read = sql!("SELECT timezone FROM users WHERE id = $1", [errand.owner]);
        let since = now.budget_day(&tx.row::<String>(read).await?.unwrap_or_default());
        let accounts = accounts(&mut tx, None, errand.owner, &since, budgets, now).await?;
        if let Some(beyond) = accounts.iter().find(|account| account.is_passed_by(cost_nanos)) {
            return Ok(Reserved::Beyond(*beyond));
        }
        let insert = insert!("reservations" {
            subject_id: errand.conversation, kind: errand.kind, user_id: errand.owner,
            cost_nanos: cost_nanos, lease_owner: lease.owner, lease_until: lease.until,
        });
        tx.execute(insert).await?;
        tx.commit().await?;
        Ok(Reserved::Yes)
    }

    /// Keeps a reservation for longer. Whoever runs the errand does so, so that one that nobody runs
    /// any more is free with its lease.
    pub async fn extend(&self, errand: Errand, until: Ts) -> Result<()> {
        let extend = sql!(
            "UPDATE reservations SET lease_until = $3 WHERE subject_id = $1 AND kind = $2",
            [errand.conversation, errand.kind, until]
        );
        self.db.run(extend).await
    }

    /// Ends a reservation, and puts the call on the owner's bill of the day if it cost anything.
    pub async fn settle(&self, errand: Errand, bill: Option<NewBill<'_>>, now: Ts) -> Result<()> {
        let mut tx = self.db.begin().await?;
        let end = sql!(
            "DELETE FROM reservations WHERE subject_id = $1 AND kind = $2",
            [errand.conversation, errand.kind]
        );
        tx.execute(end).await?;
        let read = sql!("SELECT id, timezone FROM users WHERE id = $1", [errand.owner]);
        if let (Some(bill), Some(payer)) = (bill, tx.row(read).await?) {
            add(&mut tx, payer, bill, now).await?;
        }
        tx.commit().await
    }
}

impl Shortfall {
    const fn is_passed_by(&self, cost_nanos: u64) -> bool {
        let taken = self.spent.saturating_add(self.reserved);
        taken.saturating_add(cost_nanos) > self.limit
    }
}

/// The administrator's row stands for all budgets: reservations come one after another.
async fn lock_budgets(tx: &mut Tx) -> Result<()> {
    tx.lock(sql!("SELECT id FROM ceiling WHERE id = 1")).await
}

/// Each budget that has a limit, with what is spent and what others have set aside of it.
async fn accounts(
    tx: &mut Tx,
    turn: Option<TurnId>,
    owner: UserId,
    day: &str,
    budgets: Budgets,
    now: Ts,
) -> Result<Vec<Shortfall>> {
    let own = sql!(
        "SELECT CAST(COALESCE(SUM(cost_nanos), 0) AS BIGINT) FROM steps WHERE turn_id = $1",
        [turn]
    );
    let reserved = sql!(
        "SELECT CAST(COALESCE(SUM(CASE WHEN user_id = $1 THEN nanos END), 0) AS BIGINT),
         CAST(COALESCE(SUM(nanos), 0) AS BIGINT) FROM (
             SELECT user_id, reserved_nanos AS nanos FROM turns
             WHERE status = 'running' AND reserved_epoch = epoch AND lease_until >= $2
             AND ($3 IS NULL OR id <> $3)
             UNION ALL
             SELECT user_id, cost_nanos FROM reservations WHERE lease_until >= $2
         ) AS held",
        [owner, now, turn]
    );
    let own: u64 = tx.row(own).await?.unwrap_or_default();
    let (user, all, month) = tx.row(spending(owner, day, budgets)).await?.unwrap_or_default();
    let (by_user, by_all) = tx.row(reserved).await?.unwrap_or_default();
    let accounts = [
        (Budget::Turn, budgets.turn.filter(|_| turn.is_some()), own, 0),
        (Budget::User, budgets.user, user, by_user),
        (Budget::Day, budgets.day, all, by_all),
        (Budget::Month, budgets.month, month, by_all),
    ];
    let limited = accounts.into_iter().filter_map(|(budget, limit, spent, reserved)| {
        limit.map(|limit| Shortfall { budget, limit, spent, reserved })
    });
    Ok(limited.collect())
}

/// Whether the person has not been warned on this day; from now on they have.
async fn is_news(tx: &mut Tx, owner: UserId, now: Ts, timezone: &str) -> Result<bool> {
    let warn = sql!(
        "UPDATE users SET budget_warned_on = $2
         WHERE id = $1 AND (budget_warned_on IS NULL OR budget_warned_on <> $2)",
        [owner, now.day(timezone)]
    );
    Ok(tx.execute(warn).await? > 0)
}
