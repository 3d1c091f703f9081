//! Server-sent events out of a response body, with limits on silence and size.

use std::pin::Pin;
use std::time::Duration;

use agent::model::ModelErrorKind;
use bytes::Bytes;
use futures_core::Stream;
use futures_util::{StreamExt as _, stream};
use sse_stream::{Sse, SseByteStream};
use tokio::time::timeout;

use crate::fault::Fault;

/// The largest single event, in bytes.
const MAX_EVENT: usize = 8 * 1024 * 1024;

/// The largest body, in bytes.
const MAX_BODY: usize = 64 * 1024 * 1024;

/// How long the end of a body is waited for once its last event is there.
const DRAIN: Duration = Duration::from_secs(1);

/// A piece of a body.
pub(crate) type Received = Result<Bytes, Fault>;

/// The events of one response. Dropping them closes the connection.
pub(crate) struct Events {
    inner: Pin<Box<dyn Stream<Item = Result<Sse, sse_stream::Error>> + Send>>,
}

impl Events {
    /// Reads the events of a body that is never silent for longer than `idle`.
    pub(crate) fn of(body: impl Stream<Item = Received> + Send + 'static, idle: Duration) -> Self {
        let body = Watched { bytes: Box::pin(body), idle, meter: Meter::default() };
        let chunks = stream::unfold(body, |mut body| async move {
            let chunk = body.next().await?;
            Some((chunk.map_err(Stopped), body))
        });
        Self { inner: Box::pin(SseByteStream::new(Box::pin(chunks))) }
    }

    /// The data of the next event that has any; none at the end of the body.
    pub(crate) async fn next(&mut self) -> Result<Option<String>, Fault> {
        while let Some(event) = self.inner.next().await {
            if let Some(data) = event.map_err(fault_of)?.data {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    /// Reads the little that follows the last event, so that the connection can be used again.
    pub(crate) fn drain(mut self) {
        tokio::spawn(async move {
            let rest = async { while let Some(Ok(_)) = self.inner.next().await {} };
            // A body that does not end just costs its connection.
            drop(timeout(DRAIN, rest).await);
        });
    }
}

struct Watched {
    bytes: Pin<Box<dyn Stream<Item = Received> + Send>>,
    idle: Duration,
    meter: Meter,
}

impl Watched {
    // The client's own read timeout also counts the time in which nobody asks for more.
    async fn next(&mut self) -> Option<Result<Bytes, Fault>> {
        match timeout(self.idle, self.bytes.next()).await {
            Ok(Some(Ok(chunk))) => Some(self.meter.admit(&chunk).map(|()| chunk)),
            Ok(Some(Err(error))) => Some(Err(error)),
            Ok(None) => None,
            Err(_elapsed) => {
                let message = format!("nothing came for {:?}", self.idle);
                Some(Err(Fault::new(ModelErrorKind::Timeout, message)))
            }
        }
    }
}

/// Counts the bytes of each event; the parser itself has no limit.
#[derive(Default)]
struct Meter {
    body: usize,
    event: usize,
    line: usize,
    after_return: bool,
}

impl Meter {
    fn admit(&mut self, chunk: &[u8]) -> Result<(), Fault> {
        self.body += chunk.len();
        if self.body > MAX_BODY {
            return Err(Fault::protocol(format!("an answer of more than {MAX_BODY} bytes")));
        }
        for byte in chunk {
            match byte {
                b'\n' if self.after_return => {}
                b'\n' | b'\r' => {
                    if self.line == 0 {
                        self.event = 0;
                    }
                    self.line = 0;
                }
                _ => {
                    self.line += 1;
                    self.event += 1;
                }
            }
            self.after_return = *byte == b'\r';
            if self.event > MAX_EVENT {
                return Err(Fault::protocol(format!("an event of more than {MAX_EVENT} bytes")));
            }
        }
        Ok(())
    }
}

/// A fault on its way through the parser.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.message)]
struct Stopped(Fault);

fn fault_of(error: sse_stream::Error) -> Fault {
    match error {
        sse_stream::Error::Body(cause) => match cause.downcast::<Stopped>() {
            Ok(stopped) => stopped.0,
            Err(other) => Fault::new(ModelErrorKind::Network, other.to_string()),
        },
        other => Fault::protocol(other.to_string()),
    }
}
