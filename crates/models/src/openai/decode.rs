//! From the chunks of a chat answer to [`ModelEvent`]s and the whole reply.
//!
//! Servers leave out what they like, so an answer is whole with its `finish_reason`, with `[DONE]`,
//! or both; and anything that is told neither way is truncated.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;

use agent::message::text_block;
use agent::model::{BlockKind, ModelEvent, ModelReply, StopReason, Usage};
use serde::de::{Error as _, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::call::{Call, Piece};
use crate::answer::{Decode, State, truncated};
use crate::fault::Fault;
use crate::refusal::VendorError;

/// The field of a thinking block that names the field in which the server sent it.
pub(super) const FIELD: &str = "field";

/// How many bytes make a token, about, where the server does not count.
const BYTES_PER_TOKEN: u64 = 4;

/// How many parts an answer may have with another call; each piece looks for its call among them.
const MAX_BLOCKS: usize = 500;

/// Puts one answer together.
pub(crate) struct Decoder {
    model: String,
    state: State,
    blocks: Vec<Block>,
    stop: Option<String>,
    has_refused: bool,
    /// What the server says it counted, or else an estimate.
    usage: Option<Usage>,
    prompt_bytes: u64,
    answer_bytes: u64,
}

/// What of a chunk is looked at; servers add what they like. What every chunk repeats is not copied.
#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(borrow)]
    choices: Option<First<Choice<'a>>>,
    usage: Option<Value>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    delta: Option<Delta>,
    #[serde(borrow)]
    finish_reason: Option<Text<'a>>,
}

/// Text that is copied only if it has escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The first item of a list.
struct First<T>(Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for First<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(FirstOf(PhantomData))
    }
}

struct FirstOf<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for FirstOf<T> {
    type Value = First<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<First<T>, A::Error> {
        let first = items.next_element()?;
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(First(first))
    }
}

/// Text, or a list of parts of which some are text; a few servers send that.
struct Said(String);

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrParts)
    }
}

struct TextOrParts;

