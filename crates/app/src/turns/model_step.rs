//! One answer of the model: its deltas go to the viewers as they come, and the whole of it to the
//! database with its calls, in one transaction.

use std::collections::HashMap;
use std::sync::Arc;

use agent::message::Block;
use agent::model::{
    ModelError, ModelErrorKind, ModelEvent, ModelReply, ModelRequest, ModelStream, StopReason,
    Usage,
};
use agent::price::{Prices, Spent};
use agent::tool::ArgumentProblem;
use agent::turn::Outcome;
use agent::{Chunk, ToolCallId, digest};
use futures_util::StreamExt as _;
use serde_json::Value;
use store::{CallKind, NewStep, NewToolCall, StepStatus, TurnRows};
use tokio::sync::watch;

use super::answer::Answer;
use super::budget::estimate;
use super::driver::{Driver, Flow};
use crate::{App, AppError, view};

/// How often a broken answer is asked for again: nothing of it has run.
const REPEATS: u32 = 2;

enum Ending {
    Reply(Box<ModelReply>),
    Broken(ModelError),
    Stopped,
    Draining,
}

impl Driver {
    /// Asks the model, with repeats for answers that break off.
    pub(super) async fn call_model(&mut self, rows: &TurnRows) -> Result<Flow, AppError> {
        let app = self.app.clone();
        if self.history.asks_to_compact {
            return self.compact(rows).await;
        }
        let request = self.request(rows).await?;
        if let Some(flow) = self.make_room(rows, &request).await? {
            return Ok(flow);
        }
        let (seq, prices) = (rows.model_calls, &app.0.settings.prices);
        self.log.close_step();
        let (log, tools) = (Arc::clone(&self.log), Arc::clone(&self.tools));
        let (mut repeats, mut begun) = (0, false);
        loop {
            if !self.reserve(rows, estimate(rows, &request)).await? {
                return self.finish(Outcome::Limited, None).await;
            }
            let mut answer = Answer::new(&log, &tools, seq + i64::from(repeats), begun);
            let model = &app.0.models.default_model().model;
            match listen(model.stream(request.clone()), &mut self.stop, &app, &mut answer).await {
                Ending::Reply(reply) => {
                    if reply.stop == StopReason::ContextWindowExceeded
                        && let Some(flow) = self.squeeze(rows, &request).await?
                    {
                        answer.reset();
                        return self.again(rows, reply.usage, reply.request_id, flow).await;
                    }
                    answer.begin();
                    let call_ids = answer.into_call_ids();
                    return self.record(rows, &request, *reply, &call_ids).await;
                }
                Ending::Stopped => {
                    answer.leave();
                    let partial = answer.partial(&rows.turn.model, prices);
                    return self.finish(Outcome::Stopped, partial).await;
                }
                Ending::Draining => {
                    let turns = app.0.store.turns();
                    let usage = answer.billed();
                    if usage.total() > 0 {
                        self.pay(Some(broken_step(&rows.turn.model, prices, usage, None))).await?;
                    }
                    turns.release(self.fence).await?;
                    return Ok(Flow::End);
                }
                Ending::Broken(error) => {
                    answer.take(ModelEvent::Usage(error.usage));
                    tracing::warn!(
                        turn = %self.fence.turn, %error, request_id = ?error.request_id, repeats,
                        "the model's answer broke off"
                    );
                    if error.kind == ModelErrorKind::TooLong
                        && let Some(flow) = self.squeeze(rows, &request).await?
                    {
                        answer.reset();
                        return self.again(rows, answer.billed(), error.request_id, flow).await;
                    }
                    // Before its first event the client has tried again by itself.
                    let has_begun = error.started || error.usage.total() > 0;
                    if !(has_begun && error.kind.is_passing() && repeats < REPEATS) {
                        answer.leave();
                        let partial = answer.partial(&rows.turn.model, prices);
                        let text = error.kind.advice();
                        app.end_failed(self.fence, &self.log, text, partial).await?;
                        return Ok(Flow::End);
                    }
                    let usage = answer.billed();
                    let broken = broken_step(&rows.turn.model, prices, usage, error.request_id);
                    self.pay(Some(broken)).await?;
                    repeats += 1;
                    begun = answer.has_begun();
                    if begun {
                        self.log.push(Chunk::ResetStep);
                    }
                }
            }
        }
    }

    /// Goes on after an answer that did not fit, which is paid for.
    async fn again(
        &self,
        rows: &TurnRows,
        usage: Usage,
        request_id: Option<String>,
        flow: Flow,
    ) -> Result<Flow, AppError> {
        if matches!(flow, Flow::Continue) && usage.total() > 0 {
            let prices = &self.app.0.settings.prices;
            let broken = broken_step(&rows.turn.model, prices, usage, request_id);
            self.pay(Some(broken)).await?;
        }
        Ok(flow)
    }

