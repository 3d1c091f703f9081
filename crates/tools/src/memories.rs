//! The memory tools. What they do is undone with one click, so they run without asking.

use agent::MemoryId;
use agent::tool::{ToolCall, ToolOutput};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{Memories, Remembered, memory_text};

use crate::built_in::{Desk, Kind, Refusal, Result, id, missing, now, output, page, read};

const MEMORY: Kind = ("memory", "them");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Remember {
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListMemories {
    q: Option<String>,
    cursor: Option<String>,
}

#[derive(Clone, Copy)]
pub(crate) enum Action {
    Remember,
    Forget,
    List,
}

/// The memory tools by their names.
pub(crate) const TOOLS: &[(&str, Action)] =
    &[("remember", Action::Remember), ("forget", Action::Forget), ("list_memories", Action::List)];

impl Desk for Memories {
    type Action = Action;

    fn check(&self, action: Action, arguments: &Value) -> Result<()> {
        match action {
            Action::Remember => text_of(arguments).map(drop),
            Action::Forget | Action::List => Ok(()),
        }
    }

    async fn describe(&self, action: Action, call: &ToolCall) -> String {
        match action {
            Action::Remember => {
                let text = call.arguments["text"].as_str().unwrap_or_default();
                format!("Remember “{}”", text.trim())
            }
            Action::Forget => {
                let known = match id(call, MEMORY) {
                    Ok(id) => self.get(call.user, id).await.ok().flatten(),
                    Err(_malformed) => None,
                };
                known.map_or_else(
                    || "Forget a memory that does not exist".to_owned(),
                    |memory| format!("Forget “{}”", memory.text),
                )
            }
            Action::List => "List memories".to_owned(),
        }
    }

    async fn call(&self, action: Action, call: &ToolCall) -> Result<ToolOutput> {
        match action {
            Action::Remember => {
                let text = text_of(&call.arguments)?;
                let made = self.create(call.user, &text, Some(call.id), now(call)).await?;
                let Remembered::Kept(memory) = made else {
                    return Err(Refusal::Told(FULL.to_owned()));
                };
                let mut kept = output(&memory, false)?;
                kept.value["undo"] = json!("forget");
                Ok(kept)
            }
            Action::Forget => {
                let id: MemoryId = id(call, MEMORY)?;
                let forgotten = self.forget(call.user, id, now(call)).await?;
                let memory = forgotten.ok_or_else(|| missing(call, MEMORY))?;
                let (id, text) = (memory.id, memory.text);
                Ok(json!({"forgotten": true, "id": id, "text": text, "undo": "restore"}).into())
            }
            Action::List => {
                let ListMemories { q, cursor } = read(&call.arguments)?;
                output(&self.list(call.user, q.as_deref(), &page(cursor)).await?, false)
            }
        }
    }
}

const FULL: &str = "Nothing was remembered: there are as many memories as there may be. Forget \
                    some that are no longer needed first.";

fn text_of(arguments: &Value) -> Result<String> {
    Ok(memory_text(&read::<Remember>(arguments)?.text)?)
}
