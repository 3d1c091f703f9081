//! The day's bill: what each person's model calls cost. It outlives conversations, because what was
//! spent stays spent.

use agent::price::Spent;
use agent::{ConversationId, TurnId, UserId};

use crate::db::{Statement, Tx, sql};
use crate::{Bill, Bills, Budget, Budgets, NewBill, Result, Shortfall, Ts};

impl Bills {
    /// The owner's bills of the days from `from` to `to`, newest day first, then by model and
    /// purpose.
    pub async fn list(&self, owner: UserId, from: &str, to: &str) -> Result<Vec<Bill>> {
        let read = sql!(
            Bill,
            "SELECT {} FROM usage_days WHERE user_id = $1 AND day >= $2 AND day <= $3
             ORDER BY day DESC, model, kind",
            [owner, from, to]
        );
        self.db.rows(read).await
    }

    /// A budget of which nothing is left on this day of the owner's.
    pub async fn exhausted(
        &self,
        owner: UserId,
        day: &str,
        budgets: Budgets,
    ) -> Result<Option<Shortfall>> {
        let read = self.db.row(spending(owner, day, budgets)).await?;
        let (user, all, month): (u64, u64, u64) = read.unwrap_or_default();
        let accounts = [
            (Budget::User, budgets.user, user),
            (Budget::Day, budgets.day, all),
            (Budget::Month, budgets.month, month),
        ];
        let mut used_up = accounts.into_iter().filter_map(|(budget, limit, spent)| {
            let limit = limit.filter(|limit| spent >= *limit)?;
            Some(Shortfall { budget, limit, spent, reserved: 0 })
        });
        Ok(used_up.next())
    }

    /// What a conversation has cost, all its branches together; nothing for one that is not the
    /// owner's.
    pub async fn of_conversation(
        &self,
        owner: UserId,
        conversation: ConversationId,
    ) -> Result<Spent> {
        let read = sql!(
            "SELECT steps.input_tokens, steps.cache_read_tokens, steps.cache_write_tokens,
             steps.cache_write_1h_tokens, steps.output_tokens, steps.cost_nanos
             FROM turns JOIN steps ON steps.turn_id = turns.id
             WHERE turns.user_id = $1 AND turns.conversation_id = $2",
            [owner, conversation]
        );
        Ok(self.db.rows(read).await?.into_iter().sum())
    }
}

/// Whose bill a turn is on, and their time zone.
pub(crate) async fn payer(tx: &mut Tx, turn: TurnId) -> Result<Option<(UserId, String)>> {
    let read = sql!(
        "SELECT users.id, users.timezone FROM turns JOIN users ON users.id = turns.user_id
         WHERE turns.id = $1",
        [turn]
    );
    tx.row(read).await
}

/// What the owner and everybody have spent since a day, and everybody since its month began. Days
/// are those that stand on the bills. The month is only added up if it has a budget.
pub(crate) fn spending(owner: UserId, day: &str, budgets: Budgets) -> Statement {
    let month = day.get(..8).filter(|_| budgets.month.is_some());
    let first = month.map_or_else(|| day.to_owned(), |month| format!("{month}01"));
    sql!(
        "SELECT CAST(COALESCE(SUM(CASE WHEN user_id = $1 AND day >= $2 THEN cost_nanos END), 0)
             AS BIGINT),
         CAST(COALESCE(SUM(CASE WHEN day >= $2 THEN cost_nanos END), 0) AS BIGINT),
         CAST(COALESCE(SUM(cost_nanos), 0) AS BIGINT)
         FROM usage_days WHERE day >= $3",
        [owner, day, first]
    )
}

/// Puts a call of the model on the bill of a person's day.
pub(crate) async fn add(
    tx: &mut Tx,
    (owner, timezone): (UserId, String),
    bill: NewBill<'_>,
    now: Ts,
) -> Result<()> {
    let Spent { usage, cost_nanos } = bill.spent;
    let upsert = sql!(
        "INSERT INTO usage_days (user_id, day, model, kind, model_calls, input_tokens,
         cache_read_tokens, cache_write_tokens, cache_write_1h_tokens, output_tokens, cost_nanos)
         VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (user_id, day, model, kind) DO UPDATE SET
         model_calls = usage_days.model_calls + 1,
         input_tokens = usage_days.input_tokens + $5,
         cache_read_tokens = usage_days.cache_read_tokens + $6,
         cache_write_tokens = usage_days.cache_write_tokens + $7,
         cache_write_1h_tokens = usage_days.cache_write_1h_tokens + $8,
         output_tokens = usage_days.output_tokens + $9,
         cost_nanos = COALESCE(usage_days.cost_nanos + $10, usage_days.cost_nanos, $10)",
        [
            owner,
            now.day(&timezone),
            bill.model,
            bill.kind,
            usage.input_tokens,
            usage.cache_read_tokens,
            usage.cache_write_tokens,
            usage.cache_write_1h_tokens,
            usage.output_tokens,
            cost_nanos
        ]
    );
    tx.run(upsert).await
}
