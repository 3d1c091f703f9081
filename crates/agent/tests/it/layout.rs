//! Why a prompt cache missed.

use std::sync::Arc;

use agent::Role;
use agent::layout::{Answered, Layout};
use agent::model::{ModelMessage, ModelRequest, ToolDefinition, Usage};
use serde_json::json;

const MODEL: &str = "claude";

const MINUTE: i64 = 60_000_000;

fn said(text: &str, cache_here: bool) -> ModelMessage {
    let content = vec![json!({"type": "text", "text": text})];
    ModelMessage { role: Role::User, content, cache_here }
}

fn request() -> ModelRequest {
    let tool = |name: &str| ToolDefinition {
        name: name.to_owned(),
        description: "Does it.".to_owned(),
        input_schema: json!({"type": "object"}).into(),
    };
    ModelRequest {
        system: "Be kind.".into(),
        tools: Arc::new([tool("a"), tool("b")]),
        messages: vec![said("One", true), said("Two", true), said("unmarked", false)],
        schema: None,
        max_tokens: 100,
    }
}

fn read(cache_read_tokens: u64) -> Usage {
    Usage { cache_read_tokens, cache_write_tokens: 50, ..Usage::default() }
}

/// What is said of a request that follows [`request`] and found so many of 150 tokens.
fn said_of(after: &ModelRequest, model: &str, found: u64, minutes: i64) -> Option<String> {
    let before = Answered { layout: Layout::of(MODEL, &request()), usage: read(100), at_micros: 0 };
    Layout::of(model, after).miss(after, read(found), &before, minutes * MINUTE)
}

#[test]
fn what_moved_first_explains_a_miss() {
    let same = request();
    let mut longer = request();
    longer.messages[2] = said("Three", true);
    let mut tools = longer.clone();
    tools.tools = Arc::from(&longer.tools[..1]);
    let system = ModelRequest { system: "Be brief.".into(), ..longer.clone() };
    let mut history = longer.clone();
    history.messages[0] = said("Another", false);
    let mut shorter = longer.clone();
    shorter.messages.truncate(1);
    let mut both = tools.clone();
    both.system = "Be brief.".into();

    for (word, after, model, minutes) in [
        ("model", &both, "another", 9),
        ("tools", &both, MODEL, 9),
        ("tools", &tools, MODEL, 1),
        ("system", &system, MODEL, 9),
        ("history", &history, MODEL, 9),
        ("history", &shorter, MODEL, 1),
        ("time", &longer, MODEL, 6),
        ("vendor", &longer, MODEL, 4),
        ("vendor", &same, MODEL, 4),
    ] {
        let note = said_of(after, model, 20, minutes).unwrap();
        assert!(note.starts_with(&format!("{word}: ")), "{word}: {note}");
        assert!(note.ends_with("; of 150 tokens 20 were found"), "{note}");
        assert_eq!(said_of(after, model, 150, minutes), None, "{word}");
    }
}

#[test]
fn a_prompt_may_be_too_short_to_be_kept() {
    let after = request();
    let layout = Layout::of(MODEL, &after);
    let fresh = |input_tokens| Usage { input_tokens, ..Usage::default() };
    let before = Answered { layout: layout.clone(), usage: fresh(10), at_micros: 0 };

    assert!(layout.miss(&after, fresh(20), &before, 0).unwrap().starts_with("minimum: "));
    assert_eq!(layout.miss(&after, fresh(9_000), &before, 0), None, "this vendor keeps nothing");
    assert_eq!(layout.miss(&after, Usage::default(), &before, 0), None, "or does not say");
    assert_eq!(layout.miss(&after, read(0), &before, 0), None, "now it is kept");
}
