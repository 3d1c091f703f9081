use std::time::Duration;

use serde_json::{Value, json};
use standins::anthropic::{Anthropic, Reply};
use standins::openai::OpenAi;

use crate::wire::{chat, post, request};

async fn server() -> Anthropic {
    let server = Anthropic::start().await;
    server.otherwise(Reply::new().text("Understood."));
    server
}

fn text(words: usize) -> Value {
    json!({"type": "text", "text": "word ".repeat(words)})
}

fn marked(words: usize, ttl: &str) -> Value {
    let mut block = text(words);
    block["cache_control"] = json!({"type": "ephemeral", "ttl": ttl});
    block
}

fn user(content: impl Into<Value>) -> Value {
    json!([{"role": "user", "content": content.into()}])
}

/// Tokens that were read, and those written for five minutes and for an hour.
async fn counted(server: &Anthropic, body: &Value) -> [u64; 3] {
    let usage = post(server, body).await.json()["usage"].take();
    let number = |value: &Value| value.as_u64().unwrap();
    let (written, split) = (&usage["cache_creation_input_tokens"], &usage["cache_creation"]);
    let (short, long) =
        (number(&split["ephemeral_5m_input_tokens"]), number(&split["ephemeral_1h_input_tokens"]));
    assert_eq!(number(written), short + long);
    assert!(number(&usage["input_tokens"]) > 0);
    [number(&usage["cache_read_input_tokens"]), short, long]
}

#[tokio::test]
async fn what_is_written_once_is_read_while_it_lives() {
    let server = server().await;
    let body = request(user(json!([marked(2000, "5m"), text(10)])));
    let [read, written, _] = counted(&server, &body).await;
    assert!(read == 0 && written > 2000, "{written}");
    assert_eq!(counted(&server, &body).await, [written, 0, 0]);

    // Reading makes an entry young again.
    for _ in 0..2 {
        server.age_cache(Duration::from_secs(200));
        assert_eq!(counted(&server, &body).await, [written, 0, 0]);
    }
    server.age_cache(Duration::from_secs(301));
    assert_eq!(counted(&server, &body).await, [0, written, 0]);
}

#[tokio::test]
async fn a_longer_conversation_writes_only_what_is_new() {
    let server = server().await;
    let mut messages = user(json!([marked(2000, "5m")]));
    let [_, first, _] = counted(&server, &request(messages.clone())).await;

    messages[0]["content"] = json!([text(2000)]);
    let more = json!([
        {"role": "assistant", "content": [text(5)]},
        {"role": "user", "content": [marked(500, "5m")]},
    ]);
    messages.as_array_mut().unwrap().extend(more.as_array().unwrap().clone());
    let [read, written, _] = counted(&server, &request(messages)).await;
    assert_eq!(read, first);
    assert!(written > 500 && written < 800, "{written}");
}

#[tokio::test]
async fn tools_system_and_thinking_stand_before_the_messages() {
    let server = server().await;
    let mut body = request(user(json!([marked(1500, "5m")])));
    body["system"] = json!([marked(1500, "5m")]);
    let [_, all, _] = counted(&server, &body).await;
    let tool = json!({"name": "a", "input_schema": {"type": "object"}});

    let mut other = body.clone();
    other["thinking"] = json!({"type": "adaptive"});
    let [read, written, _] = counted(&server, &other).await;
    assert!(read > 1500 && written > 1500 && read + written >= all, "{read} {written}");
    other["tools"] = json!([tool]);
    assert_eq!(counted(&server, &other).await[0], 0);
}

#[tokio::test]
async fn an_hour_is_counted_apart_and_comes_first() {
    let server = server().await;
    let mut body = request(user(json!([marked(1500, "5m")])));
    body["system"] = json!([marked(1500, "1h")]);
    let [_, short, long] = counted(&server, &body).await;
    assert!(short > 1500 && long > 1500);
    server.age_cache(Duration::from_mins(10));
    assert_eq!(counted(&server, &body).await, [long, short, 0]);

    body["system"] = json!([marked(1500, "5m")]);
    body["messages"] = user(json!([marked(1500, "1h")]));
    assert!(post(&server, &body).await.body.contains("must not come after"));
}

#[tokio::test]
async fn short_or_distant_prefixes_are_not_found() {
    let server = server().await;
    let short = request(user(json!([marked(500, "5m")])));
    for _ in 0..2 {
        assert_eq!(counted(&server, &short).await, [0, 0, 0]);
    }
    let long = request(user(json!([marked(2000, "5m")])));
    counted(&server, &long).await;
    let many = |blocks: usize| {
        let mut content = vec![text(2000)];
        content.extend(vec![text(1); blocks]);
        content.push(marked(1, "5m"));
        request(user(json!(content)))
    };
    assert!(counted(&server, &many(19)).await[0] > 2000);
    assert_eq!(counted(&server, &many(60)).await[0], 0, "only twenty blocks are looked at");
}

#[tokio::test]
async fn the_other_vendor_keeps_every_long_prompt() {
    let server = OpenAi::start().await;
    server.otherwise(Reply::new().text("Understood."));
    let ask = |words: usize| {
        let content = "word ".repeat(words);
        json!({"model": "qwen3:8b", "messages": [
            {"role": "system", "content": content},
            {"role": "user", "content": "Hello"},
        ]})
    };
    let mut cached = Vec::new();
    for words in [500, 500, 3000, 3000] {
        let usage = chat(&server, &ask(words)).await.json()["usage"].take();
        cached.push(usage["prompt_tokens_details"]["cached_tokens"].as_u64().unwrap());
    }
    assert_eq!(cached[..3], [0, 0, 0]);
    assert!(cached[3] > 3000 && cached[3].is_multiple_of(128), "{cached:?}");
}
