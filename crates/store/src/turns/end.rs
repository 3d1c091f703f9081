//! Ending a turn, by its driver, its person, or a newer message.

use agent::{
    ApprovalId, CallStatus, ConversationId, MessageId, TurnId, TurnStatus, UserId, message,
};
use serde_json::Value;

use super::Turns;
use super::drive::insert_step;
use super::start::preview;
use crate::db::{Statement, Tx, sql};
use crate::jobs;
use crate::search::{keep_words_of_question, words_of};
use crate::{
    Change, ChangeKind, Fence, JobKind, NewJob, Result, StopOutcome, StoreError, Ts, TurnEnd,
};

impl Turns {
    /// Ends the turn; open calls and approvals become superseded, a started call unknown; an
    /// answer that broke off is kept.
    pub async fn finish(&self, fence: Fence, ended: TurnEnd, now: Ts) -> Result<()> {
        if ended.status.is_active() {
            return Err(StoreError::Inconsistent(format!("a turn cannot end {}", ended.status)));
        }
        let mut tx = self.hold(fence).await?;
        if let Some(partial) = ended.partial {
            insert_step(&mut tx, fence.turn, partial, now).await?;
        }
        end(&mut tx, fence.turn, ended.status, ended.error, now).await?;
        if ended.names {
            have_named(&mut tx, fence.turn, now).await?;
        }
        tx.commit().await
    }

    /// Stops what runs in a conversation.
    pub async fn request_stop(
        &self,
        owner: UserId,
        conversation: ConversationId,
        now: Ts,
    ) -> Result<StopOutcome> {
        let mut tx = self.db.begin().await?;
        let known = sql!(
            "SELECT id FROM conversations WHERE id = $1 AND user_id = $2",
            [conversation, owner]
        );
        if tx.row::<ConversationId>(known).await?.is_none() {
            return Ok(StopOutcome::NotFound);
        }
        let active = sql!(
            "SELECT id, status FROM turns WHERE conversation_id = $1
             AND status IN ('queued', 'running', 'waiting')",
            [conversation]
        );
        let outcome = match tx.row::<(TurnId, TurnStatus)>(active.locking()).await? {
            None => StopOutcome::Idle,
            Some((turn, TurnStatus::Running)) => {
                let request = sql!(
                    "UPDATE turns SET stop_requested = TRUE, decision_seq = decision_seq + 1
                     WHERE id = $1",
                    [turn]
                );
                tx.execute(request).await?;
                StopOutcome::Requested(turn)
            }
            Some((turn, _queued_or_waiting)) => {
                end(&mut tx, turn, TurnStatus::Stopped, None, now).await?;
                StopOutcome::Stopped(turn)
            }
        };
        tx.commit().await?;
        Ok(outcome)
    }
}

/// Has the turn's conversation named, if nobody has chosen a title.
async fn have_named(tx: &mut Tx, turn: TurnId, now: Ts) -> Result<()> {
    let read = sql!(
        "SELECT conversations.id FROM turns
         JOIN conversations ON conversations.id = turns.conversation_id
         WHERE turns.id = $1 AND conversations.untitled",
        [turn]
    );
    if let Some(conversation) = tx.row::<ConversationId>(read).await? {
        let job = NewJob {
            kind: JobKind::Title,
            subject: conversation.0,
            dedup_key: format!("title:{conversation}"),
            run_at: now,
        };
        tx.execute(jobs::new_job(&job, now)).await?;
    }
    Ok(())
}

/// Ends a turn that is locked and active, with everything in it that is still open.
pub(super) async fn end(
    tx: &mut Tx,
    turn: TurnId,
    status: TurnStatus,
    error: Option<String>,
    now: Ts,
) -> Result<()> {
    let update = sql!(
        "UPDATE turns SET status = $2, error = $3, ended_at = $4, lease_owner = NULL,
         lease_until = NULL WHERE id = $1
         RETURNING assistant_message_id, user_id, conversation_id",
        [turn, status, error, now]
    );
    let ended: Option<(MessageId, UserId, ConversationId)> = tx.row(update).await?;
    for left in [CallStatus::Superseded, CallStatus::Unknown] {
        let close = sql!(
            "UPDATE tool_calls SET status = $2, ended_at = $3 WHERE turn_id = $1",
            [turn, left, now]
        );
        tx.execute(from_sources(close, left)).await?;
    }
    let close = sql!(
        "UPDATE approvals SET status = 'superseded', decided_at = $2
         WHERE turn_id = $1 AND status = 'pending' RETURNING id, user_id, conversation_id",
        [turn, now]
    );
    announce_approvals(tx, close).await?;
    if let Some((answer, owner, conversation)) = ended {
        tx.announce(Change::within(conversation, owner, ChangeKind::Turn, turn.0));
        keep_words_of_question(tx, turn).await?;
        store_text(tx, turn, owner, answer).await?;
    }
    Ok(())
}

/// Runs a write on approvals that returns id, owner and conversation, and announces each.
pub(super) async fn announce_approvals(tx: &mut Tx, write: Statement) -> Result<()> {
    for (id, owner, conversation) in tx.rows::<(ApprovalId, UserId, ConversationId)>(write).await? {
        tx.announce(Change::within(conversation, owner, ChangeKind::Approval, id.0));
    }
    Ok(())
}

/// Lets a statement on `tool_calls` change only calls that may come to this state.
pub(crate) fn from_sources(mut update: Statement, status: CallStatus) -> Statement {
    update.push_text(" AND status IN ");
    update.push_words(status.sources().iter().map(|source| source.as_str()));
    update
}

/// Keeps what an answer says where lists and searches look for it.
async fn store_text(tx: &mut Tx, turn: TurnId, owner: UserId, answer: MessageId) -> Result<()> {
    let read = sql!(
        "SELECT content FROM steps WHERE turn_id = $1 AND status IN ('complete', 'interrupted')
         ORDER BY seq",
        [turn]
    );
    let content: Vec<Value> = tx.rows::<Vec<Value>>(read).await?.into_iter().flatten().collect();
    let plain = message::plain_text(&content);
    if !plain.is_empty() {
        let update = sql!(
            "UPDATE messages SET plain = $2, preview = $3 WHERE id = $1",
            [answer, plain, preview(&plain)]
        );
        tx.write(update).await?;
    }
    if let Some(words) = words_of(owner, answer, &plain) {
        tx.write(words).await?;
    }
    Ok(())
}
