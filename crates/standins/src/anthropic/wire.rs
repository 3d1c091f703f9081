//! Replies as bytes: server-sent events, or one JSON object.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep_until};

use super::magic;
use super::reply::{Block, Cut, Part, Reply, Stamped};
use super::{Gate, api};

/// What the request decides about its answer.
pub(crate) struct Envelope {
    pub(crate) message_id: String,
    pub(crate) model: String,
    pub(crate) input_tokens: u64,
}

/// One thing to do while a body is sent; times count from its beginning.
pub(crate) enum Step {
    Send(Bytes),
    Wait(Duration),
    Gate(Gate),
    Stamp { index: usize, bytes: usize },
    HangUp,
}

/// Everything that is sent for a reply, in order.
pub(crate) fn steps(reply: &Reply, envelope: &Envelope) -> VecDeque<Step> {
    let mut writer = Writer {
        reply,
        steps: VecDeque::new(),
        events: 0,
        blocks: 0,
        ended: false,
        elapsed: Duration::ZERO,
    };
    if reply.framing.bom {
        writer.send(b"\xEF\xBB\xBF");
    }
    if !reply.framing.bare {
        let message = opening(reply, envelope);
        writer.event("message_start", &json!({"type": "message_start", "message": message}));
        writer.ping();
    }
    for part in &reply.parts {
        writer.part(part);
    }
    if !reply.framing.bare {
        let delta = json!({"stop_reason": stop_reason(reply), "stop_sequence": null});
        let usage = usage(reply, envelope, output_tokens(reply));
        writer.event(
            "message_delta",
            &json!({"type": "message_delta", "delta": delta, "usage": usage}),
        );
        writer.event("message_stop", &json!({"type": "message_stop"}));
    }
    writer.cut();
    writer.steps
}

/// The body that carries the steps out.
pub(crate) fn body(steps: VecDeque<Step>) -> Body {
    let start = Instant::now();
    Body::from_stream(stream::unfold(steps, move |mut steps| async move {
        loop {
            match steps.pop_front()? {
                Step::Send(bytes) => return Some((Ok(bytes), steps)),
                Step::Wait(time) => sleep_until(start + time).await,
                Step::Gate(gate) => gate.pass().await,
                Step::Stamp { index, bytes } => {
                    let event = text_delta(index, &magic::stamp(bytes));
                    return Some((Ok(Bytes::from(event)), steps));
                }
                Step::HangUp => {
                    // What was sent before must leave the buffer first.
                    tokio::task::yield_now().await;
                    let error = io::Error::other("the script hangs up here");
                    return Some((Err(error), VecDeque::new()));
                }
            }
        }
    }))
}

/// The whole answer as one JSON object, after every gate of the reply; or the error it ends with.
pub(crate) async fn message(reply: &Reply, envelope: &Envelope) -> Result<Value, String> {
    let mut content = Vec::new();
    for part in &reply.parts {
        match part {
            Part::Block(block) => content.push(block.whole.clone()),
            Part::Gate(gate) => gate.pass().await,
            Part::Stamped(stamped) => content.push(stamped_whole(*stamped)),
            Part::Event(..) | Part::Bytes(_) => {}
        }
    }
    for (_, cut) in &reply.cuts {
        match cut {
            Cut::Error(kind) => return Err(kind.clone()),
            Cut::Gate(gate) => gate.pass().await,
            Cut::End | Cut::HangUp => {}
        }
    }
    let mut message = opening(reply, envelope);
    message["content"] = Value::Array(content);
    message["stop_reason"] = json!(stop_reason(reply));
    message["usage"] = usage(reply, envelope, output_tokens(reply));
    Ok(message)
}

struct Writer<'a> {
    reply: &'a Reply,
    steps: VecDeque<Step>,
    events: usize,
    blocks: usize,
    ended: bool,
    elapsed: Duration,
}

