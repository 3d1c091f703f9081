//! Requests as the API wants them: always the same bytes for the same request, so that the
//! vendor's prompt cache finds them again.

use std::sync::Arc;

use agent::model::{ModelMessage, ModelRequest, ToolDefinition};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{AnthropicConfig, Thinking};

/// How many `cache_control` marks a request may have.
const MAX_BREAKPOINTS: usize = 4;

/// The body of a request.
#[derive(Serialize)]
struct Body {
    model: String,
    max_tokens: u32,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<Value>,
    #[serde(skip_serializing_if = "<[ToolDefinition]>::is_empty")]
    tools: Arc<[ToolDefinition]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<Value>,
    messages: Vec<Message>,
}

#[derive(Serialize)]
struct Message {
    role: &'static str,
    content: Vec<Value>,
}

/// The body of a request for a stream. Blocks go out as they are stored; only the marks for the
/// prompt cache are added: one at the end of the system prompt, the others at the newest of the
/// messages that ask for one.
pub fn encode(request: ModelRequest, config: &AnthropicConfig) -> impl Serialize + use<> {
    // The vendor refuses empty text.
    let system = (!request.system.is_empty())
        .then(|| json!([{"type": "text", "text": &*request.system, "cache_control": ephemeral()}]));
    let marks = MAX_BREAKPOINTS - usize::from(system.is_some());
    Body {
        model: config.model.clone(),
        max_tokens: request.max_tokens,
        stream: true,
        thinking: config.thinking.map(thinking_of),
        output_config: config.effort.map(|effort| json!({"effort": effort.as_str()})),
        tools: request.tools,
        system,
        messages: messages(request.messages, marks),
    }
}

fn messages(messages: Vec<ModelMessage>, mut marks: usize) -> Vec<Message> {
    let mut encoded: Vec<Message> = messages
        .into_iter()
        .rev()
        .map(|ModelMessage { role, mut content, cache_here }| {
            if cache_here && marks > 0 && mark(&mut content) {
                marks -= 1;
            }
            Message { role: role.as_str(), content }
        })
        .collect();
    encoded.reverse();
    encoded
}

/// Marks the last block that can be marked; false if there is none.
fn mark(content: &mut [Value]) -> bool {
    let cacheable = |block: &&mut Map<String, Value>| {
        let kind = block.get("type").and_then(Value::as_str);
        !matches!(kind, Some("thinking" | "redacted_thinking"))
    };
    let last = content.iter_mut().rev().filter_map(Value::as_object_mut).find(cacheable);
    match last {
        Some(block) => {
            block.insert("cache_control".to_owned(), ephemeral());
            true
        }
        None => false,
    }
}

fn ephemeral() -> Value {
    json!({"type": "ephemeral"})
}

fn thinking_of(thinking: Thinking) -> Value {
    match thinking {
        Thinking::Adaptive => json!({"type": "adaptive"}),
        Thinking::Summarized => json!({"type": "adaptive", "display": "summarized"}),
        Thinking::BetweenTools => json!({"type": "between_tools"}),
        Thinking::Budget(tokens) => json!({"type": "enabled", "budget_tokens": tokens}),
        Thinking::Disabled => json!({"type": "disabled"}),
    }
}
