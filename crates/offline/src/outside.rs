//! Tools by their names: "use slack__send_message with channel general and text hello".

use agent::model::ToolDefinition;
use serde_json::{Map, Value, json};

use crate::answer::{Answer, say};
use crate::requests::{Asked, Request, Scene};
use crate::words::{Word, skip, text, without_end, words};

/// The tool of this name, or else which there are.
pub(crate) fn named(name: &str, scene: Scene) -> Asked<String> {
    let found = scene.tools.iter().find(|tool| tool.name.eq_ignore_ascii_case(name));
    found.map(|tool| tool.name.clone()).ok_or_else(|| {
        let names = names(scene.tools, |_| true).unwrap_or_else(|| "none".to_owned());
        let none = if name.is_empty() { "" } else { &format!("There is no tool {name}. ") };
        Answer::say(format!("{none}Connected tools: {names}."))
    })
}

/// The names of the connected tools of such sources.
fn names(tools: &[ToolDefinition], of: impl Fn(&str) -> bool) -> Option<String> {
    let names = tools.iter().map(|tool| tool.name.as_str());
    let names = names.filter(|name| name.split_once("__").is_some_and(|(source, _)| of(source)));
    Some(names.collect::<Vec<_>>().join(", ")).filter(|names| !names.is_empty())
}

/// Says how to use the connected tools whose source the words name: "send hello on slack".
pub(crate) fn mentioned(words: &[Word], tools: &[ToolDefinition]) -> Option<String> {
    let names = names(tools, |source| words.iter().any(|word| word.plain == source))?;
    Some(say("by tool name").replace("{tools}", &names))
}

/// The request with the arguments in words, or with that of the key; asks for what is missing.
pub(crate) fn filled(mut request: Request, key: &str, said: &[Word], scene: Scene) -> Asked {
    let Some(tool) = scene.tools.iter().find(|tool| tool.name == request.verb) else {
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
    let mut end = said.len();
    if let Ok(Value::Object(input)) = serde_json::from_str(&raw) {
        request.input.extend(input);
    } else if !key.is_empty() || said.iter().all(|word| named(word).is_none()) {
        // What names nothing is the only thing that is asked for.
        let only = (required.len() == 1 && !said.is_empty()).then(|| required.concat());
        let key = Some(key.to_owned()).filter(|key| !key.is_empty()).or(only);
        let value = |key: &String| typed(&properties[key], skip(&said, "for|about"));
        request.input.extend(key.map(|key| (key.clone(), value(&key))));
    } else {
        for at in (0..said.len()).rev() {
            let Some(key) = named(&said[at]) else { continue };
            let value = without_end(skip(&said[at + 1..end], "is|as|to|:"), "and|with|instead");
            request.input.insert(key.clone(), typed(&properties[key], value));
            end = at;
        }
    }
    match required.iter().find(|key| !request.input.contains_key(**key)) {
        Some(key) => Err(request.asks(say("ask argument").replace("{name}", key), key)),
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
