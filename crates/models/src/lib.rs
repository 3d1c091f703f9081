//! Clients of language models. Each implements [`agent::model::Model`] over one vendor's interface.
//!
//! What any of them needs is here once: a connection with its retries, reading server-sent events,
//! and errors that cannot give the key away. A client adds how a request is written and how an
//! answer is read.

mod answer;
pub mod anthropic;
mod client;
mod connection;
mod endpoint;
mod fault;
pub mod openai;
pub mod prices;
mod refusal;
mod retry;
mod sse;

pub use connection::{ApiKey, ConfigError, Connection};
pub use retry::RetryPolicy;
