//! One answer of the model: its deltas go to the viewers as they come, and the whole of it to the
//! database with its calls, in one transaction.

use std::collections::HashMap;

use agent::message::{Block, text_block};
use agent::model::{BlockKind, ModelError, ModelEvent, ModelReply, Usage};
use agent::tool::check_arguments;
use agent::turn::Outcome;
use agent::{Chunk, ToolCallId, digest};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use store::{NewStep, NewToolCall, StepStatus, TurnRows};

use super::driver::{Driver, Flow};
use crate::{AppError, prompt, view};

/// How often a broken answer is asked for again: nothing of it has run.
const REPEATS: u32 = 2;

/// What has come of an answer so far.
#[derive(Default)]
struct Answer {
    /// Whether viewers have seen the step begin, perhaps with an earlier try.
    begun: bool,
    /// Text and reasoning by block, kept if the answer breaks off.
    kept: Vec<Kept>,
    /// Our ids of the calls, by the model's.
    call_ids: HashMap<String, ToolCallId>,
    /// What each open block is to viewers.
    open: HashMap<usize, Open>,
}

struct Kept {
    is_reasoning: bool,
    text: String,
}

#[derive(Clone, Copy)]
enum Open {
    /// By its place among what is kept.
    Text(usize),
    /// Viewers see it from its first text on, because it may stay empty.
    Reasoning(usize),
    Call(ToolCallId),
}

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
        let request = prompt::request(&app.0.settings, &self.tools, &self.history, rows);
        let seq = rows.model_calls;
        self.log.close_step();
        let (mut repeats, mut begun) = (0, false);
        loop {
            let mut answer = Answer { begun, ..Answer::default() };
            let seq = seq + i64::from(repeats);
            match self.listen(app.0.model.stream(request.clone()), seq, &mut answer).await {
                Ending::Reply(reply) => {
                    self.begin(&mut answer);
                    return self.record(rows, *reply, &answer).await;
                }
                Ending::Stopped => {
                    self.leave(&answer, seq);
                    let partial = answer.partial(&rows.turn.model, Usage::default());
                    return self.finish(Outcome::Stopped, partial).await;
                }
                Ending::Draining => {
                    app.0.store.turns().release(self.fence).await?;
                    return Ok(Flow::End);
                }
                Ending::Broken(error) => {
                    tracing::warn!(
                        turn = %self.fence.turn, %error, request_id = ?error.request_id, repeats,
                        "the model's answer broke off"
                    );
                    // Before its first event the client has tried again by itself.
                    let has_begun = error.started || error.usage.total() > 0;
                    if !(has_begun && error.kind.is_passing() && repeats < REPEATS) {
                        self.leave(&answer, seq);
                        let partial = answer.partial(&rows.turn.model, error.usage);
                        let text = error.kind.advice();
                        app.end_failed(self.fence, &self.log, text, partial).await?;
                        return Ok(Flow::End);
                    }
                    let broken = broken_step(&rows.turn.model, &error);
                    let turns = app.0.store.turns();
                    turns.record_step(self.fence, broken, Vec::new(), app.now()).await?;
                    repeats += 1;
                    begun = answer.begun;
                    if begun {
                        self.log.push(Chunk::ResetStep);
                    }
                }
            }
        }
    }

    /// Hands the events of one attempt to the viewers until it ends or the person stops it.
    async fn listen(
        &mut self,
        mut events: agent::model::ModelStream,
        seq: i64,
        answer: &mut Answer,
    ) -> Ending {
        let mut draining = self.app.0.draining.subscribe();
        loop {
            let event = tokio::select! {
                biased;
                _ = self.stop.wait_for(|stop| *stop) => return Ending::Stopped,
                _ = draining.wait_for(|draining| *draining), if answer.is_empty() => {
                    return Ending::Draining;
                }
                event = events.next() => event,
            };
            match event {
                Some(Ok(ModelEvent::Done(reply))) => return Ending::Reply(reply),
                Some(Ok(event)) => self.show(event, seq, answer),
                Some(Err(error)) => return Ending::Broken(error),
                None => return Ending::Broken(nothing_came()),
            }
        }
    }

    /// Begins the step for viewers, unless they have seen it begin.
    fn begin(&self, answer: &mut Answer) {
        if !std::mem::replace(&mut answer.begun, true) {
            self.log.push(Chunk::StartStep);
        }
    }

    /// Leaves viewers with what is kept of an answer that broke off.
    fn leave(&self, answer: &Answer, seq: i64) {
        if answer.call_ids.is_empty() {
            for (index, open) in &answer.open {
                self.end_block(*open, view::part_id(seq, *index), answer);
            }
            return;
        }
        // A call that is not complete has no end of its own.
        self.log.push(Chunk::ResetStep);
        for (place, raw) in answer.content().iter().enumerate() {
            for chunk in view::block_chunks(&view::part_id(seq, place), raw, &[]) {
                self.log.push(chunk);
            }
        }
    }

    fn end_block(&self, open: Open, id: String, answer: &Answer) {
        match open {
            Open::Text(_) => self.log.push(Chunk::TextEnd { id }),
            Open::Reasoning(place) if !answer.is_blank(place) => {
                self.log.push(Chunk::ReasoningEnd { id });
            }
            // The arguments are shown once the whole answer is stored.
            Open::Reasoning(_) | Open::Call(_) => {}
        }
    }

    fn show(&self, event: ModelEvent, seq: i64, answer: &mut Answer) {
        self.begin(answer);
        match event {
            ModelEvent::BlockStart { index, kind } => {
                let id = view::part_id(seq, index);
                match kind {
                    BlockKind::Text => {
                        let place = answer.keep(false);
                        answer.open.insert(index, Open::Text(place));
                        self.log.push(Chunk::TextStart { id });
                    }
                    BlockKind::Reasoning => {
                        let place = answer.keep(true);
                        answer.open.insert(index, Open::Reasoning(place));
                    }
                    BlockKind::ToolInput { id, name } => {
                        let call: ToolCallId = store::fresh();
                        answer.call_ids.insert(id, call);
                        answer.open.insert(index, Open::Call(call));
                        let title = self.tools.get(&name).map(|tool| tool.spec().title.clone());
                        self.log.push(Chunk::ToolInputStart {
                            tool_call_id: call.to_string(),
                            tool_name: name,
                            dynamic: true,
                            title,
                        });
                    }
                }
            }
            ModelEvent::BlockDelta { index, delta } => match answer.open.get(&index).copied() {
                Some(Open::Text(place)) => {
                    answer.append(place, &delta);
                    self.log.push(Chunk::TextDelta { id: view::part_id(seq, index), delta });
                }
                Some(Open::Reasoning(place)) if !delta.is_empty() => {
                    let id = view::part_id(seq, index);
                    if answer.is_blank(place) {
                        self.log.push(Chunk::ReasoningStart { id: id.clone() });
                    }
                    answer.append(place, &delta);
                    self.log.push(Chunk::ReasoningDelta { id, delta });
                }
                Some(Open::Call(call)) => self.log.push(Chunk::ToolInputDelta {
                    tool_call_id: call.to_string(),
                    input_text_delta: delta,
                }),
                Some(Open::Reasoning(_)) | None => {}
            },
            ModelEvent::BlockEnd { index } => {
                if let Some(open) = answer.open.remove(&index) {
                    self.end_block(open, view::part_id(seq, index), answer);
                }
            }
            ModelEvent::Done(_) => {}
        }
    }

    /// Stores a complete answer with its calls.
    async fn record(
        &mut self,
        rows: &TurnRows,
        reply: ModelReply,
        answer: &Answer,
    ) -> Result<Flow, AppError> {
        let calls: Vec<NewToolCall> = reply
            .content
            .iter()
            .filter_map(|raw| match Block::of(raw) {
                Block::ToolUse { id, name, input } => Some((id, name, input)),
                Block::Text(_) | Block::Thinking(_) | Block::Other(_) => None,
            })
            .map(|(id, name, input)| {
                let ours = answer.call_ids.get(id).copied().unwrap_or_else(store::fresh);
                let is_valid = !reply.invalid_calls.iter().any(|invalid| invalid == id);
                self.new_call(ours, id, name, input, is_valid)
            })
            .collect();
        let step = NewStep {
            id: store::fresh(),
            status: StepStatus::Complete,
            content: reply.content,
            stop: Some(reply.stop),
            model: reply.model,
            usage: reply.usage,
            request_id: reply.request_id,
        };
        let (id, ids): (_, Vec<ToolCallId>) = (step.id, calls.iter().map(|call| call.id).collect());
        tracing::debug!(turn = %rows.turn.id, request_id = ?step.request_id, "an answer is complete");
        self.app.0.store.turns().record_step(self.fence, step, calls, self.app.now()).await?;
        if !ids.is_empty() {
            for call in self.reload().await?.calls.iter().filter(|call| ids.contains(&call.id)) {
                self.log.push(view::input_chunk(call));
            }
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
        let spec = self.tools.get(name).map(|tool| tool.spec());
        let schema_hash = spec.map(|spec| spec.schema_hash.clone()).unwrap_or_default();
        let digest = digest::of_call(name, input, &schema_hash);
        let defect = if !is_valid {
            Some("its arguments are not valid JSON".to_owned())
        } else if let Err(error) = &digest {
            Some(error.to_string())
        } else {
            spec.and_then(|spec| argument_defect(&spec.input_schema, input))
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

fn argument_defect(schema: &Value, input: &Value) -> Option<String> {
    let problems = check_arguments(schema, input);
    if problems.is_empty() {
        return None;
    }
    let list: Vec<String> = problems
        .into_iter()
        .map(|problem| format!("{}: {}", problem.pointer, problem.problem))
        .collect();
    Some(format!("its arguments do not fit the tool's schema ({})", list.join("; ")))
}

impl Answer {
    fn is_empty(&self) -> bool {
        self.open.is_empty() && self.kept.is_empty() && self.call_ids.is_empty()
    }

    fn keep(&mut self, is_reasoning: bool) -> usize {
        self.kept.push(Kept { is_reasoning, text: String::new() });
        self.kept.len() - 1
    }

    fn append(&mut self, place: usize, delta: &str) {
        if let Some(kept) = self.kept.get_mut(place) {
            kept.text.push_str(delta);
        }
    }

    fn is_blank(&self, place: usize) -> bool {
        self.kept.get(place).is_none_or(|kept| kept.text.is_empty())
    }

    /// What is kept, as content. Of it the model is sent the text only.
    fn content(&self) -> Vec<Value> {
        let blocks = self.kept.iter().filter(|kept| !kept.text.is_empty());
        blocks
            .map(|kept| {
                if kept.is_reasoning {
                    json!({"type": "thinking", "thinking": kept.text})
                } else {
                    text_block(&kept.text)
                }
            })
            .collect()
    }

    /// What is kept as a step of its own, if there is any of it or a bill.
    fn partial(&self, model: &str, usage: Usage) -> Option<NewStep> {
        let content = self.content();
        (!content.is_empty() || usage.total() > 0).then(|| NewStep {
            id: store::fresh(),
            status: StepStatus::Interrupted,
            content,
            stop: None,
            model: model.to_owned(),
            usage,
            request_id: None,
        })
    }
}

fn broken_step(model: &str, error: &ModelError) -> NewStep {
    NewStep {
        id: store::fresh(),
        status: StepStatus::Broken,
        content: Vec::new(),
        stop: None,
        model: model.to_owned(),
        usage: error.usage,
        request_id: error.request_id.clone(),
    }
}

fn nothing_came() -> ModelError {
    ModelError {
        kind: agent::model::ModelErrorKind::Truncated,
        message: "the stream ended without an answer".to_owned(),
        started: false,
        usage: Usage::default(),
        request_id: None,
        retry_after: None,
    }
}