    /// Stores a complete answer with its calls.
    async fn record(
        &mut self,
        rows: &TurnRows,
        request: &ModelRequest,
        reply: ModelReply,
        call_ids: &HashMap<String, ToolCallId>,
    ) -> Result<Flow, AppError> {
        let calls: Vec<NewToolCall> = reply
            .content
            .iter()
            .filter_map(|raw| match Block::of(raw) {
                Block::ToolUse { id, name, input } => Some((id, name, input)),
                Block::Text(_) | Block::Thinking(_) | Block::Other(_) => None,
            })
            .map(|(id, name, input)| {
                let ours = call_ids.get(id).copied().unwrap_or_else(store::fresh);
                let is_valid = !reply.invalid_calls.iter().any(|invalid| invalid == id);
                self.new_call(ours, id, name, input, is_valid)
            })
            .collect();
        let now = self.app.now();
        let (layout, cache_note) = self.history.trace(rows, request, reply.usage, now);
        if let Some(note) = &cache_note {
            tracing::debug!(turn = %rows.turn.id, note, "the prompt cache missed");
        }
        let spent = self.spent(rows, &reply);
        let step = NewStep {
            id: store::fresh(),
            status: StepStatus::Complete,
            kind: CallKind::Answer,
            content: reply.content,
            stop: Some(reply.stop),
            spent,
            model: reply.model,
            request_id: reply.request_id,
            layout: Some(layout),
            cache_note,
        };
        let (id, ids): (_, Vec<ToolCallId>) = (step.id, calls.iter().map(|call| call.id).collect());
        tracing::debug!(turn = %rows.turn.id, request_id = ?step.request_id, "an answer is complete");
        self.app.0.store.turns().record_step(self.fence, step, calls, now).await?;
        if !ids.is_empty() {
            for call in self.reload().await?.calls.iter().filter(|call| ids.contains(&call.id)) {
                self.log.push(view::input_chunk(call));
            }
        }
        self.log.mark_outputs(id);
        Ok(Flow::Continue)
    }

    /// What an answer cost, by the name of the model that gave it or, if that has no price, of the
    /// one that was asked.
    fn spent(&self, rows: &TurnRows, reply: &ModelReply) -> Spent {
        let cost = |model| self.app.0.settings.prices.cost(model, reply.usage);
        let cost_nanos = cost(&reply.model).or_else(|| cost(&rows.turn.model));
        Spent { usage: reply.usage, cost_nanos }
    }

    fn new_call(
        &self,
        id: ToolCallId,
        model_call_id: &str,
        name: &str,
        input: &Value,
        is_valid: bool,
    ) -> NewToolCall {
        let tool = self.tools.get(name);
        let spec = tool.map(|tool| tool.spec());
        let schema_hash = spec.map(|spec| spec.schema_hash.clone()).unwrap_or_default();
        let digest = digest::of_call(name, input, &schema_hash);
        let defect = if !is_valid {
            Some("its arguments are not valid JSON".to_owned())
        } else if let Err(error) = &digest {
            Some(error.to_string())
        } else {
            tool.and_then(|tool| argument_defect(&tool.check(input)))
        };
        NewToolCall {
            id,
            model_call_id: model_call_id.to_owned(),
            tool: name.to_owned(),
            title: spec.map(|spec| spec.title.clone()).unwrap_or_default(),
            effect: spec.map_or(agent::tool::Effect::OUTWARD, |spec| spec.effect).word().to_owned(),
            arguments: input.clone(),
            schema_hash,
            digest: digest.unwrap_or_else(|_| String::new()),
            defect,
        }
    }
}

/// Hands the events of one attempt to the viewers until it ends or the person stops it.
async fn listen(
    mut events: ModelStream,
    stop: &mut watch::Receiver<bool>,
    app: &App,
    answer: &mut Answer<'_>,
) -> Ending {
    let mut draining = app.0.draining.subscribe();
    loop {
        let event = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return Ending::Stopped,
            // Nobody has seen anything of it yet, so it can be asked for again after the restart.
            _ = draining.wait_for(|draining| *draining), if !answer.has_begun() => {
                return Ending::Draining;
            }
            event = events.next() => event,
        };
        match event {
            Some(Ok(ModelEvent::Done(reply))) => return Ending::Reply(reply),
            Some(Ok(event)) => answer.take(event),
            Some(Err(error)) => return Ending::Broken(error),
            None => return Ending::Broken(nothing_came()),
        }
    }
}

fn argument_defect(problems: &[ArgumentProblem]) -> Option<String> {
    if problems.is_empty() {
        return None;
    }
    let list: Vec<String> = problems
        .iter()
        .map(|problem| format!("{}: {}", problem.pointer, problem.problem))
        .collect();
    Some(format!("its arguments do not fit ({})", list.join("; ")))
}

fn broken_step(model: &str, prices: &Prices, usage: Usage, request_id: Option<String>) -> NewStep {
    NewStep {
        id: store::fresh(),
        status: StepStatus::Broken,
        kind: CallKind::Answer,
        content: Vec::new(),
        stop: None,
        model: model.to_owned(),
        spent: prices.spent(model, usage),
        request_id,
        layout: None,
        cache_note: None,
    }
}

fn nothing_came() -> ModelError {
    ModelError {
        kind: ModelErrorKind::Truncated,
        message: "the stream ended without an answer".to_owned(),
        started: false,
        usage: Usage::default(),
        request_id: None,
        retry_after: None,
    }
}
