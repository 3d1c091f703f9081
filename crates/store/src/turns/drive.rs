//! What a driver writes while it holds a turn.

use agent::message::is_from_outside;
use agent::permission::Judgement;
use agent::price::Spent;
use agent::{ApprovalStatus, CallStatus, StepId, ToolCallId, TurnId};
use serde_json::Value;

use super::Turns;
use super::end::{announce_approvals, from_sources};
use crate::bills;
use crate::conversations::keep_summary;
use crate::db::{Sql, Tx, insert, sql};
use crate::decisions::log;
use crate::search::keep_words_of_question;
use crate::{
    Decider, Fence, NewApproval, NewBill, NewStep, NewSummary, NewToolCall, Result, SettledCall,
    StoreError, Ts,
};

impl Turns {
    /// Lets another model answer from now on; the turn remembers which one was to, and whether that
    /// is gone for good.
    pub async fn fall_back(&self, fence: Fence, model: &str, is_gone: bool) -> Result<()> {
        let mut tx = self.hold(fence).await?;
        let update = sql!(
            "UPDATE turns SET model = $2, wanted = NULLIF(COALESCE(wanted, model), $2),
             wanted_gone = CASE WHEN wanted IS NULL THEN $3 ELSE wanted_gone END WHERE id = $1",
            [fence.turn, model, is_gone]
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
        tx.execute(sql!("UPDATE turns SET compacted = TRUE WHERE id = $1", [fence.turn])).await?;
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
            [step, fence.turn, note]
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
                [call.id, fence.turn, call.status, call.result, now]
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
            [fence.turn, now]
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
                [call, fence.turn, approval.schema_hash, approval.digest]
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
        decision: Option<Judgement>,
        now: Ts,
    ) -> Result<bool> {
        let mut tx = self.hold(fence).await?;
        let update = sql!(
            "UPDATE tool_calls SET status = 'started', started_epoch = $3, started_at = $4
             WHERE id = $1 AND turn_id = $2
             AND NOT (SELECT stop_requested FROM turns WHERE turns.id = $2)",
            [call, fence.turn, fence.epoch, now]
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
            [call, fence.turn, status, result, now]
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
            [fence.turn, fence.epoch]
        );
        match tx.row::<TurnId>(held.locking()).await? {
            Some(_) => Ok(tx),
            None => Err(StoreError::LeaseLost(fence.turn)),
        }
    }
}

async fn taint(tx: &mut Tx, turn: TurnId) -> Result<()> {
    tx.run(sql!("UPDATE turns SET tainted = TRUE WHERE id = $1", [turn])).await
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
    decision: Option<Judgement>,
    now: Ts,
) -> Result<()> {
    let Some(Judgement { verdict, by, rule }) = decision else { return Ok(()) };
    let by = Decider { kind: by, id: rule.map(|rule| rule.to_string()) };
    log(tx, call, verdict, by, now).await
}

pub(super) async fn insert_step(tx: &mut Tx, turn: TurnId, step: NewStep, now: Ts) -> Result<()> {
    if !step.model.is_empty()
        && let Some(payer) = bills::payer(tx, turn).await?
    {
        let bill = NewBill { model: &step.model, kind: step.kind, spent: step.spent };
        bills::add(tx, payer, bill, now).await?;
    }
    if step.tainted || step.content.iter().any(is_from_outside) {
        taint(tx, turn).await?;
    }
    let Spent { usage, cost_nanos } = step.spent;
    let insert = insert!("steps" from "turns" {
        id: step.id, turn_id: turn, status: step.status, stop: step.stop, model: step.model,
        seq: Sql("(SELECT COALESCE(MAX(seq) + 1, 0) FROM steps WHERE turn_id = turns.id)"),
        input_tokens: usage.input_tokens, cache_read_tokens: usage.cache_read_tokens,
        cache_write_tokens: usage.cache_write_tokens,
        cache_write_1h_tokens: usage.cache_write_1h_tokens, output_tokens: usage.output_tokens,
        cost_nanos: cost_nanos, request_id: step.request_id, layout: step.layout,
        cache_note: step.cache_note, created_at: now, content: step.content,
    });
    tx.execute(insert.then_push(" WHERE turns.id = $", &turn)).await?;
    let settle = sql!(
        "UPDATE turns SET reserved_nanos = NULL WHERE id = $1 AND reserved_nanos IS NOT NULL",
        [turn]
    );
    tx.run(settle).await
}

async fn insert_call(tx: &mut Tx, step: StepId, seq: i64, call: NewToolCall) -> Result<()> {
    let insert = insert!("tool_calls" from "steps JOIN turns ON turns.id = steps.turn_id" {
        id: call.id, conversation_id: Sql("turns.conversation_id"), turn_id: Sql("turns.id"),
        step_id: step, seq: seq, model_call_id: call.model_call_id, tool: call.tool,
        title: call.title, effect: call.effect, schema_hash: call.schema_hash,
        digest: call.digest, status: CallStatus::Proposed, defect: call.defect,
        arguments: call.arguments,
    });
    tx.run(insert.then_push(" WHERE steps.id = $", &step)).await
}

/// What is asked about is what would run: the model's arguments, or what the person made of them.
async fn insert_approval(tx: &mut Tx, approval: NewApproval, now: Ts) -> Result<()> {
    let insert = insert!("approvals" from "tool_calls JOIN turns ON turns.id = tool_calls.turn_id" {
        id: approval.id, user_id: Sql("turns.user_id"),
        conversation_id: Sql("turns.conversation_id"), turn_id: Sql("turns.id"),
        tool_call_id: approval.tool_call_id, source: approval.source, digest: approval.digest,
        rememberable: approval.rememberable, status: ApprovalStatus::Pending, created_at: now,
        expires_at: approval.expires_at, summary: approval.summary,
        remember_scope: approval.remember_scope, because: approval.because,
        decider: approval.decider,
        arguments: Sql("COALESCE(tool_calls.edited_arguments, tool_calls.arguments)"),
    });
    let insert = insert
        .then_push(" WHERE tool_calls.id = $", &approval.tool_call_id)
        .then_text(" RETURNING id, user_id, conversation_id");
    announce_approvals(tx, insert).await
}
