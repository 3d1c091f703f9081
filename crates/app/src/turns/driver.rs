//! The driver: looks at the rows, does the next step, and looks again. It ends when the turn is
//! over, parked, or taken over by another driver; everything it knows is in the rows.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use agent::permission::{Circumstances, DeciderKind, Judgement, Policy, Verdict, remember_scope};
use agent::tool::{Tool, ToolCall};
use agent::turn::{Outcome, Settled, Settlement, Step};
use agent::{CallStatus, Chunk, ToolCallId, TurnStatus, digest, with_causes};
use futures_util::FutureExt as _;
use serde_json::Value;
use store::{
    Fence, NewApproval, NewStep, Recent, SettledCall, StoreError, ToolCallRow, Ts, Turn, TurnEnd,
    TurnRows, User,
};
use tokio::sync::watch;

use super::state::{last_step, turn_state};
use crate::hub::TurnLog;
use crate::prompt::History;
use crate::{App, AppError, NamedModel, Result, Tools, context, prompt, view};

/// Drives one turn under one lease.
pub(super) struct Driver {
    pub(super) app: App,
    pub(super) fence: Fence,
    pub(super) log: Arc<TurnLog>,
    pub(super) stop: watch::Receiver<bool>,
    pub(super) tools: Arc<Tools>,
    /// What answers; another takes its place if it cannot.
    pub(super) model: NamedModel,
    pub(super) history: History,
    /// How many tokens a request may have since the vendor has said that one does not fit.
    pub(super) squeezed: Option<u64>,
    /// How many of the oldest results of tools are left out.
    pub(super) left_out: usize,
    /// Nobody could summarise just now: the whole window is used before that is asked for again.
    pub(super) unsummarised: bool,
    /// Says that another model answers; viewers are told once it does.
    pub(super) notice: Option<Chunk>,
    since: Ts,
}

/// Whether the driver goes on.
pub(super) enum Flow {
    /// Look at the rows again.
    Continue,
    /// The turn is over, parked, or not ours any more.
    End,
}

impl App {
    /// Drives a turn that this process has just claimed, or gives it back.
    pub(crate) async fn drive_claimed(&self, turn: &Turn) -> Result<Option<Arc<TurnLog>>> {
        let driven = self.take_up(turn).await;
        if driven.is_err() {
            let fence = Fence { turn: turn.id, epoch: turn.epoch };
            self.0.store.turns().release(fence).await?;
        }
        driven
    }

    async fn take_up(&self, turn: &Turn) -> Result<Option<Arc<TurnLog>>> {
        let (turns, models) = (self.0.store.turns(), &self.0.models);
        let known = models.get(&turn.model);
        let model = known.unwrap_or_else(|| models.default_model()).clone();
        if known.is_none() {
            // The configuration is another one than when the turn began.
            turns.fall_back(Fence { turn: turn.id, epoch: turn.epoch }, &model.name, true).await?;
        }
        let Some(rows) = turns.load(turn.id).await? else {
            return Ok(None);
        };
        let history = self.history(turn, &model).await?;
        self.add_stamp_after_pause(&rows).await?;
        Ok(Some(self.drive(rows, history, model, None).await))
    }

    /// What was said before a turn, for the model that answers.
    pub(super) async fn history(&self, turn: &Turn, model: &NamedModel) -> Result<History> {
        Ok(prompt::history(&self.recent(turn).await?, model.id()))
    }

    /// What is said before a turn, as far as requests hold it.
    pub(super) async fn recent(&self, turn: &Turn) -> Result<Recent> {
        let leaf = Some(turn.user_message_id);
        let conversations = self.0.store.conversations();
        Ok(conversations.recent(turn.user_id, turn.conversation_id, leaf).await?)
    }

