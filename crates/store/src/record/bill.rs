//! What model calls cost.

use agent::model::Usage;

/// What a person's calls of one model cost on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// The person's day, `YYYY-MM-DD`.
    pub day: String,
    /// The model.
    pub model: String,
    /// How many calls.
    pub model_calls: i64,
    /// Their tokens.
    pub usage: Usage,
    /// Their price in billionths of a US dollar, of those whose price is known; none if of none.
    pub cost_nanos: Option<i64>,
}
