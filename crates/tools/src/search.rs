//! The tool that finds what was said in other conversations.

use std::sync::Arc;

use agent::digest::NotCanonical;
use agent::tool::{BoxFuture, Effect, Tool, ToolCall, ToolError, ToolOutput, ToolSpec};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::{PageRequest, Search};

use crate::built_in::{broke, read, spec};

/// The most messages of one page: each comes with a piece of its text.
const LIMIT: u32 = 20;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SearchConversations {
    /// Words that must all be in a message; each may be the beginning of a longer one.
    #[schemars(length(min = 1))]
    q: String,
    /// `nextCursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
}

struct SearchTool {
    spec: ToolSpec,
    search: Search,
}

/// The search tool.
pub(crate) fn tools(search: &Search) -> Result<Vec<Arc<dyn Tool>>, NotCanonical> {
    let spec = spec::<SearchConversations>(
        "search_conversations",
        "Search conversations",
        "Finds messages in all conversations of the person by their words, newest first. Snippets are HTML, with what was found in <mark>.",
        Effect::Read,
    )?;
    Ok(vec![Arc::new(SearchTool { spec, search: search.clone() })])
}

impl Tool for SearchTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn summary<'a>(&'a self, call: &'a ToolCall) -> BoxFuture<'a, String> {
        Box::pin(async move {
            let query = call.arguments["q"].as_str().unwrap_or_default();
            format!("Search conversations for “{query}”")
        })
    }

    fn call(&self, call: ToolCall) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        Box::pin(async move {
            let SearchConversations { q, cursor } = read(&call)?;
            let page = PageRequest { limit: LIMIT, cursor };
            let found = self.search.messages(call.user, &q, &page).await.map_err(broke)?;
            Ok(ToolOutput {
                from_outside: found.items.iter().any(|message| message.is_imported),
                value: json!({"items": found.items, "nextCursor": found.next}),
            })
        })
    }
}
