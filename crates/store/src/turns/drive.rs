//! What a driver writes while it holds a turn.

use agent::message::is_from_outside;
use agent::permission::Verdict;
use agent::price::Spent;
use agent::{CallStatus, StepId, ToolCallId, TurnId};
use serde_json::Value;

use super::Turns;
use super::end::{announce_approvals, from_sources};
use crate::bills;
use crate::conversations::keep_summary;
use crate::db::{Tx, sql};
use crate::decisions::log;
use crate::search::keep_words_of_question;
use crate::{
    Decider, Fence, NewApproval, NewBill, NewDecision, NewStep, NewSummary, NewToolCall, Result,
    SettledCall, StoreError, Ts,
};

impl Turns {
    /// Lets another model answer from now on; the turn remembers which one was to.
    pub async fn fall_back(&self, fence: Fence, model: &str) -> Result<()> {
        let mut tx = self.hold(fence).await?;
        let update = sql!(
            "UPDATE turns SET model = $2, wanted = NULLIF(COALESCE(wanted, model), $2)
             WHERE id = $1",
            fence.turn,
            model
        );
        tx.execute(update).await?;
        tx.commit().await
    }

    /// Stores an answer of the model with its calls. One that holds text from outside taints the
    /// turn before any of its calls is judged.
    pub async fn record_step(
        &self,
        fence: Fence,
        step: NewStep,
        calls: Vec<NewToolCall>,
        now: Ts,
    ) -> Result<()> {
        let mut tx = self.hold(fence).await?;
        let step_id = step.id;
        insert_step(&mut tx, fence.turn, step, now).await?;
        keep_words_of_question(&mut tx, fence.turn).await?;
        for (seq, call) in (0_i64..).zip(calls) {
            insert_call(&mut tx, step_id, seq, call).await?;
        }
        tx.commit().await
    }

    /// Stores a summary that was made for the turn, with the call of the model that wrote it.
    pub async fn record_summary(
        &self,
        fence: Fence,
        summary: NewSummary,
        step: Option<NewStep>,
        now: Ts,
    ) -> Result<()> {
        let mut tx = self.hold(fence).await?;
        keep_summary(&mut tx, summary, now).await?;
        tx.execute(sql!("UPDATE turns SET compacted = TRUE WHERE id = $1", fence.turn)).await?;
        if let Some(step) = step {
            insert_step(&mut tx, fence.turn, step, now).await?;
        }
        tx.commit().await
    }

    /// Stores a text block that follows the results of a step's calls.
    pub async fn annotate(&self, fence: Fence, step: StepId, note: &str) -> Result<()> {
        let mut tx = self.hold(fence).await?;
        let update = sql!(
            "UPDATE steps SET note = $3 WHERE id = $1 AND turn_id = $2",
            step,
            fence.turn,
            note
        );
        expect_one(tx.execute(update).await?, || format!("no step {step} to annotate"))?;
        tx.commit().await
    }

    /// Ends calls that will not run, with their results and log entries. A pending approval of
    /// such a call becomes superseded.
    pub async fn settle(&self, fence: Fence, calls: Vec<SettledCall>, now: Ts) -> Result<()> {
        let mut tx = self.hold(fence).await?;
        for call in calls {
            let mut update = sql!(
                "UPDATE tool_calls SET status = $3, result = $4, ended_at = $5
                 WHERE id = $1 AND turn_id = $2 AND status IN ",
                call.id,
                fence.turn,
                call.status,
                call.result,
                now
            );
            let sources = call.status.sources().iter().chain([&call.status]);
            update.push_words(sources.map(|source| source.as_str()));
            expect_one(tx.execute(update).await?, || refused(call.id, call.status))?;
            log_ruling(&mut tx, call.id, call.decision, now).await?;
        }
        let close = sql!(
            "UPDATE approvals SET status = 'superseded', decided_at = $2
             WHERE turn_id = $1 AND status = 'pending' AND tool_call_id IN
             (SELECT id FROM tool_calls WHERE turn_id = $1 AND status <> 'waiting')
             RETURNING id, user_id, conversation_id",
            fence.turn,
            now
        );
        announce_approvals(&mut tx, close).await?;
        tx.commit().await
    }

