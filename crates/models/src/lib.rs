//! Clients of language models. Each implements [`agent::model::Model`] over one vendor's interface.
//!
//! What any of them needs is here once: reading server-sent events, deciding about another try,
//! and errors that cannot give the key away.

pub mod anthropic;
mod fault;
mod retry;
mod sse;

pub use retry::RetryPolicy;
