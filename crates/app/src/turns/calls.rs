//! Running tool calls: `started` is written before the effect, the result after. Reads run side by
//! side; a write comes alone, and the rows are looked at again after it.

use std::sync::Arc;

use agent::permission::Judgement;
use agent::tool::{Tool, ToolCall, ToolError, ToolOutput};
use agent::{CallStatus, ToolCallId};
use futures_util::future::join_all;
use serde_json::Value;
use store::{ToolCallRow, TurnRows, User};

use super::driver::{Driver, Flow};
use crate::{App, Result, prompt};

/// How many calls run at once.
const PARALLEL: usize = 4;

/// How often a call is run that may safely be run again.
const ATTEMPTS: u32 = 2;

/// The most text of a result that the model is given.
const MAX_RESULT_CHARS: usize = 40_000;

/// What came of running a call.
struct Ran {
    id: ToolCallId,
    status: CallStatus,
    result: Value,
    taints: bool,
    is_fatal: bool,
}

impl Driver {
    /// Runs what is allowed: some reads, or one write.
    pub(super) async fn run_tools(
        &mut self,
        rows: &TurnRows,
        calls: Vec<(ToolCallId, Judgement)>,
    ) -> Result<Flow> {
        let person = self.person(rows).await?;
        let jobs: Vec<(&ToolCallRow, Judgement, Arc<dyn Tool>)> = calls
            .iter()
            .filter_map(|(id, judgement)| {
                let call = rows.call(*id)?;
                Some((call, *judgement, Arc::clone(self.tools.get(&call.tool)?)))
            })
            .collect();
        for batch in jobs.chunks(PARALLEL) {
            let mut running = Vec::with_capacity(batch.len());
            for (call, judgement, tool) in batch {
                running.push(self.run_call(call, *judgement, Arc::clone(tool), &person));
            }
            for ran in join_all(running).await {
                if let Flow::End = self.keep(ran?).await? {
                    return Ok(Flow::End);
                }
            }
        }
        Ok(Flow::Continue)
    }

    /// Runs one call; `None` if it may no longer start.
    async fn run_call(
        &self,
        row: &ToolCallRow,
        judgement: Judgement,
        tool: Arc<dyn Tool>,
        person: &User,
    ) -> Result<Option<Ran>> {
        let log = (row.status == CallStatus::Proposed).then_some(judgement);
        let turns = self.app.0.store.turns();
        if !turns.start_call(self.fence, row.id, log, self.app.now()).await? {
            return Ok(None);
        }
        let effect = tool.spec().effect;
        let call = self.tool_call(row, person);
        let attempts = if effect.may_rerun() { ATTEMPTS } else { 1 };
        let mut outcome = self.app.attempt(Arc::clone(&tool), call.clone()).await;
        for _ in 1..attempts {
            if !matches!(outcome, Err(ToolError::Uncertain(_))) {
                break;
            }
            outcome = self.app.attempt(Arc::clone(&tool), call.clone()).await;
        }
        Ok(Some(ran(row.id, effect.is_read(), outcome)))
    }

    async fn keep(&self, ran: Option<Ran>) -> Result<Flow> {
        let Some(ran) = ran else { return Ok(Flow::Continue) };
        let turns = self.app.0.store.turns();
        turns
            .finish_call(self.fence, ran.id, ran.status, &ran.result, ran.taints, self.app.now())
            .await?;
        self.push_outputs(&[ran.id]).await?;
        if !ran.is_fatal {
            return Ok(Flow::Continue);
        }
        let text = "A tool failed in a way that ended this answer. The log has the details.";
        self.app.end_failed(self.fence, &self.log, text, None).await?;
        Ok(Flow::End)
    }
}

impl App {
    /// Runs a tool once, guarded against its panics and bounded in time.
    async fn attempt(&self, tool: Arc<dyn Tool>, call: ToolCall) -> Result<ToolOutput, ToolError> {
        let name = tool.spec().name.clone();
        let task = tokio::spawn(async move { tool.call(call).await });
        let abort = task.abort_handle();
        match tokio::time::timeout(self.0.settings.tool_timeout, task).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(panic)) => {
                tracing::error!(tool = name, %panic, "a tool panicked");
                Err(ToolError::Uncertain("the tool broke while it ran".to_owned()))
            }
            Err(_elapsed) => {
                abort.abort();
                Err(ToolError::Uncertain("the tool took too long".to_owned()))
            }
        }
    }
}

fn ran(id: ToolCallId, is_read: bool, outcome: Result<ToolOutput, ToolError>) -> Ran {
    let done = |status, result| Ran { id, status, result, taints: false, is_fatal: false };
    match outcome {
        Ok(ToolOutput { value, from_outside }) => {
            Ran { taints: from_outside, ..done(CallStatus::Succeeded, capped(value)) }
        }
        Err(ToolError::TellModel(text)) => done(CallStatus::Failed, Value::String(text)),
        Err(ToolError::Uncertain(text)) if is_read => done(CallStatus::Failed, Value::String(text)),
        Err(ToolError::Uncertain(text)) => done(
            CallStatus::Unknown,
            Value::String(prompt::outcome_text(CallStatus::Unknown, Some(&text))),
        ),
        Err(ToolError::Fatal(text)) => {
            tracing::error!(call = %id, error = text, "a tool ended the turn");
            let result = Value::String("The tool failed.".to_owned());
            Ran { is_fatal: true, ..done(CallStatus::Failed, result) }
        }
    }
}

/// A result that is too long is cut, and says so.
fn capped(value: Value) -> Value {
    let text = value.to_string();
    let Some((end, _)) = text.char_indices().nth(MAX_RESULT_CHARS) else { return value };
    let kept = text.get(..end).unwrap_or_default();
    Value::String(format!(
        "{kept}\n[cut after {MAX_RESULT_CHARS} characters; ask for less, or for the next page]"
    ))
}
