//! Background work that is no turn.

use agent::{JobId, words};
use uuid::Uuid;

use crate::Ts;

words! {
    /// What is to be done.
    JobKind as "kind of job" {
        /// Importing the conversations of an import.
        Import = "import",
        /// Naming a conversation.
        Title = "title",
    }
}

/// A piece of background work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What is to be done.
    pub kind: JobKind,
    /// With what.
    pub subject: Uuid,
    /// How often it was claimed. Every claim raises it, and who holds an older claim changes
    /// nothing any more.
    pub attempts: i64,
    /// When it is due.
    pub run_at: Ts,
    /// Nobody tries it again.
    pub dead: bool,
    /// Why it failed last.
    pub error: Option<String>,
    /// When it was made.
    pub created_at: Ts,
}

/// A piece of background work to be kept.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// What is to be done.
    pub kind: JobKind,
    /// With what.
    pub subject: Uuid,
    /// Of jobs with one such key there is one at a time.
    pub dedup_key: String,
    /// When it is due.
    pub run_at: Ts,
}
