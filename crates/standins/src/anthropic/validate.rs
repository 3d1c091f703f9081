//! What the vendor refuses about a request's body. The wording is ours, except where a client is
//! known to look for it.

mod turns;

use serde_json::Value;

use super::{models, prompt};
use crate::reply::Refusal;
use crate::service::Checked;

/// Every field of a request in version 2026-10-21, without those behind a beta header.
const FIELDS: [&str; 18] = [
    "model",
    "max_tokens",
    "messages",
    "system",
    "stream",
    "tools",
    "tool_choice",
    "thinking",
    "output_config",
    "cache_control",
    "stop_sequences",
    "metadata",
    "service_tier",
    "speed",
    "container",
    "diagnostics",
    "inference_geo",
    "user_profile_id",
];

/// The vendor's limit of `cache_control` marks.
const MAX_BREAKPOINTS: usize = 4;

/// Checks a body; `is_signed` says whether a signature belongs to a thinking text.
pub(crate) fn request(body: &Value, is_signed: &dyn Fn(&str, &str) -> bool) -> Checked {
    let fields = body.as_object().ok_or_else(|| Refusal::invalid("the body is no JSON object"))?;
    if let Some(unknown) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(Refusal::invalid(format!("{unknown}: Extra inputs are not permitted")));
    }
    let model = body["model"].as_str().ok_or_else(|| Refusal::invalid("model: Field required"))?;
    if !model.starts_with("claude-") {
        return Err(Refusal::not_found(format!("model: {model}")));
    }
    max_tokens(body)?;
    thinking(body, model)?;
    output_config(&body["output_config"])?;
    tools(&body["tools"])?;
    system(&body["system"])?;
    let turns = turns::read(&body["messages"])?;
    turns::check(&turns, is_signed)?;
    breakpoints(body)
}

fn max_tokens(body: &Value) -> Checked {
    match &body["max_tokens"] {
        Value::Null => Err(Refusal::invalid("max_tokens: Field required")),
        Value::Number(number) if number.as_u64().is_some_and(|tokens| tokens > 0) => Ok(()),
        _ => Err(Refusal::invalid("max_tokens: must be a whole number above 0")),
    }
}

/// Which ways of thinking there are depends on the model.
fn thinking(body: &Value, model: &str) -> Checked {
    match body["thinking"]["type"].as_str() {
        Some(kind @ ("adaptive" | "between_tools" | "enabled" | "disabled")) => {
            if models::thinks(model, kind) {
                return Ok(());
            }
            Err(Refusal::invalid(format!("thinking: {model} does not support {kind}")))
        }
        None if body["thinking"].is_null() => Ok(()),
        _ => Err(Refusal::invalid("thinking: unknown type")),
    }
}

/// How much work the answer is worth, and the form it is held to.
fn output_config(config: &Value) -> Checked {
    let fields = config.as_object().into_iter().flatten();
    for (name, value) in fields {
        match name.as_str() {
            "effort" if value.as_str().is_some_and(|effort| models::EFFORTS.contains(&effort)) => {}
            "format" if value["type"] == "json_schema" && value["schema"].is_object() => {}
            _ => return Err(Refusal::invalid(format!("output_config.{name}: is not valid"))),
        }
    }
    Ok(())
}

fn tools(tools: &Value) -> Checked {
    let mut names = Vec::new();
    for (at, tool) in tools.as_array().into_iter().flatten().enumerate() {
        let name = tool["name"].as_str().unwrap_or_default();
        let fits = |sign: char| sign.is_ascii_alphanumeric() || "_-".contains(sign);
        if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
            return Err(Refusal::invalid(format!(
                "tools.{at}.name: does not match [a-zA-Z0-9_-]{{1,64}}"
            )));
        }
        if names.contains(&name) {
            return Err(Refusal::invalid(format!("tools.{at}.name: {name} is there twice")));
        }
        // A tool of the vendor's own has a type instead of a schema.
        let custom = tool["type"].as_str().is_none_or(|kind| kind == "custom");
        if custom && tool["input_schema"]["type"] != "object" {
            return Err(Refusal::invalid(format!(
                "tools.{at}.input_schema: must be of type object"
            )));
        }
        names.push(name);
    }
    Ok(())
}

fn system(system: &Value) -> Checked {
    for (at, block) in system.as_array().into_iter().flatten().enumerate() {
        if block["type"] != "text" {
            return Err(Refusal::invalid(format!("system.{at}: must be a text block")));
        }
        turns::text(block, &format!("system.{at}"))?;
    }
    Ok(())
}

fn breakpoints(body: &Value) -> Checked {
    let messages = body["messages"].as_array().into_iter().flatten();
    let blocks = messages.filter_map(|message| message["content"].as_array()).flatten();
    let nested = blocks.clone().filter_map(|block| block["content"].as_array()).flatten();
    let others =
        [&body["system"], &body["tools"]].into_iter().filter_map(Value::as_array).flatten();
    let marks = blocks
        .chain(nested)
        .chain(others)
        .chain(std::iter::once(body))
        .filter(|holder| !holder["cache_control"].is_null())
        .count();
    if marks > MAX_BREAKPOINTS {
        let message =
            format!("cache_control: {marks} marks, at most {MAX_BREAKPOINTS} are allowed");
        return Err(Refusal::invalid(message));
    }
    // What is kept for long must not stand on what is soon gone.
    let keeps: Vec<_> = prompt::segments(body).iter().filter_map(|segment| segment.keep).collect();
    if keeps.is_sorted_by(|before, after| before >= after) {
        return Ok(());
    }
    Err(Refusal::invalid("cache_control: a ttl of 1h must not come after one of 5m"))
}
