//! Turns: starting them, driving them, watching them, and picking them up again.

mod answer;
mod budget;
mod calls;
mod compact;
mod driver;
mod model_step;
pub(crate) mod post;
pub(crate) mod recovery;
pub(crate) mod replay;
mod state;

use std::sync::Arc;
use std::time::Duration;

use agent::{TurnId, TurnStatus, UserId};
use store::{Lease, StopOutcome, TurnRows};

use crate::hub::{TurnLog, Viewer};
use crate::{App, AppError, Result, view};

/// How often a turn that another process drives is looked at.
const REMOTE_POLL: Duration = Duration::from_millis(250);

/// Does something to its end even if the caller goes away: a turn that is leased here must also
/// get its driver.
pub(crate) async fn uncancelled<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    tokio::spawn(work).await.map_err(AppError::internal)?
}

impl App {
    /// A lease from now on for this process.
    pub(crate) fn lease(&self) -> Lease {
        Lease { owner: self.0.process.clone(), until: self.now().plus(self.0.settings.lease_ttl) }
    }

    /// Claims a queued turn and drives it here, unless another process was faster.
    pub(crate) async fn wake(&self, turn: TurnId) -> Result<Option<Arc<TurnLog>>> {
        if self.is_draining() {
            return Ok(None);
        }
        let app = self.clone();
        uncancelled(async move {
            match app.0.store.turns().claim(turn, &app.lease(), app.now()).await? {
                Some(turn) => app.drive_claimed(&turn).await,
                None => Ok(None),
            }
        })
        .await
    }

    /// The stream of a conversation's running answer from its first chunk; `None` if none runs.
    pub async fn watch(&self, owner: UserId, conversation: &str) -> Result<Option<Viewer>> {
        let Some(conversation) = self.0.store.conversations().find(owner, conversation).await?
        else {
            return Ok(None);
        };
        match self.0.store.turns().active(owner, conversation.id).await? {
            Some(turn) if turn.status != TurnStatus::Waiting => {
                Ok(Some(self.log_of(turn.id).await?.view()))
            }
            _ => Ok(None),
        }
    }

    /// Stops what runs in a conversation; an error if there is no such conversation.
    pub async fn stop(&self, owner: UserId, conversation: &str) -> Result<()> {
        let conversation = self.conversation(owner, conversation).await?;
        match self.0.store.turns().request_stop(owner, conversation.id, self.now()).await? {
            StopOutcome::NotFound => Err(AppError::NotFound("conversation")),
            StopOutcome::Idle | StopOutcome::Stopped(_) => Ok(()),
            StopOutcome::Requested(turn) => {
                self.0.hub.stop(turn);
                Ok(())
            }
        }
    }

    /// A turn with all that belongs to it, as it is now.
    pub(crate) async fn rows(&self, turn: TurnId) -> Result<TurnRows> {
        self.0.store.turns().load(turn).await?.ok_or(AppError::NotFound("turn"))
    }

    /// The live log of a turn that is driven here, or a closed one made from its rows. A turn that
    /// is queued is claimed; one that another process drives is waited for.
    pub(crate) async fn log_of(&self, turn: TurnId) -> Result<Arc<TurnLog>> {
        loop {
            let rows = self.rows(turn).await?;
            let is_held = matches!(rows.turn.status, TurnStatus::Queued | TurnStatus::Running);
            if !is_held {
                return Ok(TurnLog::finished(view::closed_transcript(&rows)));
            }
            if rows.turn.status == TurnStatus::Queued
                && let Some(log) = self.wake(turn).await?
            {
                return Ok(log);
            }
            if let Some(log) = self.0.hub.get(turn) {
                return Ok(log);
            }
            if self.is_draining() {
                return Err(AppError::Draining);
            }
            tokio::time::sleep(REMOTE_POLL).await;
        }
    }
}
