//! Limits on failed sign-ins, per account and per address.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use store::Ts;

use crate::AppError;

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
    /// Refuses an attempt if there were too many failures.
    pub(super) fn check(&self, account: &str, address: &str, now: Ts) -> Result<(), AppError> {
        let limits = [
            (Key::Account(account.to_owned()), PER_ACCOUNT),
            (Key::Address(address.to_owned()), PER_ADDRESS),
        ];
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, limit) in limits {
            let Some(times) = failures.get_mut(&key) else { continue };
            times.retain(|time| time.plus(WINDOW) > now);
            if times.len() >= limit
                && let Some(oldest) = times.first()
            {
                let micros = oldest.plus(WINDOW).0.saturating_sub(now.0);
                let retry_after = Duration::from_micros(micros.unsigned_abs());
                return Err(AppError::RateLimited { retry_after });
            }
        }
        Ok(())
    }

    /// Notes a failure.
    pub(super) fn failed(&self, account: &str, address: &str, now: Ts) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() > MANY {
            failures.retain(|_, times| times.iter().any(|time| time.plus(WINDOW) > now));
        }
        failures.entry(Key::Account(account.to_owned())).or_default().push(now);
        failures.entry(Key::Address(address.to_owned())).or_default().push(now);
    }

    /// Forgets an account's failures after its person signed in.
    pub(super) fn succeeded(&self, account: &str) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.remove(&Key::Account(account.to_owned()));
    }
}
