//! Limits on failed sign-ins, per account and per address.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use store::Ts;

use crate::{AppError, Result};

const WINDOW: Duration = Duration::from_mins(15);
const PER_ACCOUNT: usize = 10;
const PER_ADDRESS: usize = 100;

/// More keys than this are cleared of old ones first.
const MANY: usize = 10_000;

/// The failures of the last 15 minutes.
#[derive(Default)]
pub(crate) struct Throttle {
    failures: Mutex<HashMap<Key, Vec<Ts>>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Account(String),
    Address(String),
}

impl Throttle {
    /// Counts an attempt, or refuses it if there were too many failures. It is counted before it is
    /// known to fail, so that many at once are as few as one after another.
    pub(super) fn begin(&self, account: Option<&str>, address: &str, now: Ts) -> Result<()> {
        let account = account.map(|account| (Key::Account(account.to_owned()), PER_ACCOUNT));
        let address = (Key::Address(address.to_owned()), PER_ADDRESS);
        let keys: Vec<(Key, usize)> = account.into_iter().chain([address]).collect();
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() > MANY {
            failures.retain(|_, times| times.iter().any(|time| time.plus(WINDOW) > now));
        }
        for (key, limit) in &keys {
            let Some(times) = failures.get_mut(key) else { continue };
            times.retain(|time| time.plus(WINDOW) > now);
            if times.len() >= *limit
                && let Some(oldest) = times.first()
            {
                let micros = oldest.plus(WINDOW).0.saturating_sub(now.0);
                let retry_after = Duration::from_micros(micros.unsigned_abs());
                return Err(AppError::RateLimited { retry_after });
            }
        }
        for (key, _) in keys {
            failures.entry(key).or_default().push(now);
        }
        Ok(())
    }

    /// Forgets an attempt that was no failure, and the failures of the account before it.
    pub(super) fn succeeded(&self, account: Option<&str>, address: &str, at: Ts) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(account) = account {
            failures.remove(&Key::Account(account.to_owned()));
        }
        if let Some(times) = failures.get_mut(&Key::Address(address.to_owned()))
            && let Some(place) = times.iter().position(|time| *time == at)
        {
            times.remove(place);
        }
    }
}
