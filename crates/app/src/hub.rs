//! Live events: an in-memory log for each running turn, from the answer's first chunk, that any
//! number of viewers read at their own pace.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use agent::{Chunk, StepId, TurnId};
use tokio::sync::watch;

/// The logs of the turns that this process drives.
#[derive(Default)]
pub(crate) struct Hub {
    logs: Mutex<HashMap<TurnId, Arc<TurnLog>>>,
    open: watch::Sender<usize>,
}

/// A whole answer as chunks, and where the outputs of each step's tools begin.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transcript {
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) outputs_from: HashMap<StepId, usize>,
}

/// The log of one turn while a driver holds it.
pub(crate) struct TurnLog {
    state: Mutex<LogState>,
    changed: watch::Sender<()>,
    stop: watch::Sender<bool>,
}

#[derive(Default)]
struct LogState {
    transcript: Transcript,
    closed: bool,
}

/// One chunk with its place in the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Its place, counted from 1.
    pub seq: u64,
    /// The chunk.
    pub chunk: Chunk,
}

/// Reads one log.
pub struct Viewer {
    log: Arc<TurnLog>,
    changed: watch::Receiver<()>,
    at: usize,
    first: Option<Chunk>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while the lock was held leaves at worst one chunk unsent, never a broken log.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    /// Opens the log of a turn; an older log of the same turn is left to its viewers.
    pub(crate) fn open(&self, turn: TurnId, base: Transcript) -> Arc<TurnLog> {
        let log = TurnLog::new(base, false);
        let mut logs = lock(&self.logs);
        logs.insert(turn, Arc::clone(&log));
        self.open.send_replace(logs.len());
        log
    }

    /// The log of a turn that this process drives.
    pub(crate) fn get(&self, turn: TurnId) -> Option<Arc<TurnLog>> {
        lock(&self.logs).get(&turn).cloned()
    }

    /// Ends a log and forgets it, unless a newer one has taken its place.
    pub(crate) fn close(&self, turn: TurnId, log: &Arc<TurnLog>) {
        let mut logs = lock(&self.logs);
        if logs.get(&turn).is_some_and(|current| Arc::ptr_eq(current, log)) {
            logs.remove(&turn);
        }
        self.open.send_replace(logs.len());
        drop(logs);
        log.close();
    }

    /// Asks the driver of a turn to stop.
    pub(crate) fn stop(&self, turn: TurnId) {
        if let Some(log) = self.get(turn) {
            log.stop.send_replace(true);
        }
    }

    /// Waits until no turn is driven here.
    pub(crate) async fn idle(&self) {
        let mut open = self.open.subscribe();
        // The sender lives as long as `self`, so this ends only when the count is 0.
        let _ = open.wait_for(|count| *count == 0).await;
    }
}

impl TurnLog {
    fn new(transcript: Transcript, closed: bool) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(LogState { transcript, closed }),
            changed: watch::Sender::new(()),
            stop: watch::Sender::new(false),
        })
    }

    /// A log that is already over.
    pub(crate) fn finished(transcript: Transcript) -> Arc<Self> {
        Self::new(transcript, true)
    }

    /// Adds a chunk.
    pub(crate) fn push(&self, chunk: Chunk) {
        self.extend([chunk]);
    }

    /// Adds chunks.
    pub(crate) fn extend(&self, chunks: impl IntoIterator<Item = Chunk>) {
        lock(&self.state).transcript.chunks.extend(chunks);
        self.changed.send_replace(());
    }

    /// Ends the step that viewers see, if one is open.
    pub(crate) fn close_step(&self) {
        let is_open = {
            let state = lock(&self.state);
            let edges = state.transcript.chunks.iter().rev();
            let mut edges =
                edges.filter(|chunk| matches!(chunk, Chunk::StartStep | Chunk::FinishStep));
            matches!(edges.next(), Some(Chunk::StartStep))
        };
        if is_open {
            self.push(Chunk::FinishStep);
        }
    }

    /// Notes that what follows are the outputs of this step's tools.
    pub(crate) fn mark_outputs(&self, step: StepId) {
        let mut state = lock(&self.state);
        let at = state.transcript.chunks.len();
        state.transcript.outputs_from.insert(step, at);
    }

    fn close(&self) {
        lock(&self.state).closed = true;
        self.changed.send_replace(());
    }

    /// Becomes true when the person asks to stop.
    pub(crate) fn stop_signal(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// A viewer from the first chunk.
    pub(crate) fn view(self: &Arc<Self>) -> Viewer {
        Viewer { changed: self.changed.subscribe(), log: Arc::clone(self), at: 0, first: None }
    }

    /// A viewer that begins with `start` and goes on with the outputs of a step's tools.
    pub(crate) fn view_outputs(self: &Arc<Self>, step: StepId, start: Chunk) -> Viewer {
        let at = lock(&self.state).transcript.outputs_from.get(&step).copied().unwrap_or(0);
        Viewer { changed: self.changed.subscribe(), log: Arc::clone(self), at, first: Some(start) }
    }
}

impl Viewer {
    /// Everything that has come since the last call, deltas of one part joined; waits if nothing
    /// has. `None` at the end.
    pub async fn next(&mut self) -> Option<Vec<Frame>> {
        loop {
            self.changed.borrow_and_update();
            let (frames, closed) = self.take();
            if !frames.is_empty() {
                return Some(frames);
            }
            if closed || self.changed.changed().await.is_err() {
                return None;
            }
        }
    }

    fn take(&mut self) -> (Vec<Frame>, bool) {
        let state = lock(&self.log.state);
        let news = state.transcript.chunks.get(self.at..).unwrap_or_default();
        let mut frames: Vec<Frame> = Vec::new();
        let first = self.first.take();
        let first = first.map(|chunk| (self.at, chunk));
        let news_in_place = (self.at + 1..).zip(news.iter().cloned());
        for (place, mut chunk) in first.into_iter().chain(news_in_place) {
            let seq = place as u64;
            if let Some(last) = frames.last_mut() {
                let Some(rest) = last.chunk.absorb(chunk) else {
                    last.seq = seq;
                    continue;
                };
                chunk = rest;
            }
            frames.push(Frame { seq, chunk });
        }
        self.at += news.len();
        (frames, state.closed)
    }
}
