//! The models that the stand-in lists.

use serde_json::{Map, Value, json};

/// Id, name, longest answer, and the ways of thinking it takes.
type Model = (&'static str, &'static str, u32, &'static [&'static str]);

const MODELS: [Model; 4] = [
    ("claude-sonnet-5-5", "Claude Sonnet 5.5", 128_000, &["adaptive", "between_tools"]),
    ("claude-opus-5-5", "Claude Opus 5.5", 128_000, &["adaptive"]),
    ("claude-haiku-5-5", "Claude Haiku 5.5", 128_000, &["adaptive", "disabled"]),
    ("claude-haiku-4-5", "Claude Haiku 4.5", 64_000, &["enabled", "disabled"]),
];

/// How much work an answer may be worth.
pub(crate) const EFFORTS: [&str; 5] = ["low", "medium", "high", "xhigh", "max"];

/// The first page, which is the only one.
pub(crate) fn list() -> Value {
    let data: Vec<Value> = MODELS.iter().map(describe).collect();
    let id = |place: Option<&Model>| place.map(|(id, ..)| *id);
    json!({
        "data": data,
        "has_more": false,
        "first_id": id(MODELS.first()),
        "last_id": id(MODELS.last()),
    })
}

/// One model.
pub(crate) fn find(id: &str) -> Option<Value> {
    MODELS.iter().find(|(known, ..)| *known == id).map(describe)
}

/// Whether a model takes that way of thinking; one that is not listed takes any.
pub(crate) fn thinks(id: &str, kind: &str) -> bool {
    let model = MODELS.iter().find(|(known, ..)| *known == id);
    model.is_none_or(|(.., kinds)| kinds.contains(&kind))
}

fn describe((id, name, longest, kinds): &Model) -> Value {
    let is = |supported: bool| json!({"supported": supported});
    let is_new = kinds.contains(&"adaptive");
    let types: Map<String, Value> = ["adaptive", "between_tools", "enabled", "disabled"]
        .into_iter()
        .map(|kind| (kind.to_owned(), is(kinds.contains(&kind))))
        .collect();
    let family = |names: Vec<(&str, bool)>| {
        let members = names.into_iter().map(|(name, supported)| (name.to_owned(), is(supported)));
        let supported = [("supported".to_owned(), json!(is_new))];
        Value::Object(supported.into_iter().chain(members).collect())
    };
    let effort = family(EFFORTS.map(|effort| (effort, is_new && effort != "max")).to_vec());
    let tools = ["code_execution", "web_fetch", "web_search"];
    let server_tools = family(tools.map(|name| (name, is_new)).to_vec());
    json!({
        "type": "model",
        "id": id,
        "display_name": name,
        "created_at": "2026-09-01T00:00:00Z",
        "max_input_tokens": if is_new { 1_000_000 } else { 200_000 },
        "max_tokens": longest,
        "lifecycle": "active",
        "deprecated_at": null,
        "retires_at": null,
        "line": id.split('-').nth(1),
        "capabilities": {
            "batch": is(true),
            "citations": is(true),
            "code_execution": is(is_new),
            "context_management": {"supported": false},
            "effort": effort,
            "image_input": is(true),
            "pdf_input": is(true),
            "server_tools": server_tools,
            "structured_outputs": is(true),
            "thinking": {"supported": true, "types": types},
        },
    })
}
