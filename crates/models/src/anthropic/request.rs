//! Requests as the API wants them: always the same bytes for the same request, so that the
//! vendor's prompt cache finds them again.

use agent::model::{ModelMessage, ModelRequest, ToolDefinition};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{AnthropicConfig, CacheTtl, Effort, Thinking};

/// How many `cache_control` marks a request may have.
const MAX_BREAKPOINTS: usize = 4;

/// The least thinking that can be asked for by number.
const MIN_BUDGET: u32 = 1024;

/// The body of a request.
#[derive(Serialize)]
struct Body {
    model: String,
    max_tokens: u32,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<OutputConfig>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<Value>,
    messages: Vec<Message>,
}

#[derive(Serialize)]
struct OutputConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<Value>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Tool {
    Ours(ToolDefinition),
    Vendors(Value),
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
    let thinking = config.thinking.and_then(|thinking| thinking_of(thinking, request.max_tokens));
    let vendors = config.server_tools.iter().map(|tool| Tool::Vendors(tool.definition()));
    let mark = ephemeral(config.cache_ttl);
    // The vendor refuses empty text.
    let system = (!request.system.is_empty())
        .then(|| json!([{"type": "text", "text": &*request.system, "cache_control": mark}]));
    let effort = config.effort.map(Effort::as_str);
    let format = request.schema.map(|schema| json!({"type": "json_schema", "schema": schema}));
    let marks = MAX_BREAKPOINTS - usize::from(system.is_some());
    Body {
        model: config.model.clone(),
        max_tokens: request.max_tokens,
        stream: true,
        thinking,
        output_config: (effort.is_some() || format.is_some())
            .then_some(OutputConfig { effort, format }),
        tools: request.tools.iter().cloned().map(Tool::Ours).chain(vendors).collect(),
        system,
        messages: messages(request.messages, marks, &mark),
    }
}

fn messages(messages: Vec<ModelMessage>, mut marks: usize, cache_control: &Value) -> Vec<Message> {
    let mut encoded: Vec<Message> = messages
        .into_iter()
        .rev()
        .map(|ModelMessage { role, mut content, cache_here }| {
            if cache_here && marks > 0 && mark(&mut content, cache_control) {
                marks -= 1;
            }
            Message { role: role.as_str(), content }
        })
        .collect();
    encoded.reverse();
    encoded
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
