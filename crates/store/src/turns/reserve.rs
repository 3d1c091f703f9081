//! Money that is set aside before the model is asked.

use agent::UserId;

use super::Turns;
use crate::bills::{payer, spending};
use crate::db::{Tx, sql};
use crate::{Budget, Budgets, Fence, StoreError, Ts};

/// Of so many hundredths of a budget a person is told once a day.
const NEARLY: u64 = 80;

/// A budget with what is spent and what other turns have set aside of it.
type Account = (Budget, Option<u64>, u64, u64);

impl Turns {
    /// Sets money aside for the next call of the model, so that turns that run at once cannot pass
    /// a budget together. False if a budget does not allow it; the turn then says which. What is
    /// set aside is free again once the call's step is stored, or the lease is over.
    pub async fn reserve(
        &self,
        fence: Fence,
        cost_nanos: u64,
        budgets: Budgets,
        now: Ts,
    ) -> Result<bool, StoreError> {
        let mut tx = self.hold(fence).await?;
        // The administrator's row stands for all budgets: reservations come one after another.
        tx.lock(sql!("SELECT id FROM ceiling WHERE id = 1")).await?;
        let Some((owner, timezone)) = payer(&mut tx, fence.turn).await? else {
            return Err(StoreError::Inconsistent(format!("nobody pays for turn {}", fence.turn)));
        };
        let day = now.day(&timezone);
        let since = now.budget_day(&timezone);
        let accounts = accounts(&mut tx, fence, owner, &since, budgets, now).await?;
        let limited_by = first(&accounts, |limit, spent, reserved| {
            spent.saturating_add(reserved).saturating_add(cost_nanos) > limit
        });
        let nearly = |limit: u64, spent: u64, _| spent >= limit / 100 * NEARLY;
        let warned_of = match first(&accounts[1..], nearly) {
            Some(budget) if limited_by.is_none() && is_news(&mut tx, owner, &day).await? => {
                Some(budget)
            }
            _ => None,
        };
        let update = sql!(
            "UPDATE turns SET reserved_nanos = $2, reserved_epoch = epoch, limited_by = $3,
             warned_of = COALESCE($4, warned_of) WHERE id = $1",
            [fence.turn, limited_by.is_none().then_some(cost_nanos), limited_by, warned_of]
        );
        tx.execute(update).await?;
        tx.commit().await?;
        Ok(limited_by.is_none())
    }
}

async fn accounts(
    tx: &mut Tx,
    fence: Fence,
    owner: UserId,
    day: &str,
    budgets: Budgets,
    now: Ts,
) -> Result<[Account; 4], StoreError> {
    let turn = sql!(
        "SELECT CAST(COALESCE(SUM(cost_nanos), 0) AS BIGINT) FROM steps WHERE turn_id = $1",
        [fence.turn]
    );
    let reserved = sql!(
        "SELECT CAST(COALESCE(SUM(CASE WHEN user_id = $1 THEN reserved_nanos END), 0) AS BIGINT),
         CAST(COALESCE(SUM(reserved_nanos), 0) AS BIGINT) FROM turns
         WHERE status = 'running' AND reserved_epoch = epoch AND lease_until >= $2 AND id <> $3",
        [owner, now, fence.turn]
    );
    let turn: u64 = tx.row(turn).await?.unwrap_or_default();
    let (user, all, month) = tx.row(spending(owner, day, budgets)).await?.unwrap_or_default();
    let (by_user, by_all) = tx.row(reserved).await?.unwrap_or_default();
    Ok([
        (Budget::Turn, budgets.turn, turn, 0),
        (Budget::User, budgets.user, user, by_user),
        (Budget::Day, budgets.day, all, by_all),
        (Budget::Month, budgets.month, month, by_all),
    ])
}

/// The first budget that has a limit, of which this holds.
fn first(accounts: &[Account], holds: impl Fn(u64, u64, u64) -> bool) -> Option<Budget> {
    let is_so = |(_, limit, spent, reserved): &&Account| {
        limit.is_some_and(|limit| holds(limit, *spent, *reserved))
    };
    accounts.iter().find(is_so).map(|(budget, ..)| *budget)
}

/// Whether the person has not been warned on this day; from now on they have.
async fn is_news(tx: &mut Tx, owner: UserId, day: &str) -> Result<bool, StoreError> {
    let warn = sql!(
        "UPDATE users SET budget_warned_on = $2
         WHERE id = $1 AND (budget_warned_on IS NULL OR budget_warned_on <> $2)",
        [owner, day]
    );
    Ok(tx.execute(warn).await? > 0)
}
