use std::collections::VecDeque;

use agent::model::{ModelError, ModelErrorKind, ModelEvent};
use futures_core::Stream;
use futures_util::stream;

use super::decode::Decoder;
use crate::fault::{Fault, Redactor};
use crate::sse::Events;

/// An answer while it comes.
pub(crate) struct Answer {
    /// None once the last event was read.
    events: Option<Events>,
    decoder: Decoder,
    redactor: Redactor,
    ready: VecDeque<ModelEvent>,
    started: bool,
}

impl Answer {
    pub(crate) fn new(events: Events, decoder: Decoder, redactor: Redactor) -> Self {
        Self { events: Some(events), decoder, redactor, ready: VecDeque::new(), started: false }
    }

    /// Reads up to `message_start`.
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
                self.started = true;
                return Some(Ok(event));
            }
            self.events.as_ref()?;
            if let Err(fault) = self.read().await {
                self.events = None;
                return Some(Err(self.error(&fault)));
            }
        }
    }

    async fn read(&mut self) -> Result<(), Fault> {
        let data = match &mut self.events {
            Some(events) => events.next().await?,
            None => None,
        };
        let Some(data) = data else {
            let message = "the stream ended before the answer did";
            return Err(Fault::new(ModelErrorKind::Truncated, message));
        };
        self.decoder.feed(&data, &mut self.ready)?;
        if self.decoder.is_complete()
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
            request_id: self.decoder.request_id(),
            ..self.redactor.error(fault)
        }
    }
}