    /// Starts a driver; its log is there before this returns, and in it first what is `known`.
    pub(crate) async fn drive(
        &self,
        rows: TurnRows,
        history: History,
        model: NamedModel,
        known: Option<Chunk>,
    ) -> Arc<TurnLog> {
        let turn = rows.turn.id;
        let tools = Arc::new(self.catalogue(rows.turn.user_id).await);
        let log = self.0.hub.open(turn, view::transcript(&rows));
        // Before the driver runs: it may be at its end before this goes on.
        if let Some(chunk) = known {
            log.push(chunk);
        }
        let driver = Driver {
            app: self.clone(),
            fence: Fence { turn, epoch: rows.turn.epoch },
            stop: log.stop_signal(),
            log: Arc::clone(&log),
            tools,
            model,
            history,
            squeezed: None,
            left_out: 0,
            unsummarised: false,
            notice: if view::is_answered(&rows) { None } else { view::other_model(&rows.turn) },
            since: self.now(),
        };
        tokio::spawn(supervise(driver, rows));
        // The model is asked before the person's client is answered.
        tokio::task::yield_now().await;
        log
    }

    /// A turn that goes on on another day than its message was written tells the model so.
    async fn add_stamp_after_pause(&self, rows: &TurnRows) -> Result<()> {
        let Some(user) = self.0.store.accounts().user(rows.turn.user_id).await? else {
            return Ok(());
        };
        let Some(step) = last_step(rows) else { return Ok(()) };
        let stamp = context::stamp(self.0.clock.now(), &user);
        let begun = context::stamp(step.created_at.timestamp(), &user);
        let told = step.note.as_deref().unwrap_or(&begun);
        if context::stamped_day(&stamp) == context::stamped_day(told) {
            return Ok(());
        }
        let fence = Fence { turn: rows.turn.id, epoch: rows.turn.epoch };
        Ok(self.0.store.turns().annotate(fence, step.id, &stamp).await?)
    }
}

/// Runs a driver to its end, and ends the turn if the driver itself breaks.
async fn supervise(driver: Driver, rows: TurnRows) {
    let (app, fence, log) = (driver.app.clone(), driver.fence, Arc::clone(&driver.log));
    // Nothing of the driver is looked at after a panic.
    let end = match AssertUnwindSafe(driver.run(rows)).catch_unwind().await {
        Ok(Ok(())) => None,
        Ok(Err(AppError::Internal(error))) if is_lease_lost(error.as_ref()) => {
            tracing::info!(turn = %fence.turn, "the turn was taken over by another driver");
            None
        }
        Ok(Err(error)) => Some(with_causes(&error)),
        Err(_panic) => Some("it panicked".to_owned()),
    };
    if let Some(error) = end {
        tracing::error!(turn = %fence.turn, error, "the turn failed inside the driver");
        let text = "Something went wrong on our side. The log has the details.";
        if let Err(error) = app.end_failed(fence, &log, text, None).await {
            let error = with_causes(&error);
            tracing::error!(turn = %fence.turn, error, "the failed turn could not be ended");
        }
    }
    app.0.hub.close(fence.turn, &log);
}

