//! The database: records, and one handle per entity whose methods are use cases. One method is one
//! transaction; SQLite and Postgres answer alike, which the conformance suite in `tests` holds.
//!
//! A handle gives access to its entity only, so whoever is handed [`Tasks`] cannot read chats.
//! Methods about a person's things take the owner first; what does not exist, or belongs to
//! somebody else, is `Ok(None)`.

mod accounts;
mod approvals;
mod bills;
mod context;
mod conversations;
mod db;
mod decisions;
mod error;
mod files;
mod fold;
mod handles;
mod imports;
mod jobs;
mod meetings;
mod memories;
mod migrate;
mod paging;
mod permissions;
mod record;
mod rows;
mod search;
mod tasks;
mod time;
mod tokens;
mod turns;

pub use context::{Context, ContextSize};
pub use db::{Location, Store};
pub use error::{Result, StoreError};
pub use handles::*;
pub use migrate::{MigrationState, MigrationStatus};
pub use record::account::*;
pub use record::approval::*;
pub use record::bill::*;
pub use record::budget::*;
pub use record::change::*;
pub use record::conversation::*;
pub use record::field::{Checked, FieldError, LOCAL, Period, in_order, period, present};
pub use record::file::*;
pub use record::import::*;
pub use record::job::*;
pub use record::meeting::*;
pub use record::meeting_fields::MeetingFields;
pub use record::memory::*;
pub use record::page::*;
pub use record::search::*;
pub use record::start::*;
pub use record::task::*;
pub use record::task_fields::TaskFields;
pub use record::token::*;
pub use record::turn::*;
pub use time::Ts;

/// A fresh id: a UUID version 7, greater than every one made before by this process.
pub fn fresh<T: From<uuid::Uuid>>() -> T {
    uuid::Uuid::now_v7().into()
}
