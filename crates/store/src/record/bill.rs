//! What model calls cost.

use agent::price::Spent;
use agent::{ConversationId, UserId, words};

use crate::Shortfall;

words! {
    /// What a call of the model is for.
    CallKind as "kind of call" {
        /// An answer to a person.
        Answer = "answer",
        /// A summary of older messages.
        Summary = "summary",
        /// The title of a conversation.
        Title = "title",
    }
}

/// What a person's calls of one model for one purpose cost on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// The person's day, `YYYY-MM-DD`.
    pub day: String,
    /// The model.
    pub model: String,
    /// What they were for.
    pub kind: CallKind,
    /// How many calls.
    pub model_calls: i64,
    /// Their tokens and what they cost.
    pub spent: Spent,
}

/// A call of the model to be put on a bill.
#[derive(Clone, Copy, Debug)]
pub struct NewBill<'a> {
    /// The model that answered.
    pub model: &'a str,
    /// What it was asked for.
    pub kind: CallKind,
    /// Its tokens and what they cost.
    pub spent: Spent,
}

/// A call of the model that belongs to no turn. A conversation has one of each kind at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errand {
    /// Who pays.
    pub owner: UserId,
    /// What it is about.
    pub conversation: ConversationId,
    /// What the model is asked for.
    pub kind: CallKind,
}

/// What became of the wish to run an errand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// Its money is set aside.
    Yes,
    /// The same is under way.
    Busy,
    /// A budget does not allow it.
    Beyond(Shortfall),
}
