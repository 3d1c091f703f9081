//! Expiring what nobody decided in time.

use agent::permission::{DeciderKind, Verdict};
use agent::{ApprovalId, CallStatus, ConversationId, ToolCallId, TurnId, UserId};

use super::Turns;
use super::end::from_sources;
use crate::db::{Tx, sql};
use crate::decisions::log;
use crate::{Change, ChangeKind, Decider, Result, Ts};

impl Turns {
    /// Expires approvals that were due: approval and call become `expired`, the log says so, and a
    /// waiting turn is requeued, so that its driver settles and ends it. Says which turns.
    pub async fn expire_due(&self, now: Ts) -> Result<Vec<TurnId>> {
        let due = sql!(
            "SELECT DISTINCT turn_id FROM approvals WHERE status = 'pending' AND expires_at <= $1
             ORDER BY turn_id",
            [now]
        );
        let mut expired = Vec::new();
        for turn in self.db.rows::<TurnId>(due).await? {
            let mut tx = self.db.begin().await?;
            if expire(&mut tx, turn, now).await? {
                tx.commit().await?;
                expired.push(turn);
            }
        }
        Ok(expired)
    }
}

/// Whether anything of the turn was still due.
async fn expire(tx: &mut Tx, turn: TurnId, now: Ts) -> Result<bool> {
    tx.lock(sql!("SELECT id FROM turns WHERE id = $1", [turn])).await?;
    let approvals = sql!(
        "UPDATE approvals SET status = 'expired', decided_at = $2, decided_by = 'expiry'
         WHERE turn_id = $1 AND status = 'pending' AND expires_at <= $2
         RETURNING tool_call_id, id, user_id, conversation_id",
        [turn, now]
    );
    let expired: Vec<(ToolCallId, ApprovalId, UserId, ConversationId)> = tx.rows(approvals).await?;
    if expired.is_empty() {
        return Ok(false);
    }
    for (call, approval, owner, conversation) in expired {
        tx.announce(Change::within(conversation, owner, ChangeKind::Approval, approval.0));
        let update = sql!("UPDATE tool_calls SET status = 'expired' WHERE id = $1", [call]);
        tx.execute(from_sources(update, CallStatus::Expired)).await?;
        let by = Decider { kind: DeciderKind::Expiry, id: None };
        log(tx, call, Verdict::Deny, by, now).await?;
    }
    wake(tx, turn).await?;
    Ok(true)
}

/// Lets the turn's driver know that something was decided: a waiting turn is requeued, and a
/// running one cannot park any more without looking again.
pub(crate) async fn wake(tx: &mut Tx, turn: TurnId) -> Result<()> {
    let update = sql!(
        "UPDATE turns SET decision_seq = decision_seq + 1,
         status = CASE status WHEN 'waiting' THEN 'queued' ELSE status END WHERE id = $1
         RETURNING user_id, conversation_id",
        [turn]
    );
    if let Some((owner, conversation)) = tx.row(update).await? {
        tx.announce(Change::within(conversation, owner, ChangeKind::Turn, turn.0));
    }
    Ok(())
}
