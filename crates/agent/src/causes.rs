//! Errors in words.

use std::error::Error;
use std::iter::successors;

/// An error with everything that led to it, for the log.
pub fn with_causes(error: &dyn Error) -> String {
    let causes = successors(Some(error), |error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
