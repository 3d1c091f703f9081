use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::Gate;

/// One scripted answer, built part by part in the order of sending.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    pub(crate) parts: Vec<Part>,
    pub(crate) refusal: Option<Refusal>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) stop: Option<String>,
    pub(crate) usage: Map<String, Value>,
    pub(crate) cuts: Vec<(usize, Cut)>,
    pub(crate) framing: Framing,
    pub(crate) pace: Duration,
}

/// What a reply consists of.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Block(Block),
    Gate(Gate),
    Event(String, Value),
    Bytes(Bytes),
    Stamped(Stamped),
}

/// A content block as it is opened, as it grows, and as it is in the end.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) opening: Value,
    pub(crate) deltas: Vec<Value>,
    pub(crate) whole: Value,
}

/// A text block of deltas that carry the time at which they were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamped {
    pub(crate) deltas: u64,
    pub(crate) gap: Duration,
    pub(crate) first: Duration,
    pub(crate) bytes: usize,
}

/// What happens after a number of events.
#[derive(Clone, Debug)]
pub(crate) enum Cut {
    Error(String),
    End,
    HangUp,
    Gate(Gate),
    Stall(Duration),
}

/// How events become bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Framing {
    pub(crate) bare: bool,
    pub(crate) bom: bool,
    pub(crate) crlf: bool,
    pub(crate) chunk: Option<usize>,
}

/// An answer that is no message.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub(crate) status: u16,
    pub(crate) kind: String,
    pub(crate) message: String,
    pub(crate) code: Option<String>,
}

impl Refusal {
    /// One with status 400.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        let kind = "invalid_request_error".to_owned();
        Self { status: 400, kind, message: message.into(), code: None }
    }

    /// One with status 404.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self { status: 404, kind: "not_found_error".to_owned(), ..Self::invalid(message) }
    }
}

impl Reply {
    /// An answer without content.
    pub fn new() -> Self {
        Self::default()
    }

    /// An HTTP error instead of a message: its status and the vendor's error type.
    pub fn http_error(status: u16, kind: &str) -> Self {
        let refusal = Refusal {
            status,
            kind: kind.to_owned(),
            message: format!("The script says {kind}."),
            code: None,
        };
        Self { refusal: Some(refusal), ..Self::default() }
    }

    /// The `details.error_code` of an HTTP error.
    #[must_use]
    pub fn error_code(mut self, code: &str) -> Self {
        self.refusal =
            self.refusal.map(|refusal| Refusal { code: Some(code.to_owned()), ..refusal });
        self
    }

    /// The text of an HTTP error.
    #[must_use]
    pub fn message(mut self, message: &str) -> Self {
        self.refusal =
            self.refusal.map(|refusal| Refusal { message: message.to_owned(), ..refusal });
        self
    }

