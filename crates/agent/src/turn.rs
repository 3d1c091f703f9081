//! What a turn does next, decided from its rows alone.
//!
//! [`TurnState`] is rebuilt from the database each time a driver looks at the turn, so that a
//! crash, a restart or an upgrade between two looks changes nothing. [`TurnState::next`] is total
//! and deterministic; it asks no clock and does nothing itself.

use serde_json::Value;

use crate::model::StopReason;
use crate::permission::{Circumstances, Judgement, Policy, Verdict};
use crate::tool::Effect;
use crate::{CallStatus, ToolCallId, TurnStatus};

/// The part of a turn's rows that decides what comes next.
#[derive(Clone, Debug, Default)]
pub struct TurnState {
    /// The person asked to stop.
    pub stop_requested: bool,
    /// The lease under which the driver works now.
    pub epoch: i64,
    /// The turn has read text from outside.
    pub tainted: bool,
    /// A limit on calls, time or tokens is used up.
    pub limit_reached: bool,
    /// Why the newest complete step ended; none before the first.
    pub last_stop: Option<StopReason>,
    /// The tool calls of the newest complete step, in the model's order.
    pub calls: Vec<CallState>,
}

/// One tool call as the turn sees it.
#[derive(Clone, Debug)]
pub struct CallState {
    /// Its id.
    pub id: ToolCallId,
    /// The tool's name.
    pub tool: String,
    /// What would run: the model's arguments, or what a person made of them.
    pub arguments: Value,
    /// Its state.
    pub status: CallStatus,
    /// The result for the model is stored.
    pub settled: bool,
    /// The lease under which it was started.
    pub started_epoch: Option<i64>,
    /// The tool's effect, as declared now; none if there is no such tool any more.
    pub effect: Option<Effect>,
    /// Why it cannot run at all, if so: cut JSON, wrong arguments.
    pub defect: Option<String>,
    /// The tool's schema is not the one that was asked about.
    pub schema_changed: bool,
    /// The same call has already succeeded, or may have, in this conversation.
    pub repeated: bool,
}

/// What the driver does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Write results for calls that will not run.
    Settle(Vec<Settlement>),
    /// Put these calls to the person.
    Ask(Vec<(ToolCallId, Judgement)>),
    /// Run these calls: any number of reads, or one write.
    RunTools(Vec<(ToolCallId, Judgement)>),
    /// Wait for the person; the driver ends.
    Park,
    /// Ask the model.
    CallModel,
    /// The turn is over.
    Finish(Outcome),
}

/// A call that will not run, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The call.
    pub id: ToolCallId,
    /// What becomes of it.
    pub verdict: Settled,
}

/// What becomes of a call that will not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It was already decided; only the result for the model is missing.
    AsDecided,
    /// A rule, the mode or the administrator refuses it.
    Refused(Judgement),
    /// It cannot be run.
    Defective(String),
    /// It was started under a lost lease and must not be repeated.
    OutcomeUnknown,
    /// It was reading when the turn was stopped.
    Interrupted,
}

/// How a turn ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The model has answered.
    Completed,
    /// The person stopped it.
    Stopped,
    /// Nobody decided in time.
    Expired,
    /// A limit is used up.
    Limited,
}

impl From<Outcome> for TurnStatus {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Completed => Self::Completed,
            Outcome::Stopped => Self::Stopped,
            Outcome::Expired => Self::Expired,
            Outcome::Limited => Self::Limited,
        }
    }
}

impl TurnState {
    /// What comes next: stopped, settle what was refused, ask, run what is allowed, park, answered
    /// or limited, call the model.
    pub fn next(&self, policy: &Policy) -> Step {
        if self.stop_requested {
            let lost = self.collect(|call| self.lost(call));
            return if lost.is_empty() {
                Step::Finish(Outcome::Stopped)
            } else {
                Step::Settle(lost)
            };
        }
        let settlements = self.collect(|call| self.settlement(call, policy));
        if !settlements.is_empty() {
            return Step::Settle(settlements);
        }
        let (mut asks, mut reads, mut writes) = (Vec::new(), Vec::new(), Vec::new());
        for call in &self.calls {
            match self.disposition(call, policy) {
                Some(Disposition::Ask(judgement)) => asks.push((call.id, judgement)),
                Some(Disposition::Run(judgement)) if effect_of(call).is_read() => {
                    reads.push((call.id, judgement));
                }
                Some(Disposition::Run(judgement)) => writes.push((call.id, judgement)),
                None => {}
            }
        }
        if !asks.is_empty() {
            return Step::Ask(asks);
        }
        if !reads.is_empty() {
            return Step::RunTools(reads);
        }
        // After each write everything is judged anew: it may have made the next one a repetition,
        // and a rule may have changed while it ran.
        if let Some(write) = writes.into_iter().next() {
            return Step::RunTools(vec![write]);
        }
        if self.calls.iter().any(|call| call.status == CallStatus::Waiting) {
            return Step::Park;
        }
        self.finish_or_continue()
    }

