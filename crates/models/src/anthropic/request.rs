//! Requests as the API wants them: always the same bytes for the same request, so that the
//! vendor's prompt cache finds them again.

use agent::model::{ModelMessage, ModelRequest, ToolDefinition};
use serde_json::{Map, Value, json};

use super::{AnthropicConfig, CacheTtl, Thinking};

/// How many `cache_control` marks a request may have.
const MAX_BREAKPOINTS: usize = 4;

/// The least thinking that can be asked for by number.
const MIN_BUDGET: u32 = 1024;

/// The body of a request for a stream. Blocks go out as they are stored; only the marks for the
/// prompt cache are added: one at the end of the system prompt, the others at the newest of the
/// messages that ask for one.
pub fn encode(request: ModelRequest, config: &AnthropicConfig) -> Value {
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("model", json!(config.model));
    put("max_tokens", json!(request.max_tokens));
    put("stream", json!(true));
    if let Some(thinking) =
        config.thinking.and_then(|thinking| thinking_of(thinking, request.max_tokens))
    {
        put("thinking", thinking);
    }
    if let Some(effort) = config.effort {
        put("output_config", json!({"effort": effort.as_str()}));
    }
    let server_tools = config.server_tools.iter().map(|tool| tool.definition());
    let tools: Vec<Value> = request.tools.iter().map(tool).chain(server_tools).collect();
    if !tools.is_empty() {
        put("tools", Value::Array(tools));
    }
    // The vendor refuses empty text.
    let mut marks = MAX_BREAKPOINTS;
    let mark = ephemeral(config.cache_ttl);
    if !request.system.is_empty() {
        let block = json!({"type": "text", "text": &*request.system, "cache_control": mark});
        put("system", json!([block]));
        marks -= 1;
    }
    put("messages", messages(request.messages, marks, &mark));
    Value::Object(body)
}

fn tool(tool: &ToolDefinition) -> Value {
    json!({
        "name": tool.name,
        "description": tool.description,
        "input_schema": tool.input_schema,
    })
}

fn messages(messages: Vec<ModelMessage>, mut marks: usize, cache_control: &Value) -> Value {
    let mut encoded: Vec<Value> = messages
        .into_iter()
        .rev()
        .map(|mut message| {
            if message.cache_here && marks > 0 && mark(&mut message.content, cache_control) {
                marks -= 1;
            }
            json!({"role": message.role.as_str(), "content": Value::Array(message.content)})
        })
        .collect();
    encoded.reverse();
    Value::Array(encoded)
}

/// Marks the last block that can be marked; false if there is none.
fn mark(content: &mut [Value], cache_control: &Value) -> bool {
    let cacheable = |block: &&mut Map<String, Value>| {
        let kind = block.get("type").and_then(Value::as_str);
        !matches!(kind, Some("thinking" | "redacted_thinking"))
    };
    let last = content.iter_mut().rev().filter_map(Value::as_object_mut).find(cacheable);
    match last {
        Some(block) => {
            block.insert("cache_control".to_owned(), cache_control.clone());
            true
        }
        None => false,
    }
}

fn ephemeral(ttl: CacheTtl) -> Value {
    match ttl {
        CacheTtl::FiveMinutes => json!({"type": "ephemeral"}),
        CacheTtl::Hour => json!({"type": "ephemeral", "ttl": "1h"}),
    }
}

/// A budget must be less than the whole answer; where that leaves too little, there is none.
fn thinking_of(thinking: Thinking, max_tokens: u32) -> Option<Value> {
    let kind = thinking.kind();
    match thinking {
        Thinking::Adaptive | Thinking::BetweenTools | Thinking::Disabled => {
            Some(json!({"type": kind}))
        }
        Thinking::Summarized => Some(json!({"type": kind, "display": "summarized"})),
        Thinking::Budget(tokens) => {
            let tokens = tokens.min(max_tokens.saturating_sub(1));
            (tokens >= MIN_BUDGET).then(|| json!({"type": kind, "budget_tokens": tokens}))
        }
    }
}