    /// A response header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A text block, sent in deltas of at most twelve characters.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        let deltas = pieces(text, 12).map(|piece| json!({"type": "text_delta", "text": piece}));
        self.streamed(
            json!({"type": "text", "text": ""}),
            deltas.collect(),
            json!({"type": "text", "text": text}),
        )
    }

    /// A thinking block. The stand-in later refuses this signature with another text.
    #[must_use]
    pub fn thinking(self, text: &str, signature: &str) -> Self {
        let mut deltas: Vec<Value> = pieces(text, 12)
            .map(|piece| json!({"type": "thinking_delta", "thinking": piece}))
            .collect();
        deltas.push(json!({"type": "signature_delta", "signature": signature}));
        self.streamed(
            json!({"type": "thinking", "thinking": "", "signature": ""}),
            deltas,
            json!({"type": "thinking", "thinking": text, "signature": signature}),
        )
    }

    /// A tool call with an id of the stand-in's choice.
    #[must_use]
    pub fn tool(self, name: &str, input: Value) -> Self {
        self.call(None, name, input)
    }

    /// A tool call with that id.
    #[must_use]
    pub fn tool_with_id(self, id: &str, name: &str, input: Value) -> Self {
        self.call(Some(id), name, input)
    }

    /// A tool call whose arguments are this text, which need not be JSON.
    #[must_use]
    pub fn broken_tool(self, id: &str, name: &str, input: &str) -> Self {
        let opening = json!({"type": "tool_use", "id": id, "name": name, "input": {}});
        self.streamed(opening.clone(), input_deltas(input), opening)
    }

    /// A block of any kind, sent whole when it is opened.
    #[must_use]
    pub fn raw_block(self, block: Value) -> Self {
        self.streamed(block.clone(), Vec::new(), block)
    }

    /// A block of any kind with deltas of any kind; without streaming it is `opening`.
    #[must_use]
    pub fn streamed_block(self, opening: Value, deltas: Vec<Value>) -> Self {
        self.streamed(opening.clone(), deltas, opening)
    }

    /// An event of any kind at this point.
    #[must_use]
    pub fn event(mut self, name: &str, data: Value) -> Self {
        self.parts.push(Part::Event(name.to_owned(), data));
        self
    }

    /// Any bytes at this point.
    #[must_use]
    pub fn bytes(mut self, bytes: impl Into<Bytes>) -> Self {
        self.parts.push(Part::Bytes(bytes.into()));
        self
    }

    /// Waits at this point, between blocks, until the gate is open.
    #[must_use]
    pub fn gate(mut self, gate: &Gate) -> Self {
        self.parts.push(Part::Gate(gate.clone()));
        self
    }

    /// Waits after that many events until the gate is open. `message_start` is the first event;
    /// pings do not count.
    #[must_use]
    pub fn gate_after(self, events: usize, gate: &Gate) -> Self {
        self.cut(events, Cut::Gate(gate.clone()))
    }

    /// Sends nothing for that time after that many events.
    #[must_use]
    pub fn stall_after(self, events: usize, time: Duration) -> Self {
        self.cut(events, Cut::Stall(time))
    }

    /// Ends after that many events with an `error` event of that type.
    #[must_use]
    pub fn error_after(self, events: usize, kind: &str) -> Self {
        self.cut(events, Cut::Error(kind.to_owned()))
    }

    /// Ends the body after that many events, as if the answer were complete.
    #[must_use]
    pub fn truncate_after(self, events: usize) -> Self {
        self.cut(events, Cut::End)
    }

    /// Breaks the connection after that many events.
    #[must_use]
    pub fn hang_up_after(self, events: usize) -> Self {
        self.cut(events, Cut::HangUp)
    }

    /// The stop reason, if not `tool_use` after a tool call and `end_turn` otherwise.
    #[must_use]
    pub fn stop(mut self, reason: &str) -> Self {
        self.stop = Some(reason.to_owned());
        self
    }

    /// Fields of `usage` that replace or extend the computed ones; anything but an object is empty.
    #[must_use]
    pub fn usage(mut self, usage: &Value) -> Self {
        self.usage = usage.as_object().cloned().unwrap_or_default();
        self
    }

    /// Time between two deltas.
    #[must_use]
    pub fn pace(mut self, gap: Duration) -> Self {
        self.pace = gap;
        self
    }

    /// Sends the body in pieces of that many bytes.
    #[must_use]
    pub fn byte_chunks(mut self, bytes: usize) -> Self {
        self.framing.chunk = Some(bytes.max(1));
        self
    }

    /// Ends lines with a carriage return and a line feed.
    #[must_use]
    pub fn crlf(mut self) -> Self {
        self.framing.crlf = true;
        self
    }

    /// Begins the body with a byte order mark.
    #[must_use]
    pub fn bom(mut self) -> Self {
        self.framing.bom = true;
        self
    }

    /// Sends the parts alone: no `message_start`, `ping`, `message_delta` or `message_stop`.
    #[must_use]
    pub fn bare(mut self) -> Self {
        self.framing.bare = true;
        self
    }

    pub(crate) fn stamped(stamped: Stamped) -> Self {
        Self { parts: vec![Part::Stamped(stamped)], ..Self::default() }
    }

    pub(crate) fn has_tool(&self) -> bool {
        self.parts.iter().any(|part| match part {
            Part::Block(block) => block.whole["type"] == "tool_use",
            Part::Gate(_) | Part::Event(..) | Part::Bytes(_) | Part::Stamped(_) => false,
        })
    }

    /// What the answer is counted as.
    pub(crate) fn output_tokens(&self) -> u64 {
        let tokens = |part: &Part| match part {
            Part::Block(block) => block.whole.to_string().len() as u64 / 4,
            Part::Stamped(stamped) => stamped.deltas,
            Part::Gate(_) | Part::Event(..) | Part::Bytes(_) => 0,
        };
        2 + self.parts.iter().map(tokens).sum::<u64>()
    }

    fn call(self, id: Option<&str>, name: &str, input: Value) -> Self {
        let opening = json!({"type": "tool_use", "id": id, "name": name, "input": {}});
        // The vendor sends no JSON at all for a call without arguments.
        let text = if input == json!({}) { String::new() } else { input.to_string() };
        let mut whole = opening.clone();
        whole["input"] = input;
        self.streamed(opening, input_deltas(&text), whole)
    }

    fn streamed(mut self, opening: Value, deltas: Vec<Value>, whole: Value) -> Self {
        self.parts.push(Part::Block(Block { opening, deltas, whole }));
        self
    }

    fn cut(mut self, events: usize, cut: Cut) -> Self {
        self.cuts.push((events, cut));
        self
    }
}

fn input_deltas(json: &str) -> Vec<Value> {
    std::iter::once("")
        .chain(pieces(json, 12))
        .map(|piece| json!({"type": "input_json_delta", "partial_json": piece}))
        .collect()
}

/// Cuts a text into pieces of at most `length` characters.
fn pieces(text: &str, length: usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = rest.char_indices().nth(length).map_or(rest.len(), |(at, _)| at);
        let (piece, tail) = rest.split_at(end);
        rest = tail;
        (!piece.is_empty()).then_some(piece)
    })
}

/// The HTTP status of an error type.
pub(crate) fn status_of(kind: &str) -> u16 {
    match kind {
        "invalid_request_error" => 400,
        "authentication_error" => 401,
        "billing_error" => 402,
        "permission_error" => 403,
        "not_found_error" => 404,
        "request_too_large" => 413,
        "rate_limit_error" => 429,
        "timeout_error" => 504,
        "overloaded_error" => 529,
        _ => 500,
    }
}
