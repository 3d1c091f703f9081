//! Server-sent events out of a response body, with limits on silence and size.
//!
//! The rules are those of the HTML standard as far as they concern data: line ends of all three
//! kinds, a byte order mark, comments, several data lines in an event; an event without its blank
//! line does not count.

use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Duration;

use agent::model::ModelErrorKind;
use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt as _;
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
    body: Pin<Box<dyn Stream<Item = Received> + Send>>,
    idle: Duration,
    lines: Lines,
    ready: VecDeque<String>,
}

impl Events {
    /// Reads the events of a body that is never silent for longer than `idle`.
    pub(crate) fn of(body: impl Stream<Item = Received> + Send + 'static, idle: Duration) -> Self {
        let (lines, ready) = (Lines::default(), VecDeque::new());
        Self { body: Box::pin(body), idle, lines, ready }
    }

    /// How long the body may be silent.
    pub(crate) const fn idle(&self) -> Duration {
        self.idle
    }

    /// The data of the next event that has any; none at the end of the body.
    pub(crate) async fn next(&mut self) -> Result<Option<String>, Fault> {
        loop {
            if let Some(data) = self.ready.pop_front() {
                return Ok(Some(data));
            }
            // What came before a fault is handed out before it.
            if let Some(fault) = self.lines.fault.take() {
                return Err(fault);
            }
            // The client's own read timeout also counts the time in which nobody asks for more.
            match timeout(self.idle, self.body.next()).await {
                Ok(Some(chunk)) => self.lines.read(&chunk?, &mut self.ready),
                Ok(None) => return Ok(None),
                Err(_elapsed) => {
                    let message = format!("nothing came for {:?}", self.idle);
                    return Err(Fault::new(ModelErrorKind::Timeout, message));
                }
            }
        }
    }

    /// Reads the little that follows the last event, so that the connection can be used again.
    pub(crate) fn drain(mut self) {
        tokio::spawn(async move {
            let rest = async { while let Ok(Some(_)) = self.next().await {} };
            // A body that does not end just costs its connection.
            drop(timeout(DRAIN, rest).await);
        });
    }
}

/// Cuts a body into lines and puts the data of its events together.
#[derive(Default)]
struct Lines {
    /// The beginning of a line whose end is still to come.
    partial: Vec<u8>,
    data: Vec<u8>,
    has_data: bool,
    after_return: bool,
    /// Whether the first line, which may have a byte order mark, is behind.
    begun: bool,
    /// All bytes so far, and those of the event at hand.
    body: usize,
    event: usize,
    fault: Option<Fault>,
}

impl Lines {
    fn read(&mut self, mut chunk: &[u8], out: &mut VecDeque<String>) {
        self.body += chunk.len();
        if self.after_return && chunk.first() == Some(&b'\n') {
            chunk = &chunk[1..];
        }
        if !chunk.is_empty() {
            self.after_return = false;
        }
        while let Some(end) = memchr::memchr2(b'\n', b'\r', chunk) {
            let (line, rest) = chunk.split_at(end);
            let is_pair = rest.starts_with(b"\r\n");
            self.after_return = rest == b"\r";
            chunk = &rest[if is_pair { 2 } else { 1 }..];
            let ended = if self.partial.is_empty() {
                self.line(line, out)
            } else {
                let mut whole = std::mem::take(&mut self.partial);
                whole.extend_from_slice(line);
                let ended = self.line(&whole, out);
                whole.clear();
                self.partial = whole;
                ended
            };
            if let Err(fault) = ended {
                self.fault = Some(fault);
                return;
            }
        }
        self.partial.extend_from_slice(chunk);
        let event = self.event + self.partial.len();
        for (size, most, what) in
            [(event, MAX_EVENT, "an event"), (self.body, MAX_BODY, "an answer")]
        {
            if size > most {
                self.fault = Some(Fault::protocol(format!("{what} of more than {most} bytes")));
            }
        }
    }

    fn line(&mut self, mut line: &[u8], out: &mut VecDeque<String>) -> Result<(), Fault> {
        if !std::mem::replace(&mut self.begun, true) {
            line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        }
        self.event += line.len();
        if line.is_empty() {
            self.event = 0;
            if std::mem::take(&mut self.has_data) {
                out.push_back(text(std::mem::take(&mut self.data))?);
            }
        } else if let Some(value) = line.strip_prefix(b"data")
            && (value.is_empty() || value.starts_with(b":"))
        {
            let value = value.strip_prefix(b":").unwrap_or(value);
            if std::mem::replace(&mut self.has_data, true) {
                self.data.push(b'\n');
            }
            self.data.extend_from_slice(value.strip_prefix(b" ").unwrap_or(value));
        }
        Ok(())
    }
}

fn text(data: Vec<u8>) -> Result<String, Fault> {
    String::from_utf8(data)
        .map_err(|error| Fault::protocol(format!("an event is no text: {}", error.utf8_error())))
}
