//! The conformance suite: every test runs on SQLite and on Postgres, and both must answer alike.
//!
//! SQLite needs nothing. For Postgres, `TEST_DATABASE_URL` names a database of a user who may make
//! others; without it those tests say that they are skipped, or fail if
//! `SMITHERS_REQUIRE_POSTGRES=1`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "this crate has nothing but tests")]

mod accounts;
mod approvals;
mod bills;
mod branches;
mod budgets;
mod conversations;
mod coverage;
mod drive;
mod end;
mod files;
mod fixtures;
mod harness;
mod imports;
mod jobs;
mod meetings;
mod memories;
mod migrations;
mod permissions;
mod queue;
mod races;
mod search;
mod start;
mod tasks;
mod tokens;
mod values;
