//! How a request is laid out for the vendor's prompt cache, and why the cache missed it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::model::{ModelMessage, ModelRequest, Usage};

/// How long a vendor keeps what nobody asks for again.
const KEPT: Duration = Duration::from_mins(5);

/// No vendor's minimum is above this many tokens.
const MINIMUM: u64 = 4_096;

/// Short hashes of a request's parts in the order in which they are sent: a change in one moves all
/// that follow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    model: String,
    tools: String,
    system: String,
    /// How many blocks of the messages stand before the last mark for the cache.
    blocks: usize,
    history: String,
}

/// A request that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// How it was laid out.
    pub layout: Layout,
    /// What it cost.
    pub usage: Usage,
    /// When, in microseconds since the Unix epoch.
    pub at_micros: i64,
}

impl Layout {
    /// The layout of a request to a model.
    pub fn of(model: &str, request: &ModelRequest) -> Self {
        let marked = request.messages.iter().rposition(|message| message.cache_here);
        let messages = request.messages.iter().take(marked.map_or(0, |place| place + 1));
        let blocks = messages.map(|message| message.content.len()).sum();
        let tools = request
            .tools
            .iter()
            .map(|tool| format!("{}\n{}\n{}", tool.name, tool.description, tool.input_schema));
        Self {
            model: model.to_owned(),
            tools: hash(tools),
            system: hash(std::iter::once(request.system.to_string())),
            blocks,
            history: history(&request.messages, blocks),
        }
    }

    /// The model that was asked.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Why the cache held less for this request than the one before it had put there, in words for
    /// whoever runs the server; none if all of it was found.
    pub fn miss(
        &self,
        request: &ModelRequest,
        usage: Usage,
        before: &Answered,
        now_micros: i64,
    ) -> Option<String> {
        let expected = before.usage.cache_read_tokens + before.usage.cache_write_tokens;
        let found = usage.cache_read_tokens;
        if expected == 0 {
            let is_short = usage.prompt() > 0 && usage.prompt() < MINIMUM;
            let note = "minimum: the prompt is shorter than what the vendor keeps";
            return (is_short && usage.cache_write_tokens == 0).then(|| note.to_owned());
        }
        if found >= expected {
            return None;
        }
        let then = &before.layout;
        let why = if self.model != then.model {
            "model: another one answers"
        } else if self.tools != then.tools {
            "tools: they are not the same"
        } else if self.system != then.system {
            "system: the prompt is not the same"
        } else if history(&request.messages, then.blocks) != then.history {
            "history: messages that were sent are not sent unchanged"
        } else if u128::from(now_micros.abs_diff(before.at_micros)) > KEPT.as_micros() {
            "time: nobody asked within five minutes"
        } else {
            "vendor: nothing has moved here"
        };
        Some(format!("{why}; of {expected} tokens {found} were found"))
    }
}

/// The first blocks of the messages, with who says them.
fn history(messages: &[ModelMessage], blocks: usize) -> String {
    let all = messages.iter().flat_map(|message| {
        message.content.iter().map(|block| format!("{} {block}", message.role.as_str()))
    });
    hash(all.take(blocks))
}

fn hash(parts: impl Iterator<Item = String>) -> String {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update((part.len() as u64).to_le_bytes());
        sha.update(part);
    }
    hex::encode(&sha.finalize()[..8])
}
