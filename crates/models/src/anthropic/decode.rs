//! From the data of server-sent events to [`ModelEvent`]s and the whole reply.
//!
//! The rules are those of the vendor's SDK (Python 2.12.0, `accumulate_event`), except that a
//! stream without `message_stop` is no answer. Unknown events are skipped; unknown blocks, fields
//! and deltas are kept.

use std::collections::VecDeque;

use agent::model::{ModelErrorKind, ModelEvent, ModelReply, StopReason, Usage};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::block::{Block, Form, growth};
use crate::answer::{Decode, State, truncated};
use crate::fault::Fault;
use crate::refusal::VendorError;

/// Puts one answer together.
pub(crate) struct Decoder {
    model: String,
    state: State,
    blocks: Vec<Block>,
    stop: Option<StopReason>,
    usage: Usage,
}

impl Decode for Decoder {
    fn feed(&mut self, data: &str, out: &mut VecDeque<ModelEvent>) -> Result<(), Fault> {
        if let Some((index, form, piece)) = usual_delta(data) {
            self.must_have_begun()?;
            if let Some(shown) = self.block(index)?.grow(form, piece)? {
                push_delta(index, shown, out);
            }
            return Ok(());
        }
        let mut event: Map<String, Value> = serde_json::from_str(data)
            .map_err(|error| Fault::protocol(format!("an event is no JSON object: {error}")))?;
        let kind = event.remove("type").unwrap_or_default();
        match kind.as_str() {
            Some("message_start") => self.message_start(&event, out),
            Some("content_block_start") => self.block_start(event, out),
            Some("content_block_delta") => self.block_delta(event, out),
            Some("content_block_stop") => self.block_stop(&event, out),
            Some("message_delta") => self.message_delta(&event),
            Some("message_stop") => self.message_stop(out),
            Some("error") => Err(error_of(event)),
            // `ping`, and what later versions may add.
            _ => Ok(()),
        }
    }

    fn end(&mut self, _out: &mut VecDeque<ModelEvent>) -> Result<(), Fault> {
        Err(truncated())
    }

    fn state(&self) -> State {
        self.state
    }

    fn usage(&self) -> Usage {
        self.usage
    }
}

impl Decoder {
    /// For an answer of `model`, unless the answer itself names another.
    pub(crate) fn new(model: &str) -> Self {
        Self {
            model: model.to_owned(),
            state: State::Waiting,
            blocks: Vec::new(),
            stop: None,
            usage: Usage::default(),
        }
    }

    fn message_start(
        &mut self,
        event: &Map<String, Value>,
        out: &mut VecDeque<ModelEvent>,
    ) -> Result<(), Fault> {
        if self.state != State::Waiting {
            return Err(Fault::protocol("a second message_start"));
        }
        let message = event.get("message").unwrap_or(&Value::Null);
        if let Some(model) = message["model"].as_str() {
            model.clone_into(&mut self.model);
        }
        self.count(&message["usage"]);
        if self.usage.total() > 0 {
            out.push_back(ModelEvent::Usage(self.usage));
        }
        self.state = State::Begun;
        Ok(())
    }

    fn block_start(
        &mut self,
        mut event: Map<String, Value>,
        out: &mut VecDeque<ModelEvent>,
    ) -> Result<(), Fault> {
        let index = self.index(&event)?;
        if index != self.blocks.len() {
            let message = format!("block {index} begins where {} is next", self.blocks.len());
            return Err(Fault::protocol(message));
        }
        let raw = event.remove("content_block").unwrap_or_default();
        let (block, opening) = Block::open(raw)?;
        self.blocks.push(block);
        if let Some(opening) = opening {
            out.push_back(ModelEvent::BlockStart { index, kind: opening.kind });
            push_delta(index, opening.content, out);
        }
        Ok(())
    }

    fn block_delta(
        &mut self,
        mut event: Map<String, Value>,
        out: &mut VecDeque<ModelEvent>,
    ) -> Result<(), Fault> {
        let index = self.index(&event)?;
        let Some(Value::Object(delta)) = event.remove("delta") else {
            return Err(Fault::protocol("a delta that is no object"));
        };
        if let Some(shown) = self.block(index)?.add(delta)? {
            push_delta(index, shown, out);
        }
        Ok(())
    }

    fn block_stop(
        &mut self,
        event: &Map<String, Value>,
        out: &mut VecDeque<ModelEvent>,
    ) -> Result<(), Fault> {
        let index = self.index(event)?;
        let block = self.block(index)?;
        block.close();
        if block.is_shown() {
            out.push_back(ModelEvent::BlockEnd { index });
        } else if let Some(whole) = block.of_vendor_tool() {
            out.push_back(ModelEvent::VendorTool(whole));
        }
        Ok(())
    }

