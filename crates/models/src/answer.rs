use std::collections::VecDeque;
use std::time::Duration;

use agent::model::{ModelError, ModelErrorKind, ModelEvent, ModelStream, Usage};
use bytes::Bytes;
use futures_core::Stream;
use futures_util::{StreamExt as _, stream};

use crate::fault::{Fault, Redactor};
use crate::sse::Events;

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

/// The events of a body that is there already.
pub(crate) fn replay<D: Decode>(
    body: impl Stream<Item = Bytes> + Send + 'static,
    decoder: D,
) -> ModelStream {
    let events = Events::of(body.map(Ok), Duration::MAX);
    Box::pin(Answer::new(events, decoder, None, Redactor::new(None)).into_stream())
}

/// An answer while it comes.
pub(crate) struct Answer<D> {
    /// None once the last event was read.
    events: Option<Events>,
    decoder: D,
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
        request_id: Option<String>,
        redactor: Redactor,
    ) -> Self {
        let ready = VecDeque::new();
        Self { events: Some(events), decoder, request_id, redactor, ready, started: false }
    }

    /// Reads until the answer begins.
    pub(crate) async fn begin(&mut self) -> Result<(), Fault> {
        while !self.decoder.has_begun() {
            self.read().await?;
        }
        Ok(())
    }

    /// The events, each as soon as it is there.
    pub(crate) fn into_stream(self) -> impl Stream<Item = Result<ModelEvent, ModelError>> + Send {
        stream::unfold(self, |mut answer| async move {
            let item = answer.next().await?;
            Some((item, answer))
        })
    }

    async fn next(&mut self) -> Option<Result<ModelEvent, ModelError>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(self.hand_out(event)));
            }
            self.events.as_ref()?;
            if let Err(fault) = self.read().await {
                self.events = None;
                return Some(Err(self.error(&fault)));
            }
        }
    }

    fn hand_out(&mut self, mut event: ModelEvent) -> ModelEvent {
        match &mut event {
            ModelEvent::Done(reply) => reply.request_id = self.request_id.take(),
            ModelEvent::Usage(_) => {}
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
            usage: self.decoder.usage(),
            request_id: self.request_id.clone(),
            ..self.redactor.error(fault)
        }
    }
}
