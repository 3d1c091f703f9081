//! The conversation: who speaks when, and which result belongs to which call.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::{Value, json};

use crate::reply::Refusal;
use crate::service::Checked;

/// Consecutive messages of one role, which the vendor reads as one.
pub(crate) struct Turn<'a> {
    role: &'a str,
    /// Each block with its place in the request.
    blocks: Vec<(String, Cow<'a, Value>)>,
}

/// Reads the messages; mid-conversation system messages belong to no turn.
pub(crate) fn read(messages: &Value) -> Result<Vec<Turn<'_>>, Refusal> {
    let messages =
        messages.as_array().ok_or_else(|| Refusal::invalid("messages: Field required"))?;
    let mut turns: Vec<Turn<'_>> = Vec::new();
    for (at, message) in messages.iter().enumerate() {
        let role = message["role"].as_str().unwrap_or_default();
        let blocks = blocks(message, at)?;
        match (role, turns.last_mut()) {
            ("system", Some(_)) => {}
            ("user" | "assistant", Some(turn)) if turn.role == role => turn.blocks.extend(blocks),
            ("user", _) | ("assistant", Some(_)) => turns.push(Turn { role, blocks }),
            ("assistant" | "system", None) => {
                return Err(Refusal::invalid("messages.0: the first message must be the user's"));
            }
            _ => return Err(Refusal::invalid(format!("messages.{at}.role: unknown role"))),
        }
    }
    if turns.is_empty() {
        return Err(Refusal::invalid("messages: at least one message is required"));
    }
    Ok(turns)
}

/// Checks blocks, calls with their results, and who speaks last.
pub(crate) fn check(turns: &[Turn<'_>], is_signed: &dyn Fn(&str, &str) -> bool) -> Checked {
    let mut seen = HashSet::new();
    let mut open: Vec<&str> = Vec::new();
    for turn in turns {
        for (place, raw) in &turn.blocks {
            block(raw, place, is_signed)?;
        }
        results(turn, &open)?;
        open = calls(turn);
        if let Some(id) = open.iter().find(|id| !seen.insert(**id)) {
            return Err(Refusal::invalid(format!("messages: the tool_use id {id} is there twice")));
        }
    }
    for turn in turns.iter().rev().skip(1).rev() {
        ended(turn)?;
    }
    // An answer that the vendor paused is sent back as it is.
    let resumable =
        |turn: &Turn<'_>| turn.blocks.iter().any(|(_, block)| block["type"] == "server_tool_use");
    match turns.last() {
        Some(last) if !open.is_empty() => Err(unanswered(last, &open)),
        Some(last) if last.role == "assistant" && !resumable(last) => Err(Refusal::invalid(
            "messages: the conversation must end with a user message (no prefill)",
        )),
        _ => Ok(()),
    }
}

/// Checks one text block: the vendor refuses blank text.
pub(crate) fn text(block: &Value, place: &str) -> Checked {
    match block["text"].as_str() {
        None => Err(Refusal::invalid(format!("{place}.text: Field required"))),
        Some("") => {
            Err(Refusal::invalid(format!("{place}: text content blocks must be non-empty")))
        }
        Some(text) if text.trim().is_empty() => {
            Err(Refusal::invalid(format!("{place}: text content blocks must not be blank")))
        }
        Some(_) => Ok(()),
    }
}

fn blocks(message: &Value, at: usize) -> Result<Vec<(String, Cow<'_, Value>)>, Refusal> {
    let place = |nth: usize| format!("messages.{at}.content.{nth}");
    let blocks: Vec<_> = match &message["content"] {
        Value::String(text) => vec![(place(0), Cow::Owned(json!({"type": "text", "text": text})))],
        Value::Array(blocks) => blocks
            .iter()
            .enumerate()
            .map(|(nth, block)| (place(nth), Cow::Borrowed(block)))
            .collect(),
        _ => Vec::new(),
    };
    if blocks.is_empty() {
        return Err(Refusal::invalid(format!("messages.{at}.content: must not be empty")));
    }
    Ok(blocks)
}

fn block(block: &Value, place: &str, is_signed: &dyn Fn(&str, &str) -> bool) -> Checked {
    match block["type"].as_str() {
        None => Err(Refusal::invalid(format!("{place}.type: Field required"))),
        Some("text") => text(block, place),
        Some("thinking" | "redacted_thinking") if !block["cache_control"].is_null() => {
            Err(Refusal::invalid(format!("{place}.cache_control: Extra inputs are not permitted")))
        }
        Some("thinking") => match (block["thinking"].as_str(), block["signature"].as_str()) {
            (Some(text), Some(signature)) if is_signed(text, signature) => Ok(()),
            (Some(_), Some(_)) => {
                Err(Refusal::invalid(format!("{place}.signature: does not fit the text")))
            }
            _ => Err(Refusal::invalid(format!("{place}.signature: Field required"))),
        },
        Some("tool_use") if !block["input"].is_object() => {
            Err(Refusal::invalid(format!("{place}.input: must be an object")))
        }
        Some(_) => Ok(()),
    }
}

/// Checks the results in a turn against the calls of the turn before.
fn results(turn: &Turn<'_>, open: &[&str]) -> Checked {
    let mut answered = HashSet::new();
    let mut others = false;
    for (place, block) in &turn.blocks {
        if block["type"] != "tool_result" {
            others = true;
            continue;
        }
        let id = block["tool_use_id"].as_str().unwrap_or_default();
        if turn.role != "user" || !open.contains(&id) {
            let message = format!("{place}: the message before has no tool_use with the id {id:?}");
            return Err(Refusal::invalid(message));
        }
        if !answered.insert(id) {
            return Err(Refusal::invalid(format!("{place}: a second tool_result for {id}")));
        }
        if others {
            return Err(Refusal::invalid(format!("{place}: tool_result blocks must come first")));
        }
    }
    let missing: Vec<&str> = open.iter().copied().filter(|id| !answered.contains(id)).collect();
    if missing.is_empty() { Ok(()) } else { Err(unanswered(turn, &missing)) }
}

/// Checks that an answer which others follow has come to an end.
fn ended(turn: &Turn<'_>) -> Checked {
    let Some((place, last)) = turn.blocks.last().filter(|_| turn.role == "assistant") else {
        return Ok(());
    };
    if last["type"] == "thinking" {
        let message =
            format!("{place}: the final block in an assistant message cannot be thinking");
        return Err(Refusal::invalid(message));
    }
    let is_answered = |id: &Value| turn.blocks.iter().any(|(_, it)| it["tool_use_id"] == *id);
    for (place, block) in turn.blocks.iter().filter(|(_, it)| it["type"] == "server_tool_use") {
        if !is_answered(&block["id"]) {
            return Err(Refusal::invalid(format!("{place}: server_tool_use without its result")));
        }
    }
    Ok(())
}

fn calls<'a>(turn: &'a Turn<'_>) -> Vec<&'a str> {
    let is_call = |block: &&Value| turn.role == "assistant" && block["type"] == "tool_use";
    let blocks = turn.blocks.iter().map(|(_, block)| block.as_ref());
    blocks.filter(is_call).filter_map(|block| block["id"].as_str()).collect()
}

fn unanswered(turn: &Turn<'_>, ids: &[&str]) -> Refusal {
    let place = turn.blocks.first().map_or("messages", |(place, _)| place);
    Refusal::invalid(format!(
        "{place}: tool_use ids without tool_result blocks right after: {}",
        ids.join(", ")
    ))
}