    /// It may come more than once; its numbers are totals, not additions.
    fn message_delta(&mut self, event: &Map<String, Value>) -> Result<(), Fault> {
        self.must_have_begun()?;
        let reason = event.get("delta").and_then(|delta| delta.get("stop_reason"));
        if let Some(reason) = reason.filter(|reason| !reason.is_null()) {
            let stop = StopReason::deserialize(reason).map_err(|error| {
                Fault::protocol(format!("a stop_reason that is no word: {error}"))
            })?;
            self.stop = Some(stop);
        }
        self.count(event.get("usage").unwrap_or(&Value::Null));
        Ok(())
    }

    fn message_stop(&mut self, out: &mut VecDeque<ModelEvent>) -> Result<(), Fault> {
        self.must_have_begun()?;
        if self.blocks.iter().any(Block::is_open) {
            return Err(Fault::protocol("message_stop within a block"));
        }
        let stop = self.stop.take().ok_or_else(|| Fault::protocol("no stop_reason"))?;
        let mut content = Vec::with_capacity(self.blocks.len());
        let mut invalid_calls = Vec::new();
        for block in self.blocks.drain(..) {
            invalid_calls.extend(block.invalid_call());
            content.push(block.into_raw());
        }
        self.state = State::Complete;
        out.push_back(ModelEvent::Done(Box::new(ModelReply {
            content,
            invalid_calls,
            stop,
            usage: self.usage,
            model: std::mem::take(&mut self.model),
            request_id: None,
        })));
        Ok(())
    }

    fn must_have_begun(&self) -> Result<(), Fault> {
        if self.has_begun() { Ok(()) } else { Err(Fault::protocol("no message_start")) }
    }

    fn index(&self, event: &Map<String, Value>) -> Result<usize, Fault> {
        self.must_have_begun()?;
        let index = event.get("index").and_then(Value::as_u64);
        index
            .and_then(|index| usize::try_from(index).ok())
            .ok_or_else(|| Fault::protocol("a block event without an index"))
    }

    /// The open block at that index.
    fn block(&mut self, index: usize) -> Result<&mut Block, Fault> {
        self.blocks
            .get_mut(index)
            .filter(|block| block.is_open())
            .ok_or_else(|| Fault::protocol(format!("block {index} is not open")))
    }

    /// Takes over the numbers that are there; absent ones keep their value.
    fn count(&mut self, usage: &Value) {
        let fields = [
            ("input_tokens", &mut self.usage.input_tokens),
            ("cache_read_input_tokens", &mut self.usage.cache_read_tokens),
            ("cache_creation_input_tokens", &mut self.usage.cache_write_tokens),
            ("output_tokens", &mut self.usage.output_tokens),
        ];
        for (name, field) in fields {
            if let Some(tokens) = usage[name].as_u64() {
                *field = tokens;
            }
        }
        let hour = &usage["cache_creation"]["ephemeral_1h_input_tokens"];
        if let Some(tokens) = hour.as_u64() {
            self.usage.cache_write_1h_tokens = tokens;
        }
    }
}

/// The event of which an answer consists for the most part.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UsualDelta<'a> {
    r#type: &'a str,
    index: usize,
    delta: Piece<'a>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Piece<'a> {
    r#type: &'a str,
    text: Option<String>,
    thinking: Option<String>,
    partial_json: Option<String>,
}

/// Reads it without a tree of values in between, but only if it is exactly this; anything else
/// takes the long way.
fn usual_delta(data: &str) -> Option<(usize, Form, String)> {
    if !data.starts_with(r#"{"type":"content_block_delta""#) {
        return None;
    }
    let event: UsualDelta<'_> = serde_json::from_str(data).ok()?;
    let Piece { r#type, text, thinking, partial_json } = event.delta;
    let (form, _) = growth(r#type).filter(|_| event.r#type == "content_block_delta")?;
    let piece = match form {
        Form::Text => text,
        Form::Thinking => thinking,
        Form::ToolUse | Form::Other => partial_json,
    };
    Some((event.index, form, piece?))
}

fn push_delta(index: usize, delta: String, out: &mut VecDeque<ModelEvent>) {
    if !delta.is_empty() {
        out.push_back(ModelEvent::BlockDelta { index, delta });
    }
}

fn error_of(event: Map<String, Value>) -> Fault {
    VendorError::of(&Value::Object(event)).map_or_else(
        || Fault::new(ModelErrorKind::Server, "an error without words"),
        VendorError::into_fault,
    )
}
