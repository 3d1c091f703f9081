use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use agent::model::{ModelError, ModelErrorKind, ModelEvent, ModelStream, Usage};
use bytes::Bytes;
use futures_core::Stream;
use futures_util::{StreamExt as _, stream};
use tokio::time::timeout;

use crate::fault::{Fault, Redactor};
use crate::sse::Events;

/// How much longer than any silence only signs of life may come, such as pings.
const PATIENCE: u32 = 5;

/// How many bytes a token of an answer has at the most, about: one that goes far beyond what was
/// asked for is cut. What is short anyway has room for mistakes.
const BYTES_PER_TOKEN: u64 = 32;
const SHORT: u64 = 64 * 1024;

/// How many parts an answer may have.
const MAX_PARTS: usize = 2_000;

/// The most tokens of a kind that anybody is billed for in one answer: no model takes so many, and
/// a number without meaning must not use up a month's budget.
const MAX_TOKENS: u64 = 10_000_000;

/// The most characters of a model's name.
const MAX_NAME: usize = 200;

/// How far an answer has come.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Waiting,
    Begun,
    Complete,
}

/// Reads one vendor's events.
pub(crate) trait Decode: Send + 'static {
    /// Takes the data of one event and adds what it causes to `out`.
    fn feed(&mut self, data: &str, out: &mut VecDeque<ModelEvent>) -> Result<(), Fault>;

    /// Takes the end of the body, which completes the answers of servers that do not say so.
    fn end(&mut self, out: &mut VecDeque<ModelEvent>) -> Result<(), Fault>;

    /// How far the answer has come.
    fn state(&self) -> State;

    /// Whether the answer has begun, so that it costs something.
    fn has_begun(&self) -> bool {
        self.state() != State::Waiting
    }

    /// The tokens so far.
    fn usage(&self) -> Usage;
}

/// The fault of an answer whose end is missing.
pub(crate) fn truncated() -> Fault {
    Fault::new(ModelErrorKind::Truncated, "the stream ended before the answer did")
}

fn stuck(patience: Duration) -> Fault {
    let message = format!("only signs of life came for {patience:?}");
    Fault::new(ModelErrorKind::Timeout, message)
}

/// The events of a body that is there already.
pub(crate) fn replay<D: Decode>(
    body: impl Stream<Item = Bytes> + Send + 'static,
    decoder: D,
) -> ModelStream {
    let (events, limits) = (Events::of(body.map(Ok), Duration::MAX), Limits::of(u32::MAX));
    Box::pin(Answer::new(events, decoder, limits, None, Redactor::new(None)).into_stream())
}

/// What an answer may hold, and what it holds so far.
pub(crate) struct Limits {
    /// How many bytes may still come.
    room: u64,
    parts: usize,
}

impl Limits {
    /// Those of an answer for which so many tokens were asked.
    pub(crate) fn of(max_tokens: u32) -> Self {
        let room = SHORT + u64::from(max_tokens) * BYTES_PER_TOKEN;
        Self { room, parts: 0 }
    }

    fn admit(&mut self, event: &ModelEvent) -> Result<(), Fault> {
        match event {
            ModelEvent::BlockStart { .. } => {
                self.parts += 1;
                if self.parts > MAX_PARTS {
                    let message = format!("an answer of more than {MAX_PARTS} parts");
                    return Err(Fault::protocol(message));
                }
            }
            // At the end, when all that it cost is known.
            ModelEvent::Done(reply) => {
                let calls = reply.content.iter().filter(|block| block["type"] == "tool_use");
                let mut ids = BTreeSet::new();
                if !calls.map(|call| call["id"].as_str()).all(|id| ids.insert(id)) {
                    return Err(Fault::protocol("two tool calls with one id"));
                }
            }
            ModelEvent::BlockDelta { delta, .. } => {
                let room = self.room.checked_sub(delta.len() as u64);
                let longer = || Fault::protocol("the answer is far longer than was asked for");
                self.room = room.ok_or_else(longer)?;
            }
            ModelEvent::Usage(_) | ModelEvent::VendorTool(_) | ModelEvent::BlockEnd { .. } => {}
        }
        Ok(())
    }
}

