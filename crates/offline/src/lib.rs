//! The built-in offline model: it answers without any key and understands a published list of
//! plain English requests (`docs/offline-model.md`), which it turns into tool calls.
//!
//! It keeps nothing between calls and knows no clock. Everything comes from the request: the
//! conversation is replayed from its first message, and date and zone come from the server's stamp.

mod absolute;
mod answer;
mod conversation;
mod dates;
mod followup;
mod list;
mod phrases;
mod plan;
mod smalltalk;
mod stamp;
mod target;
mod task;
mod words;

use std::time::Duration;

use agent::message::text_block;
use agent::model::{
    BlockKind, Model, ModelEvent, ModelInfo, ModelReply, ModelRequest, ModelStream, StopReason,
    Usage,
};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

/// The built-in model.
#[derive(Clone, Debug)]
pub struct Offline {
    info: ModelInfo,
    pace: Duration,
}

impl Offline {
    /// A model that waits `pace` before each piece of its answer, so that it can be read along.
    /// With any pace but zero its streams need a tokio runtime with a timer.
    pub fn new(pace: Duration) -> Self {
        let info =
            ModelInfo { provider: "offline".to_owned(), id: "offline".to_owned(), offline: true };
        Self { info, pace }
    }
}

impl Model for Offline {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn stream(&self, request: ModelRequest) -> ModelStream {
        let made = conversation::calls_made(&request.messages);
        let events = events(&plan::answer(&request), made);
        let pace = self.pace;
        Box::pin(stream::iter(events).then(move |event| async move {
            if matches!(event, ModelEvent::BlockDelta { .. }) && !pace.is_zero() {
                tokio::time::sleep(pace).await;
            }
            Ok(event)
        }))
    }
}

/// The events of an answer; `made` calls were made before it in the conversation.
fn events(answer: &plan::Answer, made: usize) -> Vec<ModelEvent> {
    let mut events = Vec::new();
    let mut content: Vec<Value> = Vec::new();
    if !answer.text.is_empty() {
        let words = answer.text.split_inclusive(char::is_whitespace).map(str::to_owned);
        block(&mut events, content.len(), BlockKind::Text, words);
        content.push(text_block(&answer.text));
    }
    for (number, (name, input)) in (made + 1..).zip(&answer.calls) {
        let id = format!("toolu_off_{number}");
        let kind = BlockKind::ToolInput { id: id.clone(), name: name.clone() };
        block(&mut events, content.len(), kind, std::iter::once(input.to_string()));
        content.push(json!({"type": "tool_use", "id": id, "name": name, "input": input}));
    }
    let stop = if answer.calls.is_empty() { StopReason::EndTurn } else { StopReason::ToolUse };
    events.push(ModelEvent::Done(Box::new(ModelReply {
        content,
        invalid_calls: Vec::new(),
        stop,
        // Nothing is billed and nothing counts tokens here; an estimate would only look real.
        usage: Usage::default(),
        model: "offline".to_owned(),
        request_id: None,
    })));
    events
}

fn block(
    events: &mut Vec<ModelEvent>,
    index: usize,
    kind: BlockKind,
    deltas: impl Iterator<Item = String>,
) {
    events.push(ModelEvent::BlockStart { index, kind });
    events.extend(deltas.map(|delta| ModelEvent::BlockDelta { index, delta }));
    events.push(ModelEvent::BlockEnd { index });
}
