//! The state names of turns, tool calls and approvals: the one table that code, database, API and
//! pages share, and which state may follow which.

use serde::{Deserialize, Serialize};

/// A stored or sent word that is not in the vocabulary it was read as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is no {vocabulary}")]
pub struct UnknownWord {
    /// Which vocabulary was expected.
    pub vocabulary: &'static str,
    /// The word that was found.
    pub word: String,
}

/// Declares an enum whose variants are words, the same in the database, on the wire and in code.
#[macro_export]
macro_rules! words {
    ($(#[$doc:meta])* $name:ident as $label:literal { $($(#[$vdoc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),* }

        impl $name {
            /// Every word of this vocabulary.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word as it is stored and sent.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::vocabulary::UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)*
                    _ => Err($crate::vocabulary::UnknownWord { vocabulary: $label, word: word.to_owned() }),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::vocabulary::UnknownWord;

            fn try_from(word: String) -> Result<Self, Self::Error> {
                word.parse()
            }
        }
    };
}

words! {
    /// The state of a turn. At most one turn of a conversation is active at a time.
    TurnStatus as "turn status" {
        /// Ready to be claimed by a driver.
        Queued = "queued",
        /// Held by a driver under a lease.
        Running = "running",
        /// Parked until a person decides.
        Waiting = "waiting",
        /// Answered.
        Completed = "completed",
        /// Ended by its person.
        Stopped = "stopped",
        /// Ended by a newer message while it waited.
        Superseded = "superseded",
        /// Ended because nobody decided in time.
        Expired = "expired",
        /// Ended by an error that cannot be mended by trying again.
        Failed = "failed",
        /// Ended by a limit on calls, time, tokens or money.
        Limited = "limited",
    }
}

impl TurnStatus {
    /// Whether the turn still has something to do.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Queued | Self::Running | Self::Waiting)
    }
}

words! {
    /// The state of one tool call.
    CallStatus as "tool call status" {
        /// The model asked for it; nothing is decided.
        Proposed = "proposed",
        /// A person was asked.
        Waiting = "waiting",
        /// A person allowed it; it has not started.
        Approved = "approved",
        /// A person, rule or mode refused it.
        Denied = "denied",
        /// A newer message or a stop came before it ran.
        Superseded = "superseded",
        /// Nobody decided in time.
        Expired = "expired",
        /// Its effect may have begun.
        Started = "started",
        /// It ran and answered.
        Succeeded = "succeeded",
        /// It answered with an error, or could not be run.
        Failed = "failed",
        /// It was started and nobody knows whether it took effect.
        Unknown = "unknown",
    }
}

impl CallStatus {
    /// The states from which this one may be reached. A store refuses every other change.
    pub const fn sources(self) -> &'static [Self] {
        match self {
            Self::Proposed => &[],
            // An approved call whose tool has changed since is asked again.
            Self::Waiting => &[Self::Proposed, Self::Approved],
            Self::Approved | Self::Expired => &[Self::Waiting],
            Self::Denied | Self::Superseded => &[Self::Proposed, Self::Waiting, Self::Approved],
            // A read or an idempotent write whose driver was lost is started again; a call that
            // cannot be run at all (cut JSON, no such tool) fails without starting.
            Self::Started | Self::Failed => &[Self::Proposed, Self::Approved, Self::Started],
            Self::Succeeded | Self::Unknown => &[Self::Started],
        }
    }

    /// Whether nothing will change this state any more.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Proposed | Self::Waiting | Self::Approved | Self::Started => false,
            Self::Denied
            | Self::Superseded
            | Self::Expired
            | Self::Succeeded
            | Self::Failed
            | Self::Unknown => true,
        }
    }
}

words! {
    /// The state of one approval.
    ApprovalStatus as "approval status" {
        /// Waiting for a person.
        Pending = "pending",
        /// Allowed.
        Approved = "approved",
        /// Refused.
        Denied = "denied",
        /// Not decided in time.
        Expired = "expired",
        /// Made void by a newer message or a stop.
        Superseded = "superseded",
    }
}

/// What a person says to an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Let it run.
    Approve,
    /// Refuse it.
    Deny,
}

impl Answer {
    /// The state this answer puts an approval in.
    pub const fn status(self) -> ApprovalStatus {
        match self {
            Self::Approve => ApprovalStatus::Approved,
            Self::Deny => ApprovalStatus::Denied,
        }
    }
}
