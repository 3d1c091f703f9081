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

/// Why a call of the model does not fit into a budget, in billionths of a US dollar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortfall {
    /// Which one.
    pub budget: Budget,
    /// The most that may be spent.
    pub limit: u64,
    /// What is spent of it.
    pub spent: u64,
    /// What is set aside of it for other calls.
    pub reserved: u64,
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
