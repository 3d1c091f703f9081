//! A request as the prompt cache sees it: tools, system prompt, messages, block by block.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cache::Segment;

/// Shorter prefixes are not kept.
pub(crate) fn minimum(model: &str) -> u64 {
    if model.contains("haiku") { 4096 } else { 1024 }
}

/// The segments of a request. Whatever changes one of them changes all that follow.
pub(crate) fn segments(body: &Value) -> Vec<Segment> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut segments = vec![plain(&body["model"])];
    segments.extend(list(&body["tools"]).into_iter().map(segment));
    match &body["system"] {
        Value::Array(blocks) => segments.extend(blocks.iter().cloned().map(segment)),
        other => segments.push(plain(other)),
    }
    segments.push(plain(&json!([body["thinking"], body["tool_choice"]])));
    for message in list(&body["messages"]) {
        segments.push(plain(&message["role"]));
        match &message["content"] {
            Value::Array(blocks) => segments.extend(blocks.iter().cloned().map(segment)),
            other => segments.push(plain(other)),
        }
    }
    // A mark on the request itself stands for one at its end.
    if let Some(last) = segments.last_mut() {
        last.keep = last.keep.or_else(|| keep(&body["cache_control"]));
    }
    segments
}

/// How long a mark asks for, if there is one.
pub(crate) fn keep(mark: &Value) -> Option<Duration> {
    let hour = mark["ttl"] == "1h";
    let time = if hour { Duration::from_hours(1) } else { Duration::from_mins(5) };
    (!mark.is_null()).then_some(time)
}

fn segment(mut block: Value) -> Segment {
    let mark = block.as_object_mut().and_then(|fields| fields.shift_remove("cache_control"));
    Segment { keep: mark.as_ref().and_then(keep), ..plain(&block) }
}

fn plain(value: &Value) -> Segment {
    let text = if value.is_null() { String::new() } else { value.to_string() };
    Segment { text, keep: None }
}
