//! The day's bill: what each person's model calls cost. It outlives conversations, because what was
//! spent stays spent.

use agent::{TurnId, UserId};

use crate::db::{Db, Tx, sql};
use crate::{Bill, NewStep, StoreError, Ts};

/// What model calls cost.
#[derive(Clone, Debug)]
pub struct Bills {
    pub(crate) db: Db,
}

impl Bills {
    /// The owner's bills of the days from `from` to `to`, newest day first, then by model.
    pub async fn list(&self, owner: UserId, from: &str, to: &str) -> Result<Vec<Bill>, StoreError> {
        let read = sql!(
            [
                "SELECT ",
                bill_columns!(),
                " FROM usage_days WHERE user_id = $1 AND day >= $2 AND day <= $3
                 ORDER BY day DESC, model"
            ],
            owner,
            from,
            to
        );
        self.db.rows(read).await
    }
}

/// Adds a step to the bill of its person's day.
pub(crate) async fn add(
    tx: &mut Tx,
    turn: TurnId,
    step: &NewStep,
    now: Ts,
) -> Result<(), StoreError> {
    let whose = sql!(
        "SELECT users.id, users.timezone FROM turns JOIN users ON users.id = turns.user_id
         WHERE turns.id = $1",
        turn
    );
    let Some((owner, timezone)) = tx.row::<(UserId, String)>(whose).await? else {
        return Ok(());
    };
    let upsert = sql!(
        "INSERT INTO usage_days (user_id, day, model, model_calls, input_tokens,
         cache_read_tokens, cache_write_tokens, output_tokens)
         VALUES ($1, $2, $3, 1, $4, $5, $6, $7)
         ON CONFLICT (user_id, day, model) DO UPDATE SET
         model_calls = usage_days.model_calls + 1,
         input_tokens = usage_days.input_tokens + $4,
         cache_read_tokens = usage_days.cache_read_tokens + $5,
         cache_write_tokens = usage_days.cache_write_tokens + $6,
         output_tokens = usage_days.output_tokens + $7",
        owner,
        now.day(&timezone),
        step.model,
        step.usage.input_tokens,
        step.usage.cache_read_tokens,
        step.usage.cache_write_tokens,
        step.usage.output_tokens
    );
    tx.execute(upsert).await?;
    Ok(())
}