    fn collect(&self, of: impl Fn(&CallState) -> Option<Settled>) -> Vec<Settlement> {
        self.calls
            .iter()
            .filter_map(|call| of(call).map(|verdict| Settlement { id: call.id, verdict }))
            .collect()
    }

    /// A call that an earlier driver started and did not finish, and that will not run again.
    fn lost(&self, call: &CallState) -> Option<Settled> {
        let is_lost = call.status == CallStatus::Started && call.started_epoch != Some(self.epoch);
        is_lost.then_some(match call.effect {
            Some(Effect::Read) => Settled::Interrupted,
            Some(Effect::Write { .. }) | None => Settled::OutcomeUnknown,
        })
    }

    fn settlement(&self, call: &CallState, policy: &Policy) -> Option<Settled> {
        match call.status {
            CallStatus::Denied | CallStatus::Expired | CallStatus::Superseded => {
                (!call.settled).then_some(Settled::AsDecided)
            }
            CallStatus::Proposed => match &call.defect {
                Some(defect) => Some(Settled::Defective(defect.clone())),
                None => refused(self.judge(call, policy)),
            },
            CallStatus::Approved if call.effect.is_none() => {
                Some(Settled::Defective(format!("there is no tool named `{}` any more", call.tool)))
            }
            CallStatus::Approved => forbidden(call, policy).and_then(refused),
            CallStatus::Started => {
                let may_rerun =
                    call.effect.is_some_and(Effect::may_rerun) && forbidden(call, policy).is_none();
                if may_rerun { None } else { self.lost(call) }
            }
            CallStatus::Waiting
            | CallStatus::Succeeded
            | CallStatus::Failed
            | CallStatus::Unknown => None,
        }
    }

    fn disposition(&self, call: &CallState, policy: &Policy) -> Option<Disposition> {
        let judgement = self.judge(call, policy);
        match call.status {
            CallStatus::Proposed if judgement.verdict == Verdict::Allow => {
                Some(Disposition::Run(judgement))
            }
            CallStatus::Proposed => Some(Disposition::Ask(judgement)),
            CallStatus::Approved if call.schema_changed => Some(Disposition::Ask(judgement)),
            CallStatus::Approved => Some(Disposition::Run(judgement)),
            CallStatus::Started if call.started_epoch != Some(self.epoch) => {
                Some(Disposition::Run(judgement))
            }
            CallStatus::Started
            | CallStatus::Waiting
            | CallStatus::Denied
            | CallStatus::Superseded
            | CallStatus::Expired
            | CallStatus::Succeeded
            | CallStatus::Failed
            | CallStatus::Unknown => None,
        }
    }

    fn judge(&self, call: &CallState, policy: &Policy) -> Judgement {
        let circumstances = Circumstances { tainted: self.tainted, repeated: call.repeated };
        policy.judge(&call.tool, &call.arguments, effect_of(call), circumstances)
    }

    fn finish_or_continue(&self) -> Step {
        if self.calls.iter().any(|call| call.status == CallStatus::Expired) {
            return Step::Finish(Outcome::Expired);
        }
        match &self.last_stop {
            Some(StopReason::ToolUse) if !self.calls.is_empty() => self.call_model_or_limit(),
            None | Some(StopReason::PauseTurn) => self.call_model_or_limit(),
            Some(
                StopReason::EndTurn
                | StopReason::MaxTokens
                | StopReason::StopSequence
                | StopReason::ToolUse
                | StopReason::Refusal
                | StopReason::ContextWindowExceeded
                | StopReason::Other(_),
            ) => Step::Finish(Outcome::Completed),
        }
    }

    const fn call_model_or_limit(&self) -> Step {
        if self.limit_reached { Step::Finish(Outcome::Limited) } else { Step::CallModel }
    }
}

/// A tool that is gone, or says nothing of itself, counts as the most dangerous kind.
fn effect_of(call: &CallState) -> Effect {
    call.effect.unwrap_or(Effect::OUTWARD)
}

fn forbidden(call: &CallState, policy: &Policy) -> Option<Judgement> {
    policy.forbids(&call.tool, &call.arguments, effect_of(call))
}

fn refused(judgement: Judgement) -> Option<Settled> {
    (judgement.verdict == Verdict::Deny).then_some(Settled::Refused(judgement))
}

enum Disposition {
    Ask(Judgement),
    Run(Judgement),
}

#[cfg(test)]
mod tests;