    /// Puts calls to the person: they become `waiting`, with the schema hash and digest of now.
    pub async fn ask(&self, fence: Fence, approvals: Vec<NewApproval>, now: Ts) -> Result<()> {
        let mut tx = self.hold(fence).await?;
        for approval in approvals {
            let call = approval.tool_call_id;
            let update = sql!(
                "UPDATE tool_calls SET status = 'waiting', schema_hash = $3, digest = $4
                 WHERE id = $1 AND turn_id = $2",
                call,
                fence.turn,
                approval.schema_hash,
                approval.digest
            );
            let asked = tx.execute(from_sources(update, CallStatus::Waiting)).await?;
            expect_one(asked, || refused(call, CallStatus::Waiting))?;
            insert_approval(&mut tx, approval, now).await?;
        }
        tx.commit().await
    }

    /// Marks a call started, before its effect. False if its state no longer allows that, or the
    /// turn is to stop.
    pub async fn start_call(
        &self,
        fence: Fence,
        call: ToolCallId,
        decision: Option<NewDecision>,
        now: Ts,
    ) -> Result<bool> {
        let mut tx = self.hold(fence).await?;
        let update = sql!(
            "UPDATE tool_calls SET status = 'started', started_epoch = $3, started_at = $4
             WHERE id = $1 AND turn_id = $2
             AND NOT (SELECT stop_requested FROM turns WHERE turns.id = $2)",
            call,
            fence.turn,
            fence.epoch,
            now
        );
        if tx.execute(from_sources(update, CallStatus::Started)).await? == 0 {
            return Ok(false);
        }
        log_ruling(&mut tx, call, decision, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Stores the end of a started call: succeeded, failed or unknown. `taints` marks the turn as
    /// having read outside text.
    #[expect(clippy::too_many_arguments, reason = "all of them are one fact about one call")]
    pub async fn finish_call(
        &self,
        fence: Fence,
        call: ToolCallId,
        status: CallStatus,
        result: &Value,
        taints: bool,
        now: Ts,
    ) -> Result<()> {
        let mut tx = self.hold(fence).await?;
        let update = sql!(
            "UPDATE tool_calls SET status = $3, result = $4, ended_at = $5
             WHERE id = $1 AND turn_id = $2",
            call,
            fence.turn,
            status,
            result,
            now
        );
        let finished = tx.execute(from_sources(update, status)).await?;
        expect_one(finished, || refused(call, status))?;
        if taints {
            taint(&mut tx, fence.turn).await?;
        }
        tx.commit().await
    }

    /// Begins a driver's transaction: nobody else writes to the turn until it ends.
    pub(super) async fn hold(&self, fence: Fence) -> Result<Tx> {
        let mut tx = self.db.begin().await?;
        let held = sql!(
            "SELECT id FROM turns WHERE id = $1 AND epoch = $2 AND status = 'running'",
            fence.turn,
            fence.epoch
        );
        match tx.row::<TurnId>(held.locking()).await? {
            Some(_) => Ok(tx),
            None => Err(StoreError::LeaseLost(fence.turn)),
        }
    }
}

async fn taint(tx: &mut Tx, turn: TurnId) -> Result<()> {
    tx.execute(sql!("UPDATE turns SET tainted = TRUE WHERE id = $1", turn)).await?;
    Ok(())
}

fn expect_one(changed: u64, otherwise: impl FnOnce() -> String) -> Result<()> {
    if changed == 1 { Ok(()) } else { Err(StoreError::Inconsistent(otherwise())) }
}

fn refused(call: ToolCallId, status: CallStatus) -> String {
    format!("tool call {call} cannot become {status}")
}

async fn log_ruling(
    tx: &mut Tx,
    call: ToolCallId,
    decision: Option<NewDecision>,
    now: Ts,
) -> Result<()> {
    let Some(decision) = decision else {
        return Ok(());
    };
    let verdict = if decision.allowed { Verdict::Allow } else { Verdict::Deny };
    let by = Decider { kind: decision.by, id: decision.rule.map(|rule| rule.to_string()) };
    log(tx, call, verdict, by, now).await
}

pub(super) async fn insert_step(tx: &mut Tx, turn: TurnId, step: NewStep, now: Ts) -> Result<()> {
    if let Some(payer) = bills::payer(tx, turn).await? {
        let bill = NewBill { model: &step.model, kind: step.kind, spent: step.spent };
        bills::add(tx, payer, bill, now).await?;
    }
    if step.tainted || step.content.iter().any(is_from_outside) {
        taint(tx, turn).await?;
    }
    let Spent { usage, cost_nanos } = step.spent;
    let insert = sql!(
        "INSERT INTO steps (id, turn_id, seq, status, stop, model, input_tokens,
         cache_read_tokens, cache_write_tokens, cache_write_1h_tokens, output_tokens, cost_nanos,
         request_id, layout, cache_note, created_at, content)
         VALUES ($1, $2, (SELECT COALESCE(MAX(seq) + 1, 0) FROM steps WHERE turn_id = $2),
         $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        step.id,
        turn,
        step.status,
        step.stop,
        step.model,
        usage.input_tokens,
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.cache_write_1h_tokens,
        usage.output_tokens,
        cost_nanos,
        step.request_id,
        step.layout,
        step.cache_note,
        now,
        step.content
    );
    tx.execute(insert).await?;
    let settle = sql!(
        "UPDATE turns SET reserved_nanos = NULL WHERE id = $1 AND reserved_nanos IS NOT NULL",
        turn
    );
    tx.execute(settle).await?;
    Ok(())
}

async fn insert_call(tx: &mut Tx, step: StepId, seq: i64, call: NewToolCall) -> Result<()> {
    let insert = sql!(
        "INSERT INTO tool_calls (id, conversation_id, turn_id, step_id, seq, model_call_id, tool,
         title, effect, schema_hash, digest, status, defect, arguments)
         SELECT $1, turns.conversation_id, turns.id, steps.id, $3, $4, $5, $6, $7, $8, $9,
         'proposed', $10, $11 FROM steps JOIN turns ON turns.id = steps.turn_id
         WHERE steps.id = $2",
        call.id,
        step,
        seq,
        call.model_call_id,
        call.tool,
        call.title,
        call.effect,
        call.schema_hash,
        call.digest,
        call.defect,
        call.arguments
    );
    tx.execute(insert).await?;
    Ok(())
}

/// What is asked about is what would run: the model's arguments, or what the person made of them.
async fn insert_approval(tx: &mut Tx, approval: NewApproval, now: Ts) -> Result<()> {
    let insert = sql!(
        "INSERT INTO approvals (id, user_id, conversation_id, turn_id, tool_call_id, source,
         digest, rememberable, status, created_at, expires_at, summary, remember_scope, because,
         arguments)
         SELECT $1, turns.user_id, turns.conversation_id, turns.id, tool_calls.id, $3, $4, $5,
         'pending', $6, $7, $8, $9, $10,
         COALESCE(tool_calls.edited_arguments, tool_calls.arguments)
         FROM tool_calls JOIN turns ON turns.id = tool_calls.turn_id WHERE tool_calls.id = $2
         RETURNING id, user_id, conversation_id",
        approval.id,
        approval.tool_call_id,
        approval.source,
        approval.digest,
        approval.rememberable,
        now,
        approval.expires_at,
        approval.summary,
        approval.remember_scope,
        approval.because
    );
    announce_approvals(tx, insert).await
}
