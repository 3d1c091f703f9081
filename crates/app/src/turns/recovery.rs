//! Picking turns up: at start, after a crash of another process, after a decision that no driver
//! saw; ending approvals that nobody decided, and deleting files that no message came to hold and
//! imports that were cut off.

use std::collections::HashSet;
use std::time::Duration;

use agent::{TurnId, with_causes};
use store::{Fence, StoreError};
use tokio::task::JoinHandle;

use crate::{App, Result};

/// Turns claimed at once, so that a restart does not start everything in the same moment.
const CLAIMS: u32 = 16;

/// The most time between two looks.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The background tasks of a process.
pub struct Recovery {
    tasks: [JoinHandle<()>; 2],
    jobs: JoinHandle<()>,
}

impl App {
    /// Takes up what was left, and starts to look after leases, deadlines and jobs.
    pub async fn start_recovery(&self) -> Result<Recovery, StoreError> {
        self.warn_of_unpriced();
        self.recover().await?;
        let tasks =
            [tokio::spawn(self.clone().keep_leases()), tokio::spawn(self.clone().take_up_others())];
        Ok(Recovery { tasks, jobs: tokio::spawn(self.clone().run_jobs()) })
    }

    /// Extends leases, in a task of its own so that nothing slow can let them run out.
    async fn keep_leases(self) {
        let mut suspects = HashSet::new();
        loop {
            if let Err(error) = self.heartbeat(&mut suspects).await {
                tracing::warn!(%error, "leases could not be extended");
            }
            tokio::time::sleep(self.pause()).await;
        }
    }

    async fn take_up_others(self) {
        let mut draining = self.0.draining.subscribe();
        loop {
            let drained = draining.wait_for(|draining| *draining);
            if tokio::time::timeout(self.pause(), drained).await.is_ok() {
                return;
            }
            if let Err(error) = self.recover().await {
                tracing::warn!(%error, "looking for turns to take up failed");
            }
        }
    }

    /// The time between two looks.
    pub(crate) fn pause(&self) -> Duration {
        (self.0.settings.lease_ttl / 3).min(LONGEST_PAUSE)
    }

    /// Extends the leases of this process. A turn that is leased here but was without a driver at
    /// two looks in a row is given back.
    async fn heartbeat(&self, suspects: &mut HashSet<TurnId>) -> Result<(), StoreError> {
        let turns = self.0.store.turns();
        let mut orphans = HashSet::new();
        for (turn, stop_requested) in turns.heartbeat(&self.lease()).await? {
            if self.0.hub.get(turn).is_none() {
                orphans.insert(turn);
            } else if stop_requested {
                self.0.hub.stop(turn);
            }
        }
        for turn in orphans.intersection(suspects) {
            if let Some(rows) = turns.load(*turn).await? {
                tracing::warn!(%turn, "a turn has a lease but no driver; it is given back");
                turns.release(Fence { turn: *turn, epoch: rows.turn.epoch }).await?;
            }
        }
        *suspects = orphans;
        Ok(())
    }

    async fn recover(&self) -> Result<(), StoreError> {
        let turns = self.0.store.turns();
        // After a pause of the whole machine our own leases have run out, but nobody took them.
        turns.heartbeat(&self.lease()).await?;
        turns.expire_due(self.now()).await?;
        for turn in turns.claim_due(&self.lease(), self.now(), CLAIMS).await? {
            tracing::info!(turn = %turn.id, epoch = turn.epoch, "taking up a turn");
            if let Err(error) = self.drive_claimed(&turn).await {
                let error = with_causes(&error);
                tracing::error!(turn = %turn.id, error, "a turn could not be taken up");
            }
        }
        self.0.store.memories().purge(self.now()).await?;
        self.0.store.files().purge_unattached(self.now()).await?;
        self.0.store.imports().purge_cut_off(self.now()).await?;
        Ok(())
    }

    /// Takes no new turns and jobs, lets those that run reach a point where they can be left, and
    /// waits for that at most this long. What is left then is taken up at the next start.
    pub async fn drain(&self, mut recovery: Recovery, patience: Duration) {
        self.0.draining.send_replace(true);
        let idle = async { tokio::join!(self.0.hub.idle(), &mut recovery.jobs).1 };
        if tokio::time::timeout(patience, idle).await.is_err() {
            tracing::warn!("some work was still going on; it is taken up at the next start");
        }
        recovery.jobs.abort();
        for task in recovery.tasks {
            task.abort();
        }
    }
}
