//! Reading the UI message stream.

use reqwest::Response;
use serde_json::Value;

/// A stream that is being read.
pub(crate) struct Events {
    response: Response,
    buffer: Vec<u8>,
    last: u64,
    last_type: String,
    has_usage: bool,
    /// The calls that have an output.
    answered: Vec<Value>,
    is_done: bool,
}

/// Every type of chunk that the contract names.
const TYPES: [&str; 24] = [
    "abort",
    "data-conversation",
    "data-notice",
    "data-usage",
    "error",
    "finish",
    "finish-step",
    "reasoning-delta",
    "reasoning-end",
    "reasoning-start",
    "reset-step",
    "source-url",
    "start",
    "start-step",
    "text-delta",
    "text-end",
    "text-start",
    "tool-approval-request",
    "tool-input-available",
    "tool-input-delta",
    "tool-input-start",
    "tool-output-available",
    "tool-output-denied",
    "tool-output-error",
];

/// The chunks of a stream.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told(pub(crate) Vec<Value>);

impl Events {
    pub(crate) fn of(response: Response) -> Self {
        assert_eq!(response.status(), 200);
        let header = |name: &str| response.headers()[name].to_str().unwrap();
        assert_eq!(header("x-vercel-ai-ui-message-stream"), "v1");
        assert_eq!(header("content-type"), "text/event-stream");
        assert!(!header("x-request-id").is_empty());
        Self {
            response,
            buffer: Vec::new(),
            last: 0,
            last_type: String::new(),
            has_usage: false,
            answered: Vec::new(),
            is_done: false,
        }
    }

    /// The next chunk; none at the end.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            let end = self.buffer.windows(2).position(|pair| pair == b"\n\n");
            if let Some(end) = end {
                let event: Vec<u8> = self.buffer.drain(..end + 2).collect();
                if let Some(chunk) = self.read(std::str::from_utf8(&event).unwrap()) {
                    return Some(chunk);
                }
                continue;
            }
            // A server that is killed breaks the connection off.
            let bytes = self.response.chunk().await.ok().flatten()?;
            self.buffer.extend_from_slice(&bytes);
        }
    }

    fn read(&mut self, event: &str) -> Option<Value> {
        assert!(!self.is_done, "nothing comes after [DONE]: {event}");
        let mut chunk = None;
        for line in event.lines() {
            if let Some(id) = line.strip_prefix("id: ") {
                let id: u64 = id.parse().unwrap();
                assert!(id > self.last || self.last == 0, "{id} comes after {}", self.last);
                self.last = id;
            } else if line == "data: [DONE]" {
                let end = self.last_type.as_str();
                assert!(matches!(end, "finish" | "error"), "[DONE] after {end}");
                self.is_done = true;
            } else if let Some(data) = line.strip_prefix("data: ") {
                chunk = Some(self.checked(serde_json::from_str(data).unwrap()));
            } else {
                assert!(line.is_empty() || line.starts_with(':'), "{line}");
            }
        }
        chunk
    }

    /// What a client of the AI SDK would choke on is never sent.
    fn checked(&mut self, chunk: Value) -> Value {
        let kind = chunk["type"].as_str().unwrap().to_owned();
        assert!(TYPES.contains(&kind.as_str()), "{chunk}");
        assert!(chunk.as_object().unwrap().values().all(|field| !field.is_null()), "{chunk}");
        assert_eq!(kind == "start", self.last_type.is_empty(), "{chunk}");
        if kind.starts_with("tool-output-") {
            let call = chunk["toolCallId"].clone();
            assert!(!self.answered.contains(&call), "a second output: {chunk}");
            self.answered.push(call);
        }
        self.has_usage |= kind == "data-usage";
        assert!(kind != "finish" || self.has_usage, "the totals come before the end");
        self.last_type = kind;
        chunk
    }

    /// Everything until this text is complete.
    pub(crate) async fn until_text(&mut self, text: &str) -> Told {
        let mut chunks = Vec::new();
        while let Some(chunk) = self.next().await {
            chunks.push(chunk);
            if Told(chunks.clone()).text().ends_with(text) {
                return Told(chunks);
            }
        }
        panic!("no {text:?} in {chunks:#?}");
    }

    /// Everything that is left of a stream that comes to its end.
    pub(crate) async fn rest(mut self) -> Told {
        let mut chunks = Vec::new();
        while let Some(chunk) = self.next().await {
            chunks.push(chunk);
        }
        assert!(self.is_done, "the stream was cut: {chunks:#?}");
        Told(chunks)
    }

    /// Everything that is left of a stream that is cut off.
    pub(crate) async fn cut(mut self) -> Told {
        let mut chunks = Vec::new();
        while let Some(chunk) = self.next().await {
            chunks.push(chunk);
        }
        assert!(!self.is_done, "the stream came to its end: {chunks:#?}");
        Told(chunks)
    }
}

