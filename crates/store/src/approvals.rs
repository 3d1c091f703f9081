//! Approvals.

use agent::permission::Verdict;
use agent::vocabulary::Answer;
use agent::{ApprovalId, ApprovalStatus, UserId};

use crate::db::{Statement, Tx, sql, update};
use crate::decisions::log;
use crate::permissions::append_rule;
use crate::turns::{from_sources, wake};
use crate::{
    Approval, Approvals, Change, ChangeKind, Decide, DecideOutcome, Decider, Page, PageRequest,
    Result, StoreError,
};

impl Approvals {
    /// The owner's approvals, newest first.
    pub async fn list(
        &self,
        owner: UserId,
        status: Option<ApprovalStatus>,
        page: &PageRequest,
    ) -> Result<Page<Approval>> {
        let mut read = all_of(owner);
        read.push_each(" AND approvals.status = $", status);
        self.db.newest(read, page, |last: &Approval| last.id.0).await
    }

    /// One approval.
    pub async fn get(&self, owner: UserId, id: ApprovalId) -> Result<Option<Approval>> {
        self.db.row(one(owner, id)).await
    }

    /// Decides: approval, call (with edited arguments and their digest), log entry, rule, and
    /// requeueing the waiting turn, in one transaction; the first answer wins. A turn that is
    /// running only sees its `decision_seq` go up. Past `expires_at` it is too late.
    pub async fn decide(&self, owner: UserId, decide: Decide) -> Result<Option<DecideOutcome>> {
        let mut tx = self.db.begin().await?;
        let turn = sql!(
            "SELECT turns.id FROM turns WHERE turns.id =
             (SELECT turn_id FROM approvals WHERE id = $1 AND user_id = $2)",
            [decide.id, owner]
        );
        tx.lock(turn).await?;
        let Some(approval) = tx.row::<Approval>(one(owner, decide.id)).await? else {
            return Ok(None);
        };
        if let Some(outcome) = refusal(&approval, &decide) {
            return Ok(Some(outcome));
        }
        write_answer(&mut tx, owner, &approval, &decide).await?;
        if let Some(rule) = &decide.remember {
            append_rule(&mut tx, owner, rule, decide.now).await?;
        }
        wake(&mut tx, approval.turn_id).await?;
        let (within, kind) = (approval.conversation_id, ChangeKind::Approval);
        tx.announce(Change::within(within, owner, kind, approval.id.0));
        tx.commit().await?;
        Ok(Some(DecideOutcome::Decided(Box::new(Approval {
            status: decide.answer.status(),
            decided_at: Some(decide.now),
            decided_by: Some(owner.to_string()),
            reason: decide.reason,
            edited_arguments: decide.edited.map(|(arguments, _)| arguments),
            ..approval
        }))))
    }
}

fn one(owner: UserId, id: ApprovalId) -> Statement {
    let mut one = all_of(owner);
    one.push(" AND approvals.id = $", &id);
    one
}

fn all_of(owner: UserId) -> Statement {
    sql!(
        Approval,
        "SELECT {} FROM approvals JOIN tool_calls ON tool_calls.id = approvals.tool_call_id
         WHERE approvals.user_id = $1",
        [owner]
    )
}

/// Why an answer does not count, if so.
fn refusal(approval: &Approval, decide: &Decide) -> Option<DecideOutcome> {
    let stored = || Box::new(approval.clone());
    if approval.status == ApprovalStatus::Pending {
        return if decide.digest.as_ref().is_some_and(|seen| *seen != approval.digest) {
            Some(DecideOutcome::DigestMismatch)
        } else if approval.expires_at <= decide.now {
            Some(DecideOutcome::AlreadyDecided(stored()))
        } else {
            None
        };
    }
    let edited = decide.edited.as_ref().map(|(arguments, _)| arguments);
    let is_same =
        approval.status == decide.answer.status() && approval.edited_arguments.as_ref() == edited;
    Some(if is_same {
        DecideOutcome::Repeated(stored())
    } else {
        DecideOutcome::AlreadyDecided(stored())
    })
}

/// Writes an answer to approval, call and log.
async fn write_answer(
    tx: &mut Tx,
    owner: UserId,
    approval: &Approval,
    decide: &Decide,
) -> Result<()> {
    let (arguments, digest) = decide.edited.clone().unzip();
    let update = update!("approvals" {
        status: decide.answer.status(), decided_at: decide.now, decided_by: owner.to_string(),
        reason: decide.reason, edited_arguments: arguments,
    });
    let update = update
        .then_push(" WHERE status = 'pending' AND id = $", &decide.id)
        .then_push(" AND expires_at > $", &decide.now);
    let decided = tx.execute(update).await?;
    let (call, verdict) = match decide.answer {
        Answer::Approve => (agent::CallStatus::Approved, Verdict::Allow),
        Answer::Deny => (agent::CallStatus::Denied, Verdict::Deny),
    };
    let update = sql!(
        "UPDATE tool_calls SET status = $2, reason = $3,
         edited_arguments = COALESCE($4, edited_arguments), digest = COALESCE($5, digest)
         WHERE id = $1",
        [approval.tool_call_id, call, decide.reason, arguments, digest]
    );
    let called = tx.execute(from_sources(update, call)).await?;
    if (decided, called) != (1, 1) {
        let id = approval.id;
        return Err(StoreError::Inconsistent(format!("approval {id} waits for no waiting call")));
    }
    let by = Decider { kind: approval.decider, id: Some(owner.to_string()) };
    log(tx, approval.tool_call_id, verdict, by, decide.now).await
}
