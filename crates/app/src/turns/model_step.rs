//! One answer of the model: its deltas go to the viewers as they come, and the whole of it to the
//! database with its calls, in one transaction.

use std::collections::HashMap;
use std::sync::Arc;

use agent::message::Block;
use agent::model::{
    ModelError, ModelErrorKind, ModelEvent, ModelReply, ModelRequest, ModelStream, StopReason,
    Usage,
};
use agent::tool::ArgumentProblem;
use agent::turn::Outcome;
use agent::{Chunk, ToolCallId, digest};
use futures_util::StreamExt as _;
use serde_json::Value;
use store::{CallKind, NewStep, NewToolCall, StepStatus, TurnRows};
use tokio::sync::watch;

use super::answer::Answer;
use super::driver::{Driver, Flow};
use crate::{App, NamedModel, Result, view};

/// How often a broken answer is asked for again: nothing of it has run.
const REPEATS: u32 = 2;

enum Ending {
    Reply(Box<ModelReply>),
    Broken(ModelError),
    Stopped,
    Draining,
}

/// How a step that broke off is tried again.
enum Again {
    /// By the same model.
    Same,
    /// By another one.
    Other(NamedModel),
}

/// What was tried for one step.
#[derive(Default)]
struct Tries {
    repeats: u32,
    /// The models that could not answer.
    models: Vec<String>,
}

impl Driver {
    /// Asks the model, with repeats for answers that break off, and others for one that cannot.
    pub(super) async fn call_model(&mut self, rows: &TurnRows) -> Result<Flow> {
        let app = self.app.clone();
        let prices = &app.0.settings.prices;
        if self.history.asks_to_compact {
            return self.compact(rows).await;
        }
        let mut request = self.request(rows).await?;
        if let Some(flow) = self.make_room(rows, &request).await? {
            return Ok(flow);
        }
        let (log, tools) = (Arc::clone(&self.log), Arc::clone(&self.tools));
        self.log.close_step();
        let (mut seq, mut begun, mut tries) = (rows.model_calls, false, Tries::default());
        loop {
            if let Some(flow) = self.reserve(rows, &self.model, &request).await? {
                return Ok(flow);
            }
            let known = view::vendor_calls(&rows.steps);
            let mut answer = Answer::new(&log, &tools, seq, begun, known, self.notice.clone());
            let events = self.model.model.stream(request.clone());
            let ending = listen(events, &mut self.stop, &app, &mut answer).await;
            if answer.has_told() {
                self.notice = None;
            }
            match ending {
                Ending::Reply(mut reply) => {
                    let (usage, id) = (&mut reply.usage, reply.request_id.as_deref());
                    if reply.stop == StopReason::ContextWindowExceeded
                        && let Some(flow) = self.pay_and_squeeze(rows, &request, usage, id).await?
                    {
                        answer.reset();
                        return Ok(flow);
                    }
                    answer.begin();
                    self.notice = None;
                    answer.cite(&reply.content);
                    let call_ids = answer.into_call_ids();
                    return self.record(rows, &request, *reply, &call_ids).await;
                }
                Ending::Stopped => {
                    answer.leave();
                    let partial = answer.partial(self.model.id(), prices);
                    return self.finish(Outcome::Stopped, partial).await;
                }
                Ending::Draining => return self.give_back(answer.billed()).await,
                Ending::Broken(error) => {
                    answer.take(ModelEvent::Usage(error.usage));
                    tracing::warn!(
                        turn = %self.fence.turn, %error, request_id = ?error.request_id,
                        model = self.model.id(), "the model's answer broke off"
                    );
                    let (mut usage, id) = (answer.billed(), error.request_id.as_deref());
                    if error.kind == ModelErrorKind::TooLong
                        && let Some(flow) =
                            self.pay_and_squeeze(rows, &request, &mut usage, id).await?
                    {
                        answer.reset();
                        return Ok(flow);
                    }
                    answer.take(ModelEvent::Usage(usage));
                    begun = answer.has_begun();
                    let Some(again) = tries.next(&error, &self.model, &app) else {
                        answer.leave();
                        let partial = answer.partial(self.model.id(), prices).map(|partial| {
                            NewStep { request_id: error.request_id.clone(), ..partial }
                        });
                        app.end_failed(self.fence, &self.log, &error.advice(), partial).await?;
                        return Ok(Flow::End);
                    };
                    let why = error.to_string();
                    self.bill(answer.billed(), error.request_id, Some(&why)).await?;
                    seq += 1;
                    if begun {
                        self.log.push(Chunk::ResetStep);
                    }
                    if let Again::Other(model) = again {
                        self.fall_back(rows, model).await?;
                        request = self.request(rows).await?;
                        if let Some(flow) = self.make_room(rows, &request).await? {
                            return Ok(flow);
                        }
                    }
                }
            }
        }
    }

