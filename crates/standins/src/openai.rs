//! A stand-in for OpenAI's chat interface, as servers on one's own machine speak it too.
//!
//! It is scripted as the other one is: the same [`Reply`](crate::Reply) goes out in another form.
//! Reasoning comes as `reasoning_content`, as llama.cpp and vLLM send it. The wire facts are those
//! of version 3.57.0 of the vendor's Python SDK.

mod api;
mod validate;
mod wire;

use std::io;
use std::ops::Deref;

use crate::Scripted;

/// The models that are served, with the longest conversation each takes.
pub const MODELS: [(&str, u64); 2] = [("gpt-5.5", 400_000), ("qwen3:8b", 32_768)];

/// A running stand-in. It stops accepting connections when dropped.
pub struct OpenAi(Scripted);

impl OpenAi {
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

    /// What clients call the base URL.
    pub fn base_url(&self) -> String {
        format!("{}/v1", self.url())
    }
}

impl Deref for OpenAi {
    type Target = Scripted;

    fn deref(&self) -> &Scripted {
        &self.0
    }
}
