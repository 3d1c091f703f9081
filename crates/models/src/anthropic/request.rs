//! Requests as the API wants them: always the same bytes for the same request, so that the
//! vendor's prompt cache finds them again.

use agent::model::{ModelMessage, ModelRequest, ToolDefinition};
use serde_json::{Map, Value, json};

use super::{AnthropicConfig, Thinking};

/// How many `cache_control` marks a request may have.
const MAX_BREAKPOINTS: usize = 4;

/// The body of a request for a stream. Blocks go out as they are stored; only the marks for the
/// prompt cache are added: one at the end of the system prompt, the others at the newest of the
/// messages that ask for one.
pub fn encode(request: ModelRequest, config: &AnthropicConfig) -> Value {
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("model", json!(config.model));
    put("max_tokens", json!(request.max_tokens));
    put("stream", json!(true));
    if let Some(thinking) = config.thinking {
        put("thinking", thinking_of(thinking));
    }
    if let Some(effort) = config.effort {
        put("output_config", json!({"effort": effort.as_str()}));
    }
    if !request.tools.is_empty() {
        put("tools", request.tools.iter().map(tool).collect());
    }
    // The vendor refuses empty text.
    let mut marks = MAX_BREAKPOINTS;
    if !request.system.is_empty() {
        let block = json!({"type": "text", "text": &*request.system, "cache_control": ephemeral()});
        put("system", json!([block]));
        marks -= 1;
    }
    put("messages", messages(request.messages, marks));
    Value::Object(body)
}

fn tool(tool: &ToolDefinition) -> Value {
    json!({
        "name": tool.name,
        "description": tool.description,
        "input_schema": tool.input_schema,
    })
}

fn messages(messages: Vec<ModelMessage>, mut marks: usize) -> Value {
    let mut encoded: Vec<Value> = messages
        .into_iter()
        .rev()
        .map(|mut message| {
            if message.cache_here && marks > 0 && mark(&mut message.content) {
                marks -= 1;
            }
            json!({"role": message.role.as_str(), "content": Value::Array(message.content)})
        })
        .collect();
    encoded.reverse();
    Value::Array(encoded)
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
