//! The models that the stand-in lists.

use serde_json::{Value, json};

const MODELS: [(&str, &str); 3] = [
    ("claude-sonnet-5-5", "Claude Sonnet 5.5"),
    ("claude-opus-5-5", "Claude Opus 5.5"),
    ("claude-haiku-5-5", "Claude Haiku 5.5"),
];

/// The first page, which is the only one.
pub(crate) fn list() -> Value {
    let data: Vec<Value> = MODELS.into_iter().map(describe).collect();
    let ids = |place: Option<&(&str, &str)>| place.map(|(id, _)| (*id).to_owned());
    json!({
        "data": data,
        "has_more": false,
        "first_id": ids(MODELS.first()),
        "last_id": ids(MODELS.last()),
    })
}

/// One model.
pub(crate) fn find(id: &str) -> Option<Value> {
    MODELS.into_iter().find(|(known, _)| *known == id).map(describe)
}

fn describe((id, name): (&str, &str)) -> Value {
    let thinking = |kind: &str| match kind {
        "adaptive" => true,
        "between_tools" => id == "claude-sonnet-5-5",
        _ => false,
    };
    json!({
        "type": "model",
        "id": id,
        "display_name": name,
        "created_at": "2026-09-01T00:00:00Z",
        "max_input_tokens": 1_000_000,
        "max_tokens": 128_000,
        "lifecycle": "active",
        "retires_at": null,
        "capabilities": {
            "thinking": {
                "supported": true,
                "types": {
                    "adaptive": {"supported": thinking("adaptive")},
                    "between_tools": {"supported": thinking("between_tools")},
                    "enabled": {"supported": thinking("enabled")},
                    "disabled": {"supported": thinking("disabled")},
                },
            },
        },
    })
}
