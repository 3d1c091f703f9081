//! How much may be spent.

use agent::words;

words! {
    /// What a budget is about.
    Budget as "budget" {
        /// One turn.
        Turn = "turn",
        /// A person's day.
        User = "user",
        /// Everybody's day: the bills of one date.
        Day = "day",
        /// Everybody's month: the bills of its dates.
        Month = "month",
    }
}

/// The most that may be spent, in billionths of a US dollar; where there is none, any amount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budgets {
    /// By one turn.
    pub turn: Option<u64>,
    /// By a person on one of their days.
    pub user: Option<u64>,
    /// By everybody on a day.
    pub day: Option<u64>,
    /// By everybody in a month.
    pub month: Option<u64>,
}
