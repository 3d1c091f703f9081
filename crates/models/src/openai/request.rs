//! Requests in the chat form, out of the blocks of the Messages API.

use agent::Role;
use agent::message::{Block, plain_text};
use agent::model::{ModelMessage, ModelRequest, ToolDefinition};
use serde_json::{Map, Value, json};

use super::decode::FIELD;

/// The body of a request for a stream. The vendor's own newest models refuse `max_tokens`; its
/// successor is unknown to most other servers.
pub fn encode(request: &ModelRequest, model: &str, is_vendor: bool) -> Value {
    let mut messages = Vec::new();
    if !request.system.is_empty() {
        messages.push(json!({"role": "system", "content": &*request.system}));
    }
    for message in &request.messages {
        match message.role {
            Role::User => messages.extend(user(message)),
            Role::Assistant => messages.extend(assistant(message)),
        }
    }
    let limit = if is_vendor { "max_completion_tokens" } else { "max_tokens" };
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("model", json!(model));
    put("messages", Value::Array(messages));
    if !request.tools.is_empty() {
        put("tools", request.tools.iter().map(tool).collect());
    }
    put(limit, json!(request.max_tokens));
    if let Some(schema) = &request.schema {
        let form = json!({"name": "answer", "schema": schema, "strict": true});
        put("response_format", json!({"type": "json_schema", "json_schema": form}));
    }
    put("stream", json!(true));
    put("stream_options", json!({"include_usage": true}));
    Value::Object(body)
}

fn tool(tool: &ToolDefinition) -> Value {
    let function = json!({
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.input_schema,
    });
    json!({"type": "function", "function": function})
}

/// Results of tools are messages of their own; what they hold besides text follows them.
fn user(message: &ModelMessage) -> Vec<Value> {
    let mut messages = Vec::new();
    let mut parts = Vec::new();
    for block in &message.content {
        if block["type"] == "tool_result" {
            let (text, others) = result(&block["content"]);
            messages.push(json!({
                "role": "tool",
                "tool_call_id": block["tool_use_id"],
                "content": text,
            }));
            parts.extend(others);
        } else {
            parts.extend(part(block));
        }
    }
    if !parts.is_empty() {
        messages.push(json!({"role": "user", "content": joined(parts)}));
    }
    messages
}

/// The text of a tool's result, and its other parts.
fn result(content: &Value) -> (String, Vec<Value>) {
    match content {
        Value::String(text) => (text.clone(), Vec::new()),
        Value::Array(blocks) => {
            let others = blocks.iter().filter(|block| block["type"] != "text").filter_map(part);
            (plain_text(blocks), others.collect())
        }
        Value::Null => (String::new(), Vec::new()),
        other => (other.to_string(), Vec::new()),
    }
}

/// One block of a person's message; a kind that this interface does not have is left out.
fn part(block: &Value) -> Option<Value> {
    let source = &block["source"];
    let text = |text: &str| json!({"type": "text", "text": text});
    let data_url = || {
        let (kind, data) = (source["media_type"].as_str()?, source["data"].as_str()?);
        Some(format!("data:{kind};base64,{data}"))
    };
    match (block["type"].as_str()?, source["type"].as_str()) {
        ("text", _) => block["text"].as_str().map(text),
        ("image", Some("base64")) => {
            Some(json!({"type": "image_url", "image_url": {"url": data_url()?}}))
        }
        ("image", Some("url")) => {
            Some(json!({"type": "image_url", "image_url": {"url": source["url"]}}))
        }
        ("document", Some("base64")) => {
            let name = block["title"].as_str().unwrap_or("document.pdf");
            Some(json!({"type": "file", "file": {"filename": name, "file_data": data_url()?}}))
        }
        ("document", Some("text")) => {
            let title = block["title"].as_str().unwrap_or("Document");
            source["data"].as_str().map(|data| text(&format!("{title}:\n\n{data}")))
        }
        _ => None,
    }
}

/// Text alone goes as a text: not every server's template takes parts.
fn joined(parts: Vec<Value>) -> Value {
    if parts.iter().all(|part| part["type"] == "text") {
        return Value::String(plain_text(&parts));
    }
    Value::Array(parts)
}

/// An answer; none if nothing of it can be said in this form. Reasoning goes back under the name
/// under which it came, for servers whose models go on with it.
fn assistant(message: &ModelMessage) -> Option<Value> {
    let mut answer = json!({"role": "assistant", "content": null});
    let text = plain_text(&message.content);
    let calls: Vec<Value> = message.content.iter().filter_map(call).collect();
    if text.is_empty() && calls.is_empty() {
        return None;
    }
    if !text.is_empty() {
        answer["content"] = Value::String(text);
    }
    for block in &message.content {
        if let (Block::Thinking(text), Some(field)) = (Block::of(block), block[FIELD].as_str()) {
            let before = answer[field].as_str().unwrap_or_default();
            answer[field] = Value::String(format!("{before}{text}"));
        }
    }
    if !calls.is_empty() {
        answer["tool_calls"] = Value::Array(calls);
    }
    Some(answer)
}

fn call(block: &Value) -> Option<Value> {
    let Block::ToolUse { id, name, input } = Block::of(block) else { return None };
    let function = json!({"name": name, "arguments": input.to_string()});
    Some(json!({"id": id, "type": "function", "function": function}))
}
