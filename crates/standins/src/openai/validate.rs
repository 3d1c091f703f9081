//! What the vendor refuses about a request's body.

use serde_json::Value;

use super::MODELS;
use crate::reply::Refusal;
use crate::service::Checked;

/// The fields that a chat client sends.
const FIELDS: [&str; 11] = [
    "model",
    "messages",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "max_tokens",
    "max_completion_tokens",
    "reasoning_effort",
    "response_format",
    "stream",
    "stream_options",
];

/// Checks a body.
pub(crate) fn request(body: &Value) -> Checked {
    let fields = body.as_object().ok_or_else(|| Refusal::invalid("the body is no JSON object"))?;
    if let Some(unknown) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(Refusal::invalid(format!("Unrecognized request argument supplied: {unknown}")));
    }
    let model =
        body["model"].as_str().ok_or_else(|| Refusal::invalid("you must provide a model"))?;
    if !MODELS.iter().any(|(known, _)| *known == model) {
        return Err(Refusal {
            status: 404,
            code: Some("model_not_found".to_owned()),
            ..Refusal::invalid(format!("The model `{model}` does not exist."))
        });
    }
    if body["stream"] != true && !body["stream_options"].is_null() {
        return Err(Refusal::invalid("stream_options is only allowed when stream is enabled"));
    }
    let format = &body["response_format"];
    let form = &format["json_schema"];
    let is_form =
        format["type"] == "json_schema" && form["name"].is_string() && form["schema"].is_object();
    if !(format.is_null() || is_form) {
        return Err(Refusal::invalid(
            "response_format: must be a json_schema with name and schema",
        ));
    }
    for (at, tool) in body["tools"].as_array().into_iter().flatten().enumerate() {
        let function = &tool["function"];
        if tool["type"] != "function" || !function["name"].is_string() {
            return Err(Refusal::invalid(format!("tools[{at}]: must be a function with a name")));
        }
        if function["parameters"]["type"] != "object" {
            return Err(Refusal::invalid(format!(
                "tools[{at}].function.parameters: must be an object"
            )));
        }
    }
    messages(&body["messages"])
}

fn messages(messages: &Value) -> Checked {
    let messages = messages.as_array().filter(|messages| !messages.is_empty());
    let messages =
        messages.ok_or_else(|| Refusal::invalid("messages: at least one is required"))?;
    // The calls that still lack their result.
    let mut open: Vec<&str> = Vec::new();
    for (at, message) in messages.iter().enumerate() {
        let refused = |what: &str| Err(Refusal::invalid(format!("messages[{at}]: {what}")));
        let role = message["role"].as_str().unwrap_or_default();
        if role == "tool" {
            let id = message["tool_call_id"].as_str().unwrap_or_default();
            let Some(place) = open.iter().position(|call| *call == id) else {
                return refused("a tool message must follow the message with its tool_calls");
            };
            open.swap_remove(place);
        } else if let Some(id) = open.first() {
            return refused(&format!("the call {id} has no tool message"));
        }
        let calls = message["tool_calls"].as_array().map(Vec::as_slice).unwrap_or_default();
        match (role, &message["content"]) {
            ("system" | "user" | "tool" | "assistant", Value::String(_)) => {}
            ("user", Value::Array(parts)) if parts.iter().all(is_part) => {}
            ("assistant", Value::Null) if !calls.is_empty() => {}
            ("system" | "user" | "tool" | "assistant", _) => return refused("invalid content"),
            _ => return refused("unknown role"),
        }
        for call in calls {
            let arguments = call["function"]["arguments"].as_str().unwrap_or_default();
            let (Some(id), true) = (call["id"].as_str(), arguments.starts_with('{')) else {
                return refused("a call needs an id and arguments");
            };
            open.push(id);
        }
    }
    open.first()
        .map_or(Ok(()), |id| Err(Refusal::invalid(format!("the call {id} has no tool message"))))
}

fn is_part(part: &Value) -> bool {
    match part["type"].as_str() {
        Some("text") => part["text"].is_string(),
        Some("image_url") => part["image_url"]["url"].is_string(),
        Some("file") => part["file"]["file_data"].is_string(),
        _ => false,
    }
}
