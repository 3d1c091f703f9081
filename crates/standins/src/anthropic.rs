//! A stand-in for Anthropic's Messages API.
//!
//! A test starts one with [`Anthropic::start`], says what it answers by the methods of [`Scripted`],
//! and reads with [`Scripted::requests`] what it was asked. A request that the vendor would refuse
//! is refused before any reply is taken.
//! The wire facts are those of version 2.12.0 of the vendor's Python SDK.

mod api;
mod models;
mod prompt;
mod validate;
mod wire;

use std::io;
use std::ops::Deref;

pub use crate::scripted::{has_tool_result, newest_user_text};
pub use crate::{Captured, Gate, Reply, Script, ScriptError, Scripted};

/// The only version of the API that is spoken here.
pub const VERSION: &str = "2026-10-21";

/// A running stand-in. It stops accepting connections when dropped.
pub struct Anthropic(Scripted);

impl Anthropic {
    /// Starts one on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// If no port can be bound.
    #[expect(clippy::expect_used, reason = "a test cannot go on without its server")]
    pub async fn start() -> Self {
        Self::start_on(0).await.expect("a free port on 127.0.0.1")
    }

    /// Starts one on that port of 127.0.0.1; 0 takes a free one.
    pub async fn start_on(port: u16) -> io::Result<Self> {
        Scripted::start(port, api::router).await.map(Self)
    }
}

impl Deref for Anthropic {
    type Target = Scripted;

    fn deref(&self) -> &Scripted {
        &self.0
    }
}
