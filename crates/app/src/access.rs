//! What lets somebody in, and its end: what they watch must not go on without it.

use std::time::Duration;

use agent::UserId;
use tokio::time::{Instant, interval_at};

use crate::{App, Result};

/// What lets somebody in.
#[derive(Clone)]
pub enum Credential {
    /// The secret of a browser's session.
    Session(String),
    /// A program's token.
    Token(String),
}

impl App {
    /// Says that something no longer lets this person in.
    pub(crate) fn announce_end(&self, owner: UserId) {
        // Nobody may be watching, which is no failure.
        let _ = self.0.ended.send(owner);
    }

    /// Waits until a credential of a person no longer lets them in. Of an end that is made here it
    /// hears at once; others come unheard, so it also looks `every` so often.
    pub fn access_end(
        &self,
        owner: UserId,
        credential: Credential,
        every: Duration,
    ) -> impl Future<Output = ()> + Send + 'static {
        let (app, mut ended) = (self.clone(), self.0.ended.subscribe());
        async move {
            let mut looks = interval_at(Instant::now() + every, every);
            loop {
                tokio::select! {
                    heard = ended.recv() => if heard.is_ok_and(|whose| whose != owner) {
                        continue;
                    },
                    _ = looks.tick() => {}
                }
                // A database that fails for a moment ends nothing.
                if let Ok(false) = app.lets_in(&credential).await {
                    return;
                }
            }
        }
    }

    async fn lets_in(&self, credential: &Credential) -> Result<bool> {
        Ok(match credential {
            Credential::Session(secret) => self.session_user(secret).await?.is_some(),
            Credential::Token(text) => self.bearer(text).await?.is_some(),
        })
    }
}
