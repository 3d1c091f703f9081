//! The tool that finds what was said in other conversations.

use agent::tool::{ToolCall, ToolOutput};
use serde::Deserialize;
use store::{PageRequest, Search};

use crate::built_in::{Desk, Result, output, read};

/// The most messages of one page: each comes with a piece of its text.
const LIMIT: u32 = 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SearchConversations {
    q: String,
    cursor: Option<String>,
}

impl Desk for Search {
    type Action = ();

    async fn describe(&self, (): (), call: &ToolCall) -> String {
        let query = call.arguments["q"].as_str().unwrap_or_default();
        format!("Search conversations for “{query}”")
    }

    async fn call(&self, (): (), call: &ToolCall) -> Result<ToolOutput> {
        let SearchConversations { q, cursor } = read(&call.arguments)?;
        let page = PageRequest { limit: LIMIT, cursor };
        let found = self.messages(call.user, &q, &page).await?;
        output(&found, found.items.iter().any(|message| message.is_imported))
    }
}
