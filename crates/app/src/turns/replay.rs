//! A turn decided again: the rules as they are now are walked over what the model answered and
//! what people decided then.

use agent::message::is_from_outside;
use agent::permission::{Judgement, Policy, Verdict};
use agent::price::Spent;
use agent::turn::{Outcome, Settled, Settlement, Step};
use agent::{ApprovalStatus, CallStatus, ToolCallId, TurnStatus};
use store::{Approval, StepStatus, Story, ToolCallRow, Ts, TurnRows};

use super::driver::Flow;
use super::state::turn_state;
use crate::{App, AppError, Result, Settings, Tools};

/// How far the rules of now agree with what happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// What they decide, in words and in order.
    pub steps: Vec<String>,
    /// Where they decide otherwise than then. After that nothing can be compared.
    pub difference: Option<String>,
}

impl App {
    /// Decides a turn again that does not run.
    pub async fn replay(&self, story: &Story) -> Result<Replay> {
        let turn = &story.rows.turn;
        if matches!(turn.status, TurnStatus::Queued | TurnStatus::Running) {
            return Err(AppError::Conflict("the turn still runs; replay it when it has ended"));
        }
        let permissions = self.0.store.permissions();
        let policy = permissions.policy(turn.user_id, turn.conversation_id).await?;
        let tools = self.catalogue(turn.user_id).await;
        Ok(Walk::new(story, &tools, &self.0.settings).along(&policy))
    }
}

/// A walk through a turn, and how far it has come.
struct Walk<'a> {
    story: &'a Story,
    tools: &'a Tools,
    settings: &'a Settings,
    /// The rows as they were at this point.
    rows: TurnRows,
    /// The questions that were not put yet.
    approvals: Vec<&'a Approval>,
}

impl<'a> Walk<'a> {
    fn new(story: &'a Story, tools: &'a Tools, settings: &'a Settings) -> Self {
        let mut rows = story.rows.clone();
        rows.turn.stop_requested = false;
        (rows.steps, rows.calls) = (Vec::new(), Vec::new());
        (rows.spent, rows.model_calls) = (Spent::default(), 0);
        Self { story, tools, settings, rows, approvals: story.rows.approvals.iter().collect() }
    }

    fn along(mut self, policy: &Policy) -> Replay {
        let mut steps = Vec::new();
        loop {
            self.look_around();
            // The time that a turn may take is not tried again.
            let state = turn_state(&self.rows, self.tools, self.settings, Ts(0), Ts(0));
            let step = state.next(policy);
            steps.push(self.words(&step));
            match self.follow(step) {
                Ok(Flow::Continue) => {}
                Ok(Flow::End) => return Replay { steps, difference: None },
                Err(difference) => return Replay { steps, difference: Some(difference) },
            }
        }
    }

    /// Brings up to date what the rows say of the turn as a whole at this point.
    fn look_around(&mut self) {
        let is_outside =
            |rows: &TurnRows| rows.steps.iter().flat_map(|step| &step.content).any(is_from_outside);
        let has_read =
            |call: &ToolCallRow| call.effect == "read" && call.status == CallStatus::Succeeded;
        // Which tool brought text from outside is not kept; if none of the answers did, a read has.
        let has_met = if is_outside(&self.story.rows) {
            is_outside(&self.rows)
        } else {
            self.rows.calls.iter().any(has_read)
        };
        self.rows.turn.tainted = self.story.rows.turn.tainted && has_met;
        let done: Vec<(ToolCallId, String)> = self
            .rows
            .calls
            .iter()
            .filter(|call| matches!(call.status, CallStatus::Succeeded | CallStatus::Unknown))
            .filter(|call| call.effect != "read")
            .map(|call| (call.id, call.digest.clone()))
            .collect();
        for call in &mut self.rows.calls {
            call.repeated = self.story.repeats.contains(&call.id)
                || done.iter().any(|(id, digest)| *id != call.id && *digest == call.digest);
        }
    }

