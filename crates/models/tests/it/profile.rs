//! What a client learns from its server about the model.

use agent::model::{Capabilities, Model as _, ModelRequest};
use models::Connection;
use models::anthropic::{Anthropic, AnthropicConfig, Effort, ServerTool, Thinking};
use models::openai::{OpenAi, OpenAiConfig};
use serde_json::{Value, json};
use standins::anthropic::{Anthropic as StandIn, Reply};

use crate::setup::{ask, config, connection, run};

/// What is sent by a client with these settings, and what it knows afterwards.
async fn sent(config: impl Fn(AnthropicConfig) -> AnthropicConfig) -> (Value, Capabilities) {
    let server = StandIn::start().await;
    server.script([Reply::new().text("Hi.")]);
    let asking = Connection { discover: true, ..connection(server.url()) };
    let settings = AnthropicConfig { connection: asking, ..crate::setup::config(&server) };
    let model = Anthropic::new(config(settings)).unwrap();
    let request = ModelRequest { max_tokens: 100_000, ..ask("Hello") };
    run(&model, request).await.1.unwrap();
    (server.requests()[0].body.clone(), model.info().capabilities.clone())
}

#[tokio::test]
async fn the_models_entry_is_believed() {
    let (body, capabilities) =
        sent(|config| AnthropicConfig { model: "claude-haiku-4-5".to_owned(), ..config }).await;
    assert_eq!(body["max_tokens"], 64_000);
    assert_eq!(
        capabilities,
        Capabilities {
            context_window: Some(200_000),
            max_output_tokens: Some(64_000),
            images: true,
            documents: true,
            schemas: true,
        }
    );
}

#[tokio::test]
async fn what_a_model_does_not_take_becomes_what_is_nearest() {
    let budget = json!({"type": "enabled", "budget_tokens": 2048});
    let summarized = json!({"type": "adaptive", "display": "summarized"});
    let cases = [
        ("claude-sonnet-5-5", Thinking::Budget(2048), summarized.clone()),
        ("claude-sonnet-5-5", Thinking::Disabled, json!({"type": "between_tools"})),
        ("claude-opus-5-5", Thinking::Disabled, Value::Null),
        ("claude-opus-5-5", Thinking::BetweenTools, Value::Null),
        ("claude-haiku-5-5", Thinking::BetweenTools, json!({"type": "disabled"})),
        ("claude-haiku-4-5", Thinking::Summarized, Value::Null),
        ("claude-haiku-4-5", Thinking::Budget(2048), budget),
        ("claude-opus-5-5", Thinking::Summarized, summarized),
    ];
    for (model, thinking, wanted) in cases {
        let (body, _) = sent(|config| AnthropicConfig {
            model: model.to_owned(),
            thinking: Some(thinking),
            effort: Some(Effort::Max),
            server_tools: vec![ServerTool::WebSearch(1)],
            ..config
        })
        .await;
        assert_eq!(body["thinking"], wanted, "{model} {thinking:?}");
        let is_new = model != "claude-haiku-4-5";
        assert_eq!(body["output_config"]["effort"].as_str(), is_new.then_some("xhigh"));
        assert_eq!(body["tools"].is_array(), is_new);
    }
}

#[tokio::test]
async fn a_server_without_a_list_changes_nothing() {
    let server = StandIn::start().await;
    server.script([Reply::new().text("a"), Reply::new().text("b")]);
    let asking = Connection { discover: true, ..connection(server.url()) };
    let settings = AnthropicConfig {
        connection: asking,
        model: "claude-unlisted".to_owned(),
        effort: Some(Effort::Max),
        ..config(&server)
    };
    let model = Anthropic::new(settings).unwrap();
    for _ in 0..2 {
        run(&model, ask("Hello")).await.1.unwrap();
    }
    assert_eq!(server.requests()[1].body["output_config"]["effort"], "max");
    assert_eq!(model.info().capabilities.context_window, None);
}

#[tokio::test]
async fn a_small_window_leaves_half_to_the_prompt() {
    let server = standins::openai::OpenAi::start().await;
    server.script([Reply::new().text("Hi.")]);
    let asking = Connection { discover: true, ..connection(&server.base_url()) };
    let settings = OpenAiConfig { connection: asking, ..OpenAiConfig::new("qwen3:8b", None) };
    let model = OpenAi::new(settings).unwrap();
    assert_eq!(model.info().capabilities.context_window, None);
    run(&model, ModelRequest { max_tokens: 50_000, ..ask("Hello") }).await.1.unwrap();
    assert_eq!(server.requests()[0].body["max_tokens"], 16_384);
    assert_eq!(model.info().capabilities.context_window, Some(32_768));
}