/// What is believed of the numbers of a server.
fn believed(usage: Usage) -> Usage {
    Usage {
        input_tokens: usage.input_tokens.min(MAX_TOKENS),
        cache_read_tokens: usage.cache_read_tokens.min(MAX_TOKENS),
        cache_write_tokens: usage.cache_write_tokens.min(MAX_TOKENS),
        cache_write_1h_tokens: usage.cache_write_1h_tokens.min(MAX_TOKENS),
        output_tokens: usage.output_tokens.min(MAX_TOKENS),
    }
}

/// An answer while it comes.
pub(crate) struct Answer<D> {
    /// None once the last event was read.
    events: Option<Events>,
    decoder: D,
    limits: Limits,
    request_id: Option<String>,
    redactor: Redactor,
    ready: VecDeque<ModelEvent>,
    /// Whether anything that people see was handed out.
    started: bool,
}

impl<D: Decode> Answer<D> {
    pub(crate) fn new(
        events: Events,
        decoder: D,
        limits: Limits,
        request_id: Option<String>,
        redactor: Redactor,
    ) -> Self {
        let (events, ready) = (Some(events), VecDeque::new());
        Self { events, decoder, limits, request_id, redactor, ready, started: false }
    }

    /// Reads until the answer begins.
    pub(crate) async fn begin(&mut self) -> Result<(), Fault> {
        let patience = self.patience();
        let beginning = async {
            while !self.decoder.has_begun() {
                self.read().await?;
            }
            Ok(())
        };
        timeout(patience, beginning).await.unwrap_or_else(|_elapsed| Err(stuck(patience)))
    }

    /// How long nothing need come of the answer itself.
    fn patience(&self) -> Duration {
        self.events.as_ref().map_or(Duration::MAX, |events| events.idle().saturating_mul(PATIENCE))
    }

    /// The events, each as soon as it is there.
    pub(crate) fn into_stream(self) -> impl Stream<Item = Result<ModelEvent, ModelError>> + Send {
        stream::unfold(self, |mut answer| async move {
            let item = answer.next().await?;
            Some((item, answer))
        })
    }

    async fn next(&mut self) -> Option<Result<ModelEvent, ModelError>> {
        let fault = loop {
            if let Some(event) = self.ready.pop_front() {
                if let Err(fault) = self.limits.admit(&event) {
                    break fault;
                }
                return Some(Ok(self.hand_out(event)));
            }
            self.events.as_ref()?;
            if let Err(fault) = self.more().await {
                break fault;
            }
        };
        (self.events, self.ready) = (None, VecDeque::new());
        Some(Err(self.error(&fault)))
    }

    /// Reads until there is something to hand out, or the end.
    async fn more(&mut self) -> Result<(), Fault> {
        let patience = self.patience();
        let reading = async {
            while self.ready.is_empty() && self.events.is_some() {
                self.read().await?;
            }
            Ok(())
        };
        timeout(patience, reading).await.unwrap_or_else(|_elapsed| Err(stuck(patience)))
    }

    fn hand_out(&mut self, mut event: ModelEvent) -> ModelEvent {
        match &mut event {
            ModelEvent::Done(reply) => {
                reply.request_id = self.request_id.take();
                reply.usage = believed(reply.usage);
                if let Some((end, _)) = reply.model.char_indices().nth(MAX_NAME) {
                    reply.model.truncate(end);
                }
            }
            ModelEvent::Usage(usage) => *usage = believed(*usage),
            ModelEvent::VendorTool(_)
            | ModelEvent::BlockStart { .. }
            | ModelEvent::BlockDelta { .. }
            | ModelEvent::BlockEnd { .. } => self.started = true,
        }
        event
    }

    async fn read(&mut self) -> Result<(), Fault> {
        let data = match &mut self.events {
            Some(events) => events.next().await?,
            None => None,
        };
        match data {
            Some(data) => self.decoder.feed(&data, &mut self.ready)?,
            None => self.decoder.end(&mut self.ready)?,
        }
        if self.decoder.state() == State::Complete
            && let Some(events) = self.events.take()
        {
            events.drain();
        }
        Ok(())
    }

    fn error(&self, fault: &Fault) -> ModelError {
        ModelError {
            started: self.started,
            usage: believed(self.decoder.usage()),
            request_id: self.request_id.clone(),
            ..self.redactor.error(fault)
        }
    }
}
