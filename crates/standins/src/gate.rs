use std::sync::Arc;

use tokio::sync::watch;

/// A point in a reply at which the server waits for the test. Clones are the same gate.
#[derive(Clone, Debug)]
pub struct Gate(Arc<watch::Sender<Passage>>);

#[derive(Debug, Default)]
struct Passage {
    reached: bool,
    open: bool,
    abandoned: bool,
}

impl Gate {
    /// A closed one.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Passage::default())))
    }

    /// Lets the reply go on.
    pub fn open(&self) {
        self.0.send_modify(|passage| passage.open = true);
    }

    /// Waits until a reply has come to this point; all before it is handed to the socket.
    pub async fn reached(&self) {
        self.until(|passage| passage.reached).await;
    }

    /// Waits until a reply was dropped while it stood at this point: the client hung up.
    pub async fn abandoned(&self) {
        self.until(|passage| passage.abandoned).await;
    }

    pub(crate) async fn pass(&self) {
        let mut leaving = Leaving { gate: self, passed: false };
        self.0.send_modify(|passage| passage.reached = true);
        self.until(|passage| passage.open).await;
        leaving.passed = true;
    }

    async fn until(&self, condition: impl FnMut(&Passage) -> bool) {
        // The sender lives as long as `self`, so this cannot end early.
        drop(self.0.subscribe().wait_for(condition).await);
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

struct Leaving<'a> {
    gate: &'a Gate,
    passed: bool,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        if !self.passed {
            self.gate.0.send_modify(|passage| passage.abandoned = true);
        }
    }
}
