//! Journeys through the real binary: a person's client on one side, a scripted model on the other,
//! and SQLite or Postgres behind.
//!
//! SQLite needs nothing. For Postgres, `TEST_DATABASE_URL` names a database of a user who may make
//! others, and `psql` must be installed; without it those journeys say that they are skipped, or
//! fail if `SMITHERS_REQUIRE_POSTGRES=1`.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod answers;
#[cfg(test)]
mod approvals;
#[cfg(test)]
mod around;
#[cfg(test)]
mod branches;
#[cfg(test)]
mod cache;
#[cfg(test)]
mod ceiling;
#[cfg(test)]
mod chat;
#[cfg(test)]
mod client;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod compaction;
#[cfg(test)]
mod config;
#[cfg(test)]
mod context;
#[cfg(test)]
mod conversations;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod data;
#[cfg(test)]
mod drain;
#[cfg(test)]
mod events;
#[cfg(test)]
mod exports;
#[cfg(test)]
mod files;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod input;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod meetings;
#[cfg(test)]
mod memories;
#[cfg(test)]
mod models;
#[cfg(test)]
mod news;
#[cfg(test)]
mod offline;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod posts;
#[cfg(test)]
mod replicas;
#[cfg(test)]
mod search;
#[cfg(test)]
mod server;
#[cfg(test)]
mod stop;
#[cfg(test)]
mod tasks;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod titles;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod trouble;
#[cfg(test)]
mod two_calls;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod use_chat;
#[cfg(test)]
mod viewers;
#[cfg(test)]
mod world;
