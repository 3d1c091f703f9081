//! Tools by their names: "use slack__send_message with channel general and text hello".

use agent::model::ToolDefinition;
use serde_json::{Map, Value, json};

use crate::requests::{Asked, Request};
use crate::talk::say;
use crate::words::{Word, skip, text, without_end, words};

/// A call of the tool of this name, with the arguments in words.
pub(crate) fn request(name: &str, said: &[Word], tools: &[ToolDefinition]) -> Asked {
    let request = Request { verb: name.to_owned(), ..Request::default() };
    let Some(tool) = tools.iter().find(|tool| tool.name.eq_ignore_ascii_case(name)) else {
        let outside = tools.iter().map(|tool| &*tool.name).filter(|name| name.contains("__"));
        let names = outside.collect::<Vec<_>>().join(", ");
        let names = if names.is_empty() { "none" } else { &names };
        let none = if name.is_empty() { "" } else { &format!("There is no tool {name}. ") };
        return Err(request.asks(format!("{none}Connected tools: {names}."), "none"));
    };
    filled(Request { verb: tool.name.clone(), ..request }, None, said, tools)
}

/// Says how to use the connected tools whose source the words name: "send hello on slack".
pub(crate) fn mentioned(words: &[Word], tools: &[ToolDefinition]) -> Option<String> {
    let is_said = |source: &str| words.iter().any(|word| word.plain == source);
    let fitting = tools.iter().map(|tool| tool.name.as_str());
    let fitting = fitting.filter(|tool| tool.split_once("__").is_some_and(|(it, _)| is_said(it)));
    let list = fitting.collect::<Vec<_>>().join(", ");
    (!list.is_empty()).then(|| say("by tool name").replace("{tools}", &list))
}

/// The request with the arguments in words, or with this one; asks for what is missing.
pub(crate) fn filled(
    mut request: Request,
    key: Option<&str>,
    said: &[Word],
    tools: &[ToolDefinition],
) -> Asked {
    let Some(tool) = tools.iter().find(|tool| tool.name == request.verb) else {
        return Ok(request);
    };
    let none = Map::new();
    let properties = tool.input_schema["properties"].as_object().unwrap_or(&none);
    let required = tool.input_schema["required"].as_array().into_iter().flatten();
    let required: Vec<&str> = required.filter_map(Value::as_str).collect();
    let raw = said.iter().map(|word| word.raw.as_str()).collect::<Vec<_>>().join(" ");
    // "channel=general" is "channel general".
    let said = words(&raw.replace('=', " "));
    let folded = |name: &str| name.to_lowercase().replace(['_', '-'], "");
    let named = |word: &Word| properties.keys().find(|key| folded(key) == folded(&word.plain));
    let starts = (0..said.len()).filter(|at| key.is_none() && named(&said[*at]).is_some());
    let starts: Vec<usize> = starts.collect();
    if let Ok(Value::Object(input)) = serde_json::from_str(&raw) {
        request.input.extend(input);
    } else if starts.is_empty() && !said.is_empty() {
        // What names nothing answers the question, or is the only thing that is asked for.
        let only = || required.first().copied().filter(|_| required.len() == 1);
        if let Some(key) = key.or_else(only) {
            let value = typed(&properties[key], skip(&said, "for|about"));
            request.input.insert(key.to_owned(), value);
        }
    }
    for (at, start) in starts.iter().enumerate() {
        let end = starts.get(at + 1).copied().unwrap_or(said.len());
        let value = without_end(skip(&said[start + 1..end], "is|as|to|:"), "and|with|instead");
        if let Some(key) = named(&said[*start]) {
            request.input.insert(key.clone(), typed(&properties[key], value));
        }
    }
    match required.iter().find(|key| !request.input.contains_key(**key)) {
        Some(key) => Err(request.asks(format!("What should “{key}” be?"), key)),
        None => Ok(request),
    }
}

/// Words as a value of the type in a schema.
fn typed(schema: &Value, words: &[Word]) -> Value {
    let (text, kind) = (text(words), schema["type"].to_string());
    if kind.contains("array") {
        let parts = text.split([',', ';']).flat_map(|part| part.split(" and "));
        return parts.map(str::trim).filter(|part| !part.is_empty()).collect();
    }
    let plain = kind.contains("string") || schema["type"].is_null();
    serde_json::from_str(&text).ok().filter(|_| !plain).unwrap_or(json!(text))
}