    /// Goes where the turn went, if the rules would have gone there.
    fn follow(&mut self, step: Step) -> Result<Flow, String> {
        match step {
            Step::CallModel => self.call_model(),
            Step::Settle(calls) => {
                calls.into_iter().try_for_each(|call| self.settle(call)).map(|()| Flow::Continue)
            }
            Step::Ask(calls) => self.each(calls, Self::ask),
            Step::RunTools(calls) => self.each(calls, Self::run),
            Step::Park if self.story.rows.turn.status == TurnStatus::Waiting => Ok(Flow::End),
            Step::Park => Err("the turn would wait for the person".to_owned()),
            Step::Finish(outcome) => self.finish(outcome),
        }
    }

    fn each(
        &mut self,
        calls: Vec<(ToolCallId, Judgement)>,
        follow: impl Fn(&mut Self, &ToolCallRow, Judgement) -> Result<Flow, String>,
    ) -> Result<Flow, String> {
        for (id, judgement) in calls {
            let then = self.recorded(id)?;
            if let Flow::End = follow(self, then, judgement)? {
                return Ok(Flow::End);
            }
        }
        Ok(Flow::Continue)
    }

    fn call_model(&mut self) -> Result<Flow, String> {
        let next = self.story.rows.steps.get(self.rows.steps.len());
        let Some(step) = next.filter(|step| step.status == StepStatus::Complete) else {
            return self.end("the model would be asked");
        };
        let calls = self.story.rows.calls.iter().filter(|call| call.step_id == step.id);
        self.rows.calls.extend(calls.map(|call| ToolCallRow {
            status: CallStatus::Proposed,
            edited_arguments: None,
            result: None,
            started_epoch: None,
            ..call.clone()
        }));
        self.rows.model_calls = step.seq + 1;
        self.rows.spent = self.rows.spent + step.spent;
        self.rows.steps.push(step.clone());
        Ok(Flow::Continue)
    }

    fn settle(&mut self, Settlement { id, verdict }: Settlement) -> Result<(), String> {
        let then = self.recorded(id)?;
        let agrees = match &verdict {
            Settled::AsDecided => true,
            Settled::Refused(judgement) => {
                then.status == CallStatus::Denied && self.was_decided(id, *judgement)
            }
            Settled::Defective(_) => then.status == CallStatus::Failed && then.started_at.is_none(),
            Settled::OutcomeUnknown => then.status == CallStatus::Unknown,
            Settled::Interrupted => then.status == CallStatus::Failed,
        };
        if !agrees {
            let now = match verdict {
                Settled::Refused(judgement) => format!("refused by {}", by(judgement)),
                Settled::AsDecided
                | Settled::Defective(_)
                | Settled::OutcomeUnknown
                | Settled::Interrupted => "not run".to_owned(),
            };
            return Err(self.differs(then, &now));
        }
        let call = self.walked(id)?;
        call.status = then.status;
        call.result = Some(then.result.clone().unwrap_or_default());
        Ok(())
    }

    fn ask(&mut self, then: &ToolCallRow, judgement: Judgement) -> Result<Flow, String> {
        let Some(place) = self.question(then.id) else {
            let now = format!("asked about by {}", by(judgement));
            return if then.status == CallStatus::Proposed {
                self.end(&now)
            } else {
                Err(self.differs(then, &now))
            };
        };
        let approval = self.approvals.remove(place);
        let call = self.walked(then.id)?;
        call.edited_arguments.clone_from(&approval.edited_arguments);
        call.status = match approval.status {
            ApprovalStatus::Pending => CallStatus::Waiting,
            ApprovalStatus::Approved => CallStatus::Approved,
            ApprovalStatus::Denied => CallStatus::Denied,
            ApprovalStatus::Expired => CallStatus::Expired,
            ApprovalStatus::Superseded => CallStatus::Superseded,
        };
        Ok(Flow::Continue)
    }

    fn run(&mut self, then: &ToolCallRow, judgement: Judgement) -> Result<Flow, String> {
        let was_proposed = self.walked(then.id)?.status == CallStatus::Proposed;
        let agrees = !was_proposed || self.was_decided(then.id, judgement);
        match (then.started_at, self.question(then.id)) {
            (Some(_), None) if agrees => {
                self.walked(then.id)?.clone_from(then);
                Ok(Flow::Continue)
            }
            // The turn ended before it came to that.
            (None, None) if !was_proposed || then.status == CallStatus::Proposed => {
                self.end(&format!("{} would run", then.tool))
            }
            _ => Err(self.differs(then, &format!("run, let by {}", by(judgement)))),
        }
    }

