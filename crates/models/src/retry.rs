//! When a request that got no answer is sent again.
//!
//! The rules are those of the vendor's own SDK (Python 2.12.0, `_base_client.py`), with two of our
//! own: a wait above [`RetryPolicy::max_wait`] is the caller's decision, and a spending limit does
//! not go away by asking again.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// How often and after what time a request is sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often at most, after the first time.
    pub max_retries: u32,
    /// The first wait, if the vendor names none; each further one is twice as long.
    pub base_delay: Duration,
    /// The longest such wait.
    pub max_delay: Duration,
    /// The longest wait that a vendor may ask for; a longer one ends the trying.
    pub max_wait: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_retries: 2,
            base_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(8),
            max_wait: Duration::from_mins(1),
        }
    }
}

impl RetryPolicy {
    /// The wait before the next try, the `retries`-th; none if there is to be no other. `random`
    /// is from 0 to 1.
    pub(crate) fn wait(&self, failure: &Failure, retries: u32, random: f64) -> Option<Duration> {
        if !failure.again || retries >= self.max_retries {
            return None;
        }
        if let Some(asked) = failure.after {
            return (asked <= self.max_wait).then_some(asked);
        }
        let doubled = self.base_delay.saturating_mul(2_u32.saturating_pow(retries));
        let delay = if failure.slowly { self.max_delay } else { doubled.min(self.max_delay) };
        Some(delay.mul_f64(1.0 - 0.25 * random))
    }
}

/// What a failure says about another try.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Failure {
    /// Another try may help.
    pub(crate) again: bool,
    /// The vendor asks for patience without naming a time.
    pub(crate) slowly: bool,
    /// The vendor names the time to wait.
    pub(crate) after: Option<Duration>,
}

impl Failure {
    /// What an HTTP error says, by its status and headers.
    pub(crate) fn of(status: StatusCode, headers: &HeaderMap) -> Self {
        let again = match text(headers, "x-should-retry") {
            Some("true") => true,
            Some("false") => false,
            _ => matches!(status.as_u16(), 408 | 409 | 429 | 500..),
        };
        Self { again, slowly: false, after: retry_after(headers) }
    }
}

/// The time to wait that a response names: milliseconds, seconds, or a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name| text(headers, name).and_then(|value| value.trim().parse::<f64>().ok());
    let seconds = number("retry-after-ms")
        .map(|milliseconds| milliseconds / 1000.0)
        .or_else(|| number("retry-after"))
        .or_else(|| seconds_until_date(headers))?;
    let wait = Duration::try_from_secs_f64(seconds).ok()?;
    (!wait.is_zero()).then_some(wait)
}

/// A date counts from the response's own `date`, so that a wrong clock on our side does no harm.
fn seconds_until_date(headers: &HeaderMap) -> Option<f64> {
    let then = date(text(headers, "retry-after")?)?;
    let now = date(text(headers, "date")?)?;
    Some(then.duration_since(now).as_secs_f64())
}

fn date(value: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(value).ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests;
