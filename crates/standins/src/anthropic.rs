//! A stand-in for Anthropic's Messages API.
//!
//! A test starts one with [`Anthropic::start`], says what it answers by the methods of [`StandIn`],
//! and reads with [`StandIn::requests`] what it was asked. A request that the vendor would refuse
//! is refused before any reply is taken.
//! The wire facts are those of version 2.12.0 of the vendor's Python SDK.

mod models;
mod prompt;
mod validate;
mod wire;

pub use crate::scripted::{has_tool_result, newest_user_text};
pub use crate::{Captured, Gate, Reply, Script, ScriptError, StandIn};

/// The only version of the API that is spoken here.
pub const VERSION: &str = "2026-10-21";

/// A running stand-in.
pub type Anthropic = StandIn<wire::Messages>;
