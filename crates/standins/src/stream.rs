//! Replies as bytes on a socket: framing, pace, and what is to happen after which event.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use tokio::time::{Instant, sleep_until};

use crate::reply::{Cut, Part, Reply, Stamped};
use crate::{Gate, magic};

/// One thing to do while a body is sent; times count from its beginning.
enum Step {
    Send(Bytes),
    Wait(Duration),
    Gate(Gate),
    Stamp { write: StampedEvent, index: usize, bytes: usize },
    HangUp,
}

/// An event of one vendor's, around a text that needs no JSON escapes.
pub(crate) type StampedEvent = fn(index: usize, text: &str) -> String;

/// Collects what is sent for a reply.
pub(crate) struct Writer<'a> {
    reply: &'a Reply,
    steps: VecDeque<Step>,
    events: usize,
    ended: bool,
    elapsed: Duration,
    /// The event that tells of an error of that type.
    error: fn(&str) -> String,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(reply: &'a Reply, error: fn(&str) -> String) -> Self {
        let (steps, elapsed) = (VecDeque::new(), Duration::ZERO);
        let mut writer = Self { reply, steps, events: 0, ended: false, elapsed, error };
        if reply.framing.bom {
            writer.send(b"\xEF\xBB\xBF");
        }
        writer
    }

    /// Sends an event that counts.
    pub(crate) fn event(&mut self, text: &str) {
        self.cut();
        self.send(text.as_bytes());
        self.events += 1;
    }

    /// Waits as long as the reply wants between two deltas.
    pub(crate) fn pace(&mut self) {
        self.wait(self.reply.pace);
    }

    /// Sends deltas that are made at the moment of sending.
    pub(crate) fn stamped(&mut self, stamped: Stamped, index: usize, write: StampedEvent) {
        for nth in 0..stamped.deltas {
            if nth > 0 {
                self.wait(stamped.gap);
            }
            self.push(Step::Stamp { write, index, bytes: stamped.bytes });
        }
    }

    /// A wait of no length would last until the timer's next tick, a millisecond later.
    pub(crate) fn wait(&mut self, time: Duration) {
        if !time.is_zero() {
            self.elapsed += time;
            self.push(Step::Wait(self.elapsed));
        }
    }

    pub(crate) fn gate(&mut self, gate: &Gate) {
        self.push(Step::Gate(gate.clone()));
    }

    /// Sends bytes that are no event.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let framing = self.reply.framing;
        let bytes = if framing.crlf { with_crlf(bytes) } else { bytes.to_vec() };
        for piece in bytes.chunks(framing.chunk.unwrap_or(usize::MAX)) {
            self.push(Step::Send(Bytes::copy_from_slice(piece)));
        }
    }

    /// The body that carries it all out.
    pub(crate) fn into_body(mut self) -> Body {
        self.cut();
        let start = Instant::now();
        Body::from_stream(stream::unfold(self.steps, move |mut steps| async move {
            loop {
                match steps.pop_front()? {
                    Step::Send(bytes) => return Some((Ok(bytes), steps)),
                    Step::Wait(time) => sleep_until(start + time).await,
                    Step::Gate(gate) => gate.pass().await,
                    Step::Stamp { write, index, bytes } => {
                        let event = write(index, &magic::stamp(bytes));
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

    /// Does what is to happen after the events sent so far.
    fn cut(&mut self) {
        let reply = self.reply;
        for (after, cut) in &reply.cuts {
            if *after != self.events || self.ended {
                continue;
            }
            match cut {
                Cut::Gate(gate) => self.gate(gate),
                Cut::Stall(time) => self.wait(*time),
                Cut::Error(kind) => {
                    let error = (self.error)(kind);
                    self.send(error.as_bytes());
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

/// Passes every gate of a reply that is not streamed; gives the error that it ends with.
pub(crate) async fn pass_cuts(reply: &Reply) -> Result<(), String> {
    for part in &reply.parts {
        if let Part::Gate(gate) = part {
            gate.pass().await;
        }
    }
    for (_, cut) in &reply.cuts {
        match cut {
            Cut::Error(kind) => return Err(kind.clone()),
            Cut::Gate(gate) => gate.pass().await,
            Cut::Stall(time) => tokio::time::sleep(*time).await,
            Cut::End | Cut::HangUp => {}
        }
    }
    Ok(())
}