impl Writer<'_> {
    fn part(&mut self, part: &Part) {
        match part {
            Part::Block(block) => self.block(block),
            Part::Gate(gate) => self.push(Step::Gate(gate.clone())),
            Part::Event(name, data) => self.event(name, data),
            Part::Bytes(bytes) => self.send(bytes),
            Part::Stamped(stamped) => self.stamped(*stamped),
        }
    }

    fn block(&mut self, block: &Block) {
        let index = self.open(&block.opening);
        for (nth, delta) in block.deltas.iter().enumerate() {
            if nth > 0 {
                self.wait(self.reply.pace);
            }
            self.event(
                "content_block_delta",
                &json!({"type": "content_block_delta", "index": index, "delta": delta}),
            );
        }
        self.close(index);
    }

    fn stamped(&mut self, stamped: Stamped) {
        self.wait(stamped.first);
        let index = self.open(&json!({"type": "text", "text": ""}));
        for nth in 0..stamped.deltas {
            if nth > 0 {
                self.wait(stamped.gap);
            }
            self.push(Step::Stamp { index, bytes: stamped.bytes });
        }
        self.close(index);
    }

    fn open(&mut self, block: &Value) -> usize {
        let index = self.blocks;
        self.blocks += 1;
        self.event(
            "content_block_start",
            &json!({"type": "content_block_start", "index": index, "content_block": block}),
        );
        index
    }

    fn close(&mut self, index: usize) {
        self.event("content_block_stop", &json!({"type": "content_block_stop", "index": index}));
    }

    /// A wait of no length would last until the timer's next tick, a millisecond later.
    fn wait(&mut self, time: Duration) {
        if !time.is_zero() {
            self.elapsed += time;
            self.push(Step::Wait(self.elapsed));
        }
    }

    fn event(&mut self, name: &str, data: &Value) {
        self.cut();
        self.send(event(name, data).as_bytes());
        self.events += 1;
    }

    fn ping(&mut self) {
        self.send(event("ping", &json!({"type": "ping"})).as_bytes());
    }

    /// Does what is to happen after the events sent so far.
    fn cut(&mut self) {
        let reply = self.reply;
        for (after, cut) in &reply.cuts {
            if *after != self.events || self.ended {
                continue;
            }
            match cut {
                Cut::Gate(gate) => self.push(Step::Gate(gate.clone())),
                Cut::Error(kind) => {
                    let error = api::error_body(kind, "The script says so.", None);
                    self.send(event("error", &error).as_bytes());
                    self.ended = true;
                }
                Cut::End => self.ended = true,
                Cut::HangUp => {
                    self.push(Step::HangUp);
                    self.ended = true;
                }
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) {
        let framing = self.reply.framing;
        let bytes = if framing.crlf { with_crlf(bytes) } else { bytes.to_vec() };
        for piece in bytes.chunks(framing.chunk.unwrap_or(usize::MAX)) {
            self.push(Step::Send(Bytes::copy_from_slice(piece)));
        }
    }

    fn push(&mut self, step: Step) {
        if !self.ended {
            self.steps.push_back(step);
        }
    }
}

fn with_crlf(bytes: &[u8]) -> Vec<u8> {
    bytes
        .iter()
        .flat_map(|byte| if *byte == b'\n' { &b"\r\n"[..] } else { std::slice::from_ref(byte) })
        .copied()
        .collect()
}

fn event(name: &str, data: &Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

/// Stamps need no JSON escapes.
fn text_delta(index: usize, text: &str) -> String {
    format!(
        "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":{index},\
         \"delta\":{{\"type\":\"text_delta\",\"text\":\"{text}\"}}}}\n\n"
    )
}

fn opening(reply: &Reply, envelope: &Envelope) -> Value {
    json!({
        "id": envelope.message_id,
        "type": "message",
        "role": "assistant",
        "model": envelope.model,
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
        "usage": usage(reply, envelope, 1),
    })
}

fn stop_reason(reply: &Reply) -> &str {
    reply.stop.as_deref().unwrap_or(if reply.has_tool() { "tool_use" } else { "end_turn" })
}

fn usage(reply: &Reply, envelope: &Envelope, output_tokens: u64) -> Value {
    let mut usage = Map::new();
    usage.insert("input_tokens".to_owned(), json!(envelope.input_tokens));
    usage.insert("cache_creation_input_tokens".to_owned(), json!(0));
    usage.insert("cache_read_input_tokens".to_owned(), json!(0));
    usage.insert("output_tokens".to_owned(), json!(output_tokens));
    for (name, value) in &reply.usage {
        // The output of a message that only starts is not its whole output.
        if name != "output_tokens" || output_tokens > 1 {
            usage.insert(name.clone(), value.clone());
        }
    }
    Value::Object(usage)
}

fn output_tokens(reply: &Reply) -> u64 {
    let tokens = |part: &Part| match part {
        Part::Block(block) => block.whole.to_string().len() as u64 / 4,
        Part::Stamped(stamped) => stamped.deltas,
        Part::Gate(_) | Part::Event(..) | Part::Bytes(_) => 0,
    };
    2 + reply.parts.iter().map(tokens).sum::<u64>()
}

fn stamped_whole(stamped: Stamped) -> Value {
    let text: String = (0..stamped.deltas).map(|_| magic::stamp(stamped.bytes)).collect();
    json!({"type": "text", "text": text})
}