impl<'de> Visitor<'de> for TextOrParts {
    type Value = Said;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text or a list of parts")
    }

    fn visit_str<E>(self, text: &str) -> Result<Said, E> {
        Ok(Said(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Said, A::Error> {
        let mut text = String::new();
        while let Some(part) = parts.next_element::<Value>()? {
            match part["text"].as_str() {
                Some(piece) => text.push_str(piece),
                None if part["type"] == "text" => {
                    return Err(A::Error::custom("a part of text without text"));
                }
                None => {}
            }
        }
        Ok(Said(text))
    }
}

#[derive(Deserialize)]
struct Delta {
    content: Option<Said>,
    refusal: Option<String>,
    reasoning_content: Option<String>,
    reasoning: Option<String>,
    tool_calls: Option<Vec<Value>>,
}

/// A part of the answer.
enum Block {
    Text(String),
    /// With the field in which it came.
    Thinking(String, &'static str),
    Call(Call),
}

impl Decode for Decoder {
    fn feed(&mut self, data: &str, out: &mut VecDeque<ModelEvent>) -> Result<(), Fault> {
        if data.trim() == "[DONE]" {
            return self.finish(out);
        }
        let chunk: Chunk<'_> = serde_json::from_str(data)
            .map_err(|error| Fault::protocol(format!("not understood: {error}")))?;
        if let Some(error) = chunk.error {
            let error = VendorError::of(&json!({"error": error}));
            return Err(error.map_or_else(truncated, VendorError::into_fault));
        }
        self.begin(chunk.model, out);
        if let Some(usage) = chunk.usage.filter(Value::is_object) {
            self.usage = Some(usage_of(&usage));
        }
        // The chunk that brings the usage has no choices.
        let Some(First(Some(choice))) = chunk.choices else { return Ok(()) };
        if let Some(delta) = choice.delta {
            self.delta(delta, out)?;
        }
        if let Some(Text(reason)) = choice.finish_reason.filter(|Text(reason)| !reason.is_empty()) {
            self.stop = Some(reason.into_owned());
        }
        Ok(())
    }

    fn end(&mut self, out: &mut VecDeque<ModelEvent>) -> Result<(), Fault> {
        if self.stop.is_some() { self.finish(out) } else { Err(truncated()) }
    }

    fn state(&self) -> State {
        self.state
    }

    fn usage(&self) -> Usage {
        if self.has_begun() { self.counted() } else { Usage::default() }
    }
}

impl Decoder {
    /// For an answer of `model`, unless it names another, to a request of so many bytes.
    pub(super) fn new(model: &str, prompt_bytes: usize) -> Self {
        Self {
            model: model.to_owned(),
            state: State::Waiting,
            blocks: Vec::new(),
            stop: None,
            has_refused: false,
            usage: None,
            prompt_bytes: prompt_bytes as u64,
            answer_bytes: 0,
        }
    }

    fn begin(&mut self, model: Option<Text<'_>>, out: &mut VecDeque<ModelEvent>) {
        if self.state != State::Waiting {
            return;
        }
        self.state = State::Begun;
        if let Some(Text(model)) = model.filter(|Text(model)| !model.is_empty()) {
            self.model = model.into_owned();
        }
        let usage = self.counted();
        if usage.total() > 0 {
            out.push_back(ModelEvent::Usage(usage));
        }
    }

    fn delta(&mut self, delta: Delta, out: &mut VecDeque<ModelEvent>) -> Result<(), Fault> {
        let given = |text: &String| !text.is_empty();
        // A server that sends both sends the same in both.
        if let Some(text) = delta.reasoning_content.filter(given) {
            self.thinking(text, "reasoning_content", out);
        } else if let Some(text) = delta.reasoning.filter(given) {
            self.thinking(text, "reasoning", out);
        }
        if let Some(text) = delta.content.map(|Said(text)| text).filter(given) {
            self.text(text, out);
        }
        if let Some(text) = delta.refusal.filter(given) {
            self.has_refused = true;
            self.text(text, out);
        }
        let pieces = delta.tool_calls.unwrap_or_default();
        pieces.iter().try_for_each(|raw| self.piece(Piece::of(raw), out))
    }

    fn text(&mut self, piece: String, out: &mut VecDeque<ModelEvent>) {
        if let Some(Block::Text(whole)) = self.blocks.last_mut() {
            whole.push_str(&piece);
        } else {
            self.open(Block::Text(piece.clone()), BlockKind::Text, out);
        }
        self.show(piece, out);
    }

    fn thinking(&mut self, piece: String, field: &'static str, out: &mut VecDeque<ModelEvent>) {
        if let Some(Block::Thinking(whole, _)) = self.blocks.last_mut() {
            whole.push_str(&piece);
        } else {
            self.open(Block::Thinking(piece.clone(), field), BlockKind::Reasoning, out);
        }
        self.show(piece, out);
    }

    fn piece(&mut self, piece: Piece<'_>, out: &mut VecDeque<ModelEvent>) -> Result<(), Fault> {
        let calls = self.blocks.iter_mut().rev().filter_map(|block| match block {
            Block::Call(call) => Some(call),
            Block::Text(_) | Block::Thinking(..) => None,
        });
        let before = out.len();
        if let Some(call) = calls.into_iter().find(|call| piece.belongs_to(call)) {
            call.add(piece, out);
        } else if self.blocks.len() >= MAX_BLOCKS {
            return Err(Fault::protocol(format!("an answer of more than {MAX_BLOCKS} parts")));
        } else if piece.is_opening() {
            self.close_last(out);
            let mut call = Call::open(self.blocks.len(), &piece, out);
            call.add(piece, out);
            self.blocks.push(Block::Call(call));
        } else {
            return Err(Fault::protocol("a piece of a tool call that has not begun"));
        }
        self.answer_bytes += out.iter().skip(before).map(shown_bytes).sum::<u64>();
        Ok(())
    }

    fn open(&mut self, block: Block, kind: BlockKind, out: &mut VecDeque<ModelEvent>) {
        self.close_last(out);
        out.push_back(ModelEvent::BlockStart { index: self.blocks.len(), kind });
        self.blocks.push(block);
    }

    fn show(&mut self, delta: String, out: &mut VecDeque<ModelEvent>) {
        self.answer_bytes += delta.len() as u64;
        out.push_back(ModelEvent::BlockDelta { index: self.blocks.len() - 1, delta });
    }

    /// Text and reasoning end where something else begins; calls may go on until the end.
    fn close_last(&self, out: &mut VecDeque<ModelEvent>) {
        if let Some(Block::Text(_) | Block::Thinking(..)) = self.blocks.last() {
            out.push_back(ModelEvent::BlockEnd { index: self.blocks.len() - 1 });
        }
    }

    fn finish(&mut self, out: &mut VecDeque<ModelEvent>) -> Result<(), Fault> {
        if !self.has_begun() {
            return Err(truncated());
        }
        self.close_last(out);
        let (mut content, mut invalid_calls) = (Vec::with_capacity(self.blocks.len()), Vec::new());
        let mut has_calls = false;
        let usage = self.counted();
        for block in self.blocks.drain(..) {
            content.push(match block {
                Block::Text(text) => text_block(&text),
                Block::Thinking(text, field) => {
                    json!({"type": "thinking", "thinking": text, FIELD: field})
                }
                Block::Call(call) => {
                    has_calls = true;
                    out.push_back(ModelEvent::BlockEnd { index: call.block });
                    let (block, invalid) = call.into_block();
                    invalid_calls.extend(invalid);
                    block
                }
            });
        }
        self.state = State::Complete;
        let stop = stop_reason(self.stop.take().as_deref(), has_calls, self.has_refused);
        let model = std::mem::take(&mut self.model);
        let reply = ModelReply { content, invalid_calls, stop, usage, model, request_id: None };
        out.push_back(ModelEvent::Done(Box::new(reply)));
        Ok(())
    }

    fn counted(&self) -> Usage {
        self.usage.unwrap_or(Usage {
            input_tokens: self.prompt_bytes / BYTES_PER_TOKEN,
            output_tokens: self.answer_bytes / BYTES_PER_TOKEN,
            ..Usage::default()
        })
    }
}

/// Several servers say `stop` after tool calls too.
fn stop_reason(word: Option<&str>, has_calls: bool, has_refused: bool) -> StopReason {
    match word {
        Some("length") => StopReason::MaxTokens,
        Some("content_filter") => StopReason::Refusal,
        _ if has_calls => StopReason::ToolUse,
        _ if has_refused => StopReason::Refusal,
        None | Some("stop" | "tool_calls" | "function_call") => StopReason::EndTurn,
        Some(other) => StopReason::Other(other.to_owned()),
    }
}

/// The prompt's count includes what came from the cache, and what was written to it.
fn usage_of(usage: &Value) -> Usage {
    let number = |path: &str| usage.pointer(path).and_then(Value::as_u64);
    let prompt = number("/prompt_tokens").unwrap_or_default();
    let read = number("/prompt_tokens_details/cached_tokens")
        .or_else(|| number("/prompt_cache_hit_tokens"))
        .unwrap_or_default()
        .min(prompt);
    let written =
        number("/prompt_tokens_details/cache_write_tokens").unwrap_or_default().min(prompt - read);
    Usage {
        input_tokens: prompt - read - written,
        cache_read_tokens: read,
        cache_write_tokens: written,
        output_tokens: number("/completion_tokens").unwrap_or_default(),
        ..Usage::default()
    }
}

fn shown_bytes(event: &ModelEvent) -> u64 {
    match event {
        ModelEvent::BlockDelta { delta, .. } => delta.len() as u64,
        _ => 0,
    }
}