    fn finish(&self, outcome: Outcome) -> Result<Flow, String> {
        let status = self.story.rows.turn.status;
        let would = TurnStatus::from(outcome);
        if self.rows.steps.len() == self.complete_steps() && would == status {
            return Ok(Flow::End);
        }
        self.end(&format!("the turn would end as {would}"))
    }

    /// What the rules have not decided: a stop, a failure, a newer message, a budget.
    fn end(&self, would: &str) -> Result<Flow, String> {
        let (status, walked) = (self.story.rows.turn.status, self.rows.steps.len());
        match status {
            TurnStatus::Stopped
            | TurnStatus::Superseded
            | TurnStatus::Failed
            | TurnStatus::Limited
                if walked == self.complete_steps() =>
            {
                Ok(Flow::End)
            }
            _ if walked < self.complete_steps() => {
                Err(format!("{would}; then the model was asked again"))
            }
            _ => Err(format!("{would}; then the turn was {status}")),
        }
    }

    fn complete_steps(&self) -> usize {
        let steps = self.story.rows.steps.iter();
        steps.filter(|step| step.status == StepStatus::Complete).count()
    }

    fn recorded(&self, id: ToolCallId) -> Result<&'a ToolCallRow, String> {
        self.story.rows.call(id).ok_or_else(|| format!("there is no call {id}"))
    }

    fn walked(&mut self, id: ToolCallId) -> Result<&mut ToolCallRow, String> {
        let found = self.rows.calls.iter_mut().find(|call| call.id == id);
        found.ok_or_else(|| format!("there is no call {id}"))
    }

    /// Where the next question about a call stands.
    fn question(&self, id: ToolCallId) -> Option<usize> {
        self.approvals.iter().position(|approval| approval.tool_call_id == id)
    }

    /// Whether this was what decided a call then.
    fn was_decided(&self, id: ToolCallId, judgement: Judgement) -> bool {
        self.story.decisions.iter().any(|decision| {
            let is_same =
                (decision.verdict == Verdict::Allow) == (judgement.verdict == Verdict::Allow);
            let rule = judgement.rule.map(|rule| rule.to_string());
            decision.tool_call_id == id
                && is_same
                && decision.by.kind == judgement.by
                && rule.is_none_or(|rule| decision.by.id.as_ref() == Some(&rule))
        })
    }

    fn differs(&self, then: &ToolCallRow, now: &str) -> String {
        let was_asked = self.story.rows.question(then.id).is_some();
        let decisions = self.story.decisions.iter();
        let decided = decisions.rev().find(|decision| decision.tool_call_id == then.id);
        let before = match decided {
            Some(decision) if decision.verdict == Verdict::Allow => {
                format!("let run by {}", decision.by.kind)
            }
            Some(decision) => format!("refused by {}", decision.by.kind),
            None if was_asked => "asked about".to_owned(),
            None => then.status.to_string(),
        };
        format!("{} is {now} now; then it was {before}", then.tool)
    }

    fn words(&self, step: &Step) -> String {
        let tool = |id: &ToolCallId| self.rows.call(*id).map_or("", |call| &call.tool);
        let judged = |calls: &[(ToolCallId, Judgement)]| {
            let words = |(id, judgement): &(_, _)| format!("{} ({})", tool(id), by(*judgement));
            calls.iter().map(words).collect::<Vec<_>>().join(", ")
        };
        match step {
            Step::CallModel => "call the model".to_owned(),
            Step::Settle(calls) => {
                let names: Vec<&str> = calls.iter().map(|call| tool(&call.id)).collect();
                format!("settle {}", names.join(", "))
            }
            Step::Ask(calls) => format!("ask about {}", judged(calls)),
            Step::RunTools(calls) => format!("run {}", judged(calls)),
            Step::Park => "wait".to_owned(),
            Step::Finish(outcome) => format!("finish: {outcome:?}").to_lowercase(),
        }
    }
}

/// What gives a judgement.
fn by(judgement: Judgement) -> String {
    match judgement.rule {
        Some(rule) => format!("{} {rule}", judgement.by),
        None => judgement.by.to_string(),
    }
}
