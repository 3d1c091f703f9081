//! Servers that stand in for the vendors Smithers talks to, for tests, benchmarks and development.
//!
//! Each one is scripted, listens on the loopback interface, and refuses what its vendor refuses.
//! This crate is never linked into the product.

pub mod anthropic;
mod cache;
mod gate;
mod magic;
pub mod openai;
mod reply;
mod schema;
mod script;
mod scripted;
mod service;
mod state;
mod stream;

pub use gate::Gate;
pub use reply::Reply;
pub use script::{Script, ScriptError};
pub use scripted::StandIn;
pub use state::Captured;
