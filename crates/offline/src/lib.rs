//! The built-in offline model: it answers without any key and understands a published list of
//! plain English requests (`docs/offline-model.md`), which it turns into tool calls. What it
//! understands and says is data, in the tables of `grammar`.
//!
//! It keeps nothing between calls and knows no clock. Everything comes from the request: the
//! conversation is replayed from its first message, and date and zone come from the server's stamp.

mod answer;
mod conversation;
mod dates;
mod outside;
mod plan;
mod requests;
mod words;

use std::time::Duration;

use agent::message::text_block;
use agent::model::{
    BlockKind, Capabilities, Model, ModelEvent, ModelInfo, ModelReply, ModelRequest, ModelStream,
    StopReason, Usage,
};
use futures_util::{StreamExt, stream};
use serde_json::json;

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
        let (provider, id) = ("offline".to_owned(), "offline".to_owned());
        // It looks at neither, and needs no words about that among the person's.
        let capabilities = Capabilities { images: true, documents: true, ..Default::default() };
        let info = ModelInfo { provider, id, offline: true, capabilities };
        Self { info, pace }
    }
}

impl Model for Offline {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn stream(&self, request: ModelRequest) -> ModelStream {
        let blocks = request.messages.iter().flat_map(|message| &message.content);
        let made = blocks.filter(|raw| raw["type"] == "tool_use").count();
        let events = events(plan::answer(&request), made);
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
fn events(answer: answer::Answer, made: usize) -> Vec<ModelEvent> {
    let stop = if answer.calls.is_empty() { StopReason::EndTurn } else { StopReason::ToolUse };
    let words = answer.text.split_inclusive(char::is_whitespace).map(str::to_owned).collect();
    let text = (BlockKind::Text, words, text_block(&answer.text));
    let calls = (made + 1..).zip(answer.calls).map(|(number, (name, input))| {
        let id = format!("toolu_off_{number}");
        let block = json!({"type": "tool_use", "id": id, "name": name, "input": input});
        (BlockKind::ToolInput { id, name }, vec![input.to_string()], block)
    });
    let blocks = Some(text).filter(|_| !answer.text.is_empty()).into_iter().chain(calls);
    let (mut events, mut content) = (Vec::new(), Vec::new());
    for (index, (kind, deltas, block)) in blocks.enumerate() {
        events.push(ModelEvent::BlockStart { index, kind });
        events.extend(deltas.into_iter().map(|delta| ModelEvent::BlockDelta { index, delta }));
        events.push(ModelEvent::BlockEnd { index });
        content.push(block);
    }
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
