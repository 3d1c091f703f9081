//! The memory tools. What they do is undone with one click, so they run without asking.

use std::sync::Arc;

use agent::MemoryId;
use agent::digest::NotCanonical;
use agent::tool::{
    ArgumentProblem, BoxFuture, Effect, Tool, ToolCall, ToolError, ToolOutput, ToolSpec,
    check_arguments,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{Memories, PageRequest, Remembered, Ts, memory_text};

use crate::built_in::{LIST_LIMIT, broke, parse, pointed, read, refused, spec, written};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Remember {
    /// What to remember, in a sentence that can be understood on its own.
    #[schemars(length(min = 1, max = 2000))]
    text: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Forget {
    /// The memory's id.
    id: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListMemories {
    /// Only memories with all these words.
    #[serde(default)]
    q: Option<String>,
    /// `nextCursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
}

#[derive(Clone, Copy)]
enum Action {
    Remember,
    Forget,
    List,
}

struct MemoryTool {
    spec: ToolSpec,
    action: Action,
    memories: Memories,
}

/// The memory tools.
pub(crate) fn tools(memories: &Memories) -> Result<Vec<Arc<dyn Tool>>, NotCanonical> {
    let tool = |action, spec| -> Arc<dyn Tool> {
        Arc::new(MemoryTool { spec, action, memories: memories.clone() })
    };
    Ok(vec![
        tool(
            Action::Remember,
            spec::<Remember>(
                "remember",
                "Remember",
                "Remembers something about the person, such as a preference, for all later conversations. Not for secrets, nor for what is a task.",
                Effect::UNDOABLE,
            )?,
        ),
        tool(
            Action::Forget,
            spec::<Forget>(
                "forget",
                "Forget",
                "Forgets a memory that is wrong or no longer wanted.",
                Effect::UNDOABLE,
            )?,
        ),
        tool(
            Action::List,
            spec::<ListMemories>(
                "list_memories",
                "List memories",
                "Lists what is remembered, newest first, at most 50 at a time. The newest are in the context already.",
                Effect::Read,
            )?,
        ),
    ])
}

impl Tool for MemoryTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn check(&self, arguments: &Value) -> Vec<ArgumentProblem> {
        let problems = check_arguments(&self.spec.input_schema, arguments);
        if !problems.is_empty() {
            return problems;
        }
        match self.action {
            Action::Remember => parse::<Remember>(arguments)
                .and_then(|call| memory_text(&call.text).map(drop).map_err(|it| pointed(vec![it])))
                .err()
                .unwrap_or_default(),
            Action::Forget | Action::List => Vec::new(),
        }
    }

    fn summary<'a>(&'a self, call: &'a ToolCall) -> BoxFuture<'a, String> {
        Box::pin(async move {
            match self.action {
                Action::Remember => {
                    let text = call.arguments["text"].as_str().unwrap_or_default();
                    format!("Remember “{}”", text.trim())
                }
                Action::Forget => {
                    let known = match call.arguments["id"].as_str().and_then(|id| id.parse().ok()) {
                        Some(id) => self.memories.get(call.user, id).await.ok().flatten(),
                        None => None,
                    };
                    known.map_or_else(
                        || "Forget a memory that does not exist".to_owned(),
                        |memory| format!("Forget “{}”", memory.text),
                    )
                }
                Action::List => "List memories".to_owned(),
            }
        })
    }

    fn call(&self, call: ToolCall) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        Box::pin(async move {
            match self.action {
                Action::Remember => self.remember(call).await,
                Action::Forget => self.forget(call).await,
                Action::List => self.list(call).await,
            }
        })
    }
}

impl MemoryTool {
    async fn remember(&self, call: ToolCall) -> Result<ToolOutput, ToolError> {
        let text = memory_text(&read::<Remember>(&call)?.text).map_err(|it| refused(vec![it]))?;
        let (made_by, now) = (Some(call.id), Ts(call.now_micros));
        match self.memories.create(call.user, &text, made_by, now).await.map_err(broke)? {
            Remembered::Kept(memory) => {
                let mut result = written(&memory)?;
                result["undo"] = json!("forget");
                Ok(result.into())
            }
            Remembered::Full => Err(ToolError::TellModel(
                "Nothing was remembered: there are as many memories as there may be. Forget some \
                 that are no longer needed first."
                    .to_owned(),
            )),
        }
    }

    async fn forget(&self, call: ToolCall) -> Result<ToolOutput, ToolError> {
        let id = read::<Forget>(&call)?.id;
        let missing = || {
            let text = format!("There is no memory with the id {id}. List them for their ids.");
            ToolError::TellModel(text)
        };
        let memory: MemoryId = id.parse().ok().ok_or_else(missing)?;
        let forgotten = self.memories.forget(call.user, memory, Ts(call.now_micros)).await;
        let memory = forgotten.map_err(broke)?.ok_or_else(missing)?;
        let (id, text) = (memory.id, memory.text);
        Ok(json!({"forgotten": true, "id": id, "text": text, "undo": "restore"}).into())
    }

    async fn list(&self, call: ToolCall) -> Result<ToolOutput, ToolError> {
        let ListMemories { q, cursor } = read(&call)?;
        let page = PageRequest { limit: LIST_LIMIT, cursor };
        let found = self.memories.list(call.user, q.as_deref(), &page).await.map_err(broke)?;
        Ok(json!({"items": found.items, "nextCursor": found.next}).into())
    }
}