    /// Makes room after an answer that did not fit. That is paid for first, because making room may
    /// end the turn; nothing of `usage` is left to pay then.
    async fn pay_and_squeeze(
        &mut self,
        rows: &TurnRows,
        request: &ModelRequest,
        usage: &mut Usage,
        request_id: Option<&str>,
    ) -> Result<Option<Flow>> {
        if self.squeezed.is_some() {
            return Ok(None);
        }
        if usage.total() > 0 {
            self.bill(std::mem::take(usage), request_id.map(str::to_owned), None).await?;
        }
        self.squeeze(rows, request).await
    }

    /// Leaves the turn to the process that comes next.
    async fn give_back(&self, usage: Usage) -> Result<Flow> {
        if usage.total() > 0 {
            self.bill(usage, None, None).await?;
        }
        self.app.0.store.turns().release(self.fence).await?;
        Ok(Flow::End)
    }

    /// Keeps what an answer cost that is not kept itself, and why it broke off.
    async fn bill(
        &self,
        usage: Usage,
        request_id: Option<String>,
        why: Option<&str>,
    ) -> Result<()> {
        let (app, model) = (&self.app.0, self.model.id());
        let spent = app.settings.prices.spent(model, model, usage);
        let broken = NewStep { request_id, ..NewStep::bill(CallKind::Answer, model, spent) };
        let (turns, id) = (app.store.turns(), broken.id);
        turns.record_step(self.fence, broken, Vec::new(), self.app.now()).await?;
        if let Some(why) = why {
            turns.annotate(self.fence, id, why).await?;
        }
        Ok(())
    }

    /// Lets another model answer for the rest of the turn.
    async fn fall_back(&mut self, rows: &TurnRows, model: NamedModel) -> Result<()> {
        self.app.0.store.turns().fall_back(self.fence, &model.name, false).await?;
        self.notice = view::other_model(&self.reload().await?.turn);
        self.history = self.app.history(&rows.turn, &model).await?;
        self.model = model;
        // The other one's window is another.
        (self.squeezed, self.left_out, self.unsummarised) = (None, 0, false);
        Ok(())
    }

    /// Stores a complete answer with its calls.
    async fn record(
        &mut self,
        rows: &TurnRows,
        request: &ModelRequest,
        reply: ModelReply,
        call_ids: &HashMap<String, ToolCallId>,
    ) -> Result<Flow> {
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
        let prices = &self.app.0.settings.prices;
        let spent = prices.spent(&reply.model, self.model.id(), reply.usage);
        let step = NewStep {
            status: StepStatus::Complete,
            content: reply.content,
            stop: Some(reply.stop),
            request_id: reply.request_id,
            layout: Some(layout),
            cache_note,
            ..NewStep::bill(CallKind::Answer, reply.model, spent)
        };
        let (id, ids): (_, Vec<ToolCallId>) = (step.id, calls.iter().map(|call| call.id).collect());
        tracing::debug!(turn = %rows.turn.id, request_id = ?step.request_id, "an answer is complete");
        let request_id = step.request_id.clone();
        let turns = self.app.0.store.turns();
        if let Err(error) = turns.record_step(self.fence, step, calls, now).await {
            // It is to be paid for even if it cannot be kept.
            self.bill(spent.usage, request_id, Some("it could not be stored")).await?;
            return Err(error.into());
        }
        if !ids.is_empty() {
            let rows = self.reload().await?;
            let calls = rows.calls.iter().filter(|call| ids.contains(&call.id));
            self.log.extend(calls.map(view::input_chunk));
        }
        self.log.mark_outputs(id);
        Ok(Flow::Continue)
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

impl Tries {
    /// How to go on after this; not at all if nobody is left who may be asked.
    fn next(&mut self, error: &ModelError, model: &NamedModel, app: &App) -> Option<Again> {
        if !error.kind.is_passing() {
            return None;
        }
        // Before its first event the client has tried again by itself.
        let has_begun = error.started || error.usage.total() > 0;
        if has_begun && self.repeats < REPEATS {
            self.repeats += 1;
            return Some(Again::Same);
        }
        self.models.push(model.name.clone());
        let (models, now) = (&app.0.models, app.now());
        models.let_rest(model, error.retry_after, now);
        models.instead(&self.models, now).cloned().map(Again::Other)
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
            None => {
                let nothing = "the stream ended without an answer";
                return Ending::Broken(ModelError::new(ModelErrorKind::Truncated, nothing));
            }
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
