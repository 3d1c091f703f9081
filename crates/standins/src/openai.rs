//! A stand-in for OpenAI's chat interface, as servers on one's own machine speak it too.
//!
//! It is scripted as the other one is: the same [`Reply`](crate::Reply) goes out in another form.
//! Reasoning comes as `reasoning_content`, as llama.cpp and vLLM send it. The wire facts are those
//! of version 3.57.0 of the vendor's Python SDK.

mod validate;
mod wire;

use crate::StandIn;

/// The models that are served, with the longest conversation each takes.
pub const MODELS: [(&str, u64); 2] = [("gpt-5.5", 400_000), ("qwen3:8b", 32_768)];

/// A running stand-in.
pub type OpenAi = StandIn<wire::Chat>;

impl OpenAi {
    /// What clients call the base URL.
    pub fn base_url(&self) -> String {
        format!("{}/v1", self.url())
    }
}
