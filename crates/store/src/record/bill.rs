//! What model calls cost.

use agent::price::Spent;

/// What a person's calls of one model cost on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// The person's day, `YYYY-MM-DD`.
    pub day: String,
    /// The model.
    pub model: String,
    /// How many calls.
    pub model_calls: i64,
    /// Their tokens and what they cost.
    pub spent: Spent,
}