fn is_lease_lost(error: &(dyn std::error::Error + 'static)) -> bool {
    matches!(error.downcast_ref::<StoreError>(), Some(StoreError::LeaseLost(_)))
}

impl App {
    /// Ends a turn as failed, and tells its viewers.
    pub(super) async fn end_failed(
        &self,
        fence: Fence,
        log: &TurnLog,
        text: &str,
        partial: Option<NewStep>,
    ) -> Result<()> {
        let error = Some(text.to_owned());
        self.end(fence, log, TurnEnd { error, partial, ..TurnStatus::Failed.into() }).await
    }

    /// Ends a turn, and tells its viewers what became of it and of the calls that were open.
    pub(super) async fn end(&self, fence: Fence, log: &TurnLog, end: TurnEnd) -> Result<()> {
        let turns = self.0.store.turns();
        let before = turns.load(fence.turn).await?;
        turns.finish(fence, end, self.now()).await?;
        let (Some(before), Some(after)) = (before, turns.load(fence.turn).await?) else {
            return Ok(());
        };
        for (was, is) in before.calls.iter().zip(&after.calls) {
            log.extend(view::output_chunk(is).filter(|_| was.result.is_none()));
        }
        log.close_step();
        log.extend(view::ending(&after, after.turn.status));
        Ok(())
    }
}

impl Driver {
    async fn run(mut self, mut rows: TurnRows) -> Result<()> {
        loop {
            if let Flow::End = self.advance(&rows).await? {
                return Ok(());
            }
            rows = self.reload().await?;
        }
    }

    /// The rows as they are now.
    pub(super) async fn reload(&self) -> Result<TurnRows> {
        let rows = self.app.0.store.turns().load(self.fence.turn).await?;
        let lost = || AppError::from(StoreError::LeaseLost(self.fence.turn));
        rows.filter(|rows| rows.turn.epoch == self.fence.epoch).ok_or_else(lost)
    }

    async fn advance(&mut self, rows: &TurnRows) -> Result<Flow> {
        let policy = self.policy(rows).await?;
        let now = self.app.now();
        let state = turn_state(rows, &self.tools, &self.app.0.settings, self.since, now);
        match state.next(&policy) {
            // What needs no more work is brought to its end even now.
            Step::CallModel | Step::RunTools(_) if self.app.is_draining() => {
                self.app.0.store.turns().release(self.fence).await?;
                Ok(Flow::End)
            }
            Step::CallModel => self.call_model(rows).await,
            Step::Settle(calls) => self.settle(rows, calls).await,
            Step::Ask(calls) => self.ask(rows, &policy, calls).await,
            Step::RunTools(calls) => self.run_tools(rows, calls).await,
            Step::Park => self.park(rows).await,
            Step::Finish(outcome) => self.finish(outcome, None).await,
        }
    }

    /// The rules, which matter only once there are calls.
    async fn policy(&self, rows: &TurnRows) -> Result<Policy> {
        if rows.calls.is_empty() {
            return Ok(Policy::default());
        }
        let permissions = self.app.0.store.permissions();
        Ok(permissions.policy(rows.turn.user_id, rows.turn.conversation_id).await?)
    }

    async fn settle(&mut self, rows: &TurnRows, calls: Vec<Settlement>) -> Result<Flow> {
        let settled: Vec<SettledCall> = calls
            .into_iter()
            .filter_map(|settlement| {
                let call = rows.call(settlement.id)?;
                Some(settled_call(call.id, call.status, call.reason.as_deref(), settlement.verdict))
            })
            .collect();
        let ids: Vec<ToolCallId> = settled.iter().map(|call| call.id).collect();
        self.app.0.store.turns().settle(self.fence, settled, self.app.now()).await?;
        self.push_outputs(&ids).await?;
        Ok(Flow::Continue)
    }

    /// Tells viewers what became of these calls.
    pub(super) async fn push_outputs(&self, ids: &[ToolCallId]) -> Result<()> {
        let rows = self.reload().await?;
        let calls = rows.calls.iter().filter(|call| ids.contains(&call.id));
        self.log.extend(calls.filter_map(view::output_chunk));
        Ok(())
    }

    async fn ask(
        &mut self,
        rows: &TurnRows,
        policy: &Policy,
        calls: Vec<(ToolCallId, Judgement)>,
    ) -> Result<Flow> {
        let person = self.person(rows).await?;
        let now = self.app.now();
        let mut approvals = Vec::with_capacity(calls.len());
        for (id, judgement) in &calls {
            if let Some(call) = rows.call(*id)
                && let Some(tool) = self.tools.get(&call.tool)
            {
                let question = self.question(rows, policy, tool.as_ref(), call, &person).await?;
                let because = because(*judgement, call.repeated).map(str::to_owned);
                approvals.push(NewApproval { because, ..question });
            }
        }
        self.app.0.store.turns().ask(self.fence, approvals, now).await?;
        let rows = self.reload().await?;
        let asked = calls.iter().filter_map(|(id, _)| rows.question(*id));
        self.log.extend(asked.map(view::approval_chunk));
        Ok(Flow::Continue)
    }

    async fn question(
        &self,
        rows: &TurnRows,
        policy: &Policy,
        tool: &dyn Tool,
        row: &ToolCallRow,
        person: &User,
    ) -> Result<NewApproval> {
        let (spec, call) = (tool.spec(), self.tool_call(row, person));
        let circumstances = Circumstances { tainted: rows.turn.tainted, repeated: row.repeated };
        let remember_scope = remember_scope(spec, &call.arguments);
        let rememberable = remember_scope.is_some()
            && policy.is_rememberable(&spec.name, &call.arguments, spec.effect, circumstances);
        Ok(NewApproval {
            id: store::fresh(),
            tool_call_id: row.id,
            summary: agent::visible(&tool.summary(&call).await),
            because: None,
            decider: match policy
                .judge(&spec.name, &call.arguments, spec.effect, Circumstances::default())
                .verdict
            {
                Verdict::Allow => DeciderKind::Taint,
                Verdict::Ask | Verdict::Deny => DeciderKind::User,
            },
            source: spec.source.clone(),
            schema_hash: spec.schema_hash.clone(),
            digest: digest::of_call(&spec.name, &call.arguments, &spec.schema_hash)
                .map_err(AppError::internal)?,
            rememberable,
            remember_scope,
            expires_at: self.app.now().plus(self.app.0.settings.approval_ttl),
        })
    }

    /// Whose turn it is.
    pub(super) async fn person(&self, rows: &TurnRows) -> Result<User> {
        let accounts = self.app.0.store.accounts();
        accounts.user(rows.turn.user_id).await?.ok_or(AppError::NotFound("user"))
    }

    /// A call as its tool gets it.
    pub(super) fn tool_call(&self, row: &ToolCallRow, person: &User) -> ToolCall {
        ToolCall {
            id: row.id,
            user: person.id,
            arguments: row.effective_arguments().clone(),
            timezone: person.timezone.clone(),
            now_micros: self.app.now().0,
        }
    }

    async fn park(&mut self, rows: &TurnRows) -> Result<Flow> {
        let turns = self.app.0.store.turns();
        if !turns.park(self.fence, rows.turn.decision_seq).await? {
            return Ok(Flow::Continue);
        }
        self.log.close_step();
        self.log.extend(view::ending(rows, TurnStatus::Waiting));
        Ok(Flow::End)
    }

    /// Ends the turn; `partial` is an answer that broke off.
    pub(super) async fn finish(
        &mut self,
        outcome: Outcome,
        partial: Option<NewStep>,
    ) -> Result<Flow> {
        let names = outcome == Outcome::Completed && self.app.names_conversations();
        let end = TurnEnd { partial, names, ..TurnStatus::from(outcome).into() };
        self.app.end(self.fence, &self.log, end).await?;
        Ok(Flow::End)
    }
}

fn settled_call(
    id: ToolCallId,
    status: CallStatus,
    reason: Option<&str>,
    verdict: Settled,
) -> SettledCall {
    let text = |status| prompt::outcome_text(status, reason);
    let (status, result, decision) = match verdict {
        Settled::AsDecided => (status, text(status), None),
        Settled::Refused(judgement) => (
            CallStatus::Denied,
            format!("Not allowed by {}. Nothing was done.", refuser(judgement)),
            Some(judgement),
        ),
        Settled::Defective(defect) => (
            CallStatus::Failed,
            format!("This call was not run: {defect}. Nothing was done."),
            None,
        ),
        Settled::OutcomeUnknown => (CallStatus::Unknown, text(CallStatus::Unknown), None),
        Settled::Interrupted => (CallStatus::Failed, "This call was interrupted.".to_owned(), None),
    };
    SettledCall { id, status, result: Value::String(result), decision }
}

/// Why a person is asked, if it is not just their mode.
const fn because(judgement: Judgement, repeated: bool) -> Option<&'static str> {
    match judgement.by {
        DeciderKind::Taint if repeated => {
            Some("You are asked because the same was already done in this conversation, or may be.")
        }
        DeciderKind::Taint => Some(
            "You are asked because this conversation holds text from outside, which may not be \
             what you want.",
        ),
        DeciderKind::Rule => Some("You are asked because a rule of yours says so."),
        DeciderKind::Admin => Some("You are asked because an administrator's rule says so."),
        DeciderKind::User | DeciderKind::Mode | DeciderKind::Expiry => None,
    }
}

const fn refuser(judgement: Judgement) -> &'static str {
    match judgement.by {
        DeciderKind::Admin => "the administrator",
        DeciderKind::Rule => "a rule of the person",
        DeciderKind::User => "the person",
        DeciderKind::Mode | DeciderKind::Taint | DeciderKind::Expiry => {
            "the person's permission mode"
        }
    }
}