impl Told {
    /// The types in order, equal neighbours once.
    pub(crate) fn types(&self) -> Vec<&str> {
        let mut types: Vec<&str> =
            self.0.iter().map(|chunk| chunk["type"].as_str().unwrap()).collect();
        types.dedup();
        types
    }

    /// As [`Self::types`], without what is about the conversation or the bill.
    pub(crate) fn story(&self) -> Vec<&str> {
        let is_aside = |kind: &&str| matches!(*kind, "data-conversation" | "data-usage");
        self.types().into_iter().filter(|kind| !is_aside(kind)).collect()
    }

    /// The chunks of a type.
    pub(crate) fn all(&self, kind: &str) -> Vec<&Value> {
        self.0.iter().filter(|chunk| chunk["type"] == kind).collect()
    }

    /// The only chunk of a type.
    pub(crate) fn one(&self, kind: &str) -> &Value {
        match self.all(kind).as_slice() {
            [only] => only,
            others => panic!("{} of {kind} in {:#?}", others.len(), self.0),
        }
    }

    /// The text, without that of attempts that were given up.
    pub(crate) fn text(&self) -> String {
        let (mut text, mut step) = (String::new(), 0);
        for chunk in &self.0 {
            match chunk["type"].as_str().unwrap() {
                "start-step" => step = text.len(),
                "reset-step" => text.truncate(step),
                "text-delta" => text.push_str(chunk["delta"].as_str().unwrap()),
                _ => {}
            }
        }
        text
    }

    /// Why it finished.
    pub(crate) fn finish(&self) -> &str {
        assert_eq!(self.0.last().unwrap()["type"], "finish", "{:#?}", self.0);
        self.one("finish")["finishReason"].as_str().unwrap()
    }

    /// The approvals that are asked for.
    pub(crate) fn approvals(&self) -> Vec<String> {
        let ids = self.all("tool-approval-request").into_iter();
        ids.map(|chunk| chunk["approvalId"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn message_id(&self) -> &str {
        self.one("start")["messageId"].as_str().unwrap()
    }

    /// What a viewer ends up with: deltas of one part joined.
    pub(crate) fn joined(&self) -> Vec<Value> {
        let mut out: Vec<Value> = Vec::new();
        for chunk in &self.0 {
            let is_same = |last: &Value| {
                last["type"] == chunk["type"]
                    && last["id"] == chunk["id"]
                    && last["toolCallId"] == chunk["toolCallId"]
            };
            let delta =
                ["delta", "inputTextDelta"].into_iter().find(|name| chunk[*name].is_string());
            match (out.last_mut().filter(|last| is_same(last)), delta) {
                (Some(last), Some(name)) => {
                    let whole = format!(
                        "{}{}",
                        last[name].as_str().unwrap(),
                        chunk[name].as_str().unwrap()
                    );
                    last[name] = whole.into();
                }
                _ => out.push(chunk.clone()),
            }
        }
        out
    }
}
