//! One person's changes, for whoever keeps a page true.

use agent::UserId;
use store::Change;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use crate::App;

/// What a listener is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// This changed.
    Changed(Change),
    /// Too much changed at once; some of it is not told.
    Missed,
}

/// Listens to one person's changes.
pub struct NewsFeed {
    owner: UserId,
    changes: Receiver<Change>,
    draining: watch::Receiver<bool>,
}

impl App {
    /// A person's changes from now on.
    pub fn news(&self, owner: UserId) -> NewsFeed {
        let (changes, draining) = (self.0.store.changes(), self.0.draining.subscribe());
        NewsFeed { owner, changes, draining }
    }
}

impl NewsFeed {
    /// The next change; waits for it. `None` when the process is about to end, so that listeners
    /// come back to the next one.
    pub async fn next(&mut self) -> Option<News> {
        loop {
            let change = tokio::select! {
                biased;
                _ = self.draining.wait_for(|draining| *draining) => return None,
                change = self.changes.recv() => change,
            };
            match change {
                Ok(change) if change.owner == self.owner => return Some(News::Changed(change)),
                Ok(_somebody_elses) => {}
                Err(RecvError::Lagged(_)) => return Some(News::Missed),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}
