//! Identifiers: one newtype per entity over a UUID version 7, so that byte order is order of making.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl From<Uuid> for $name {
            fn from(value: Uuid) -> Self {
                Self(value)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// A person with an account.
    UserId,
    /// A conversation of one person.
    ConversationId,
    /// A message in a conversation's tree: what a person wrote, or one whole answer.
    MessageId,
    /// A turn: everything that one message sets off.
    TurnId,
    /// One completed or broken-off answer of the model within a turn.
    StepId,
    /// One tool call of a step.
    ToolCallId,
    /// One question put to a person about one tool call.
    ApprovalId,
    /// One permission rule of a person.
    RuleId,
    /// One entry of the decision log.
    DecisionId,
    /// A task.
    TaskId,
    /// A meeting.
    MeetingId,
    /// A memory.
    MemoryId,
    /// A file of a person.
    FileId,
    /// An import of conversations.
    ImportId,
    /// A piece of background work.
    JobId,
    /// A token for programs.
    TokenId,
}
