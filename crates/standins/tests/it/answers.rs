use std::time::{Duration, Instant};

use serde_json::{Value, json};
use standins::anthropic::{Anthropic, Reply, Script, has_tool_result, newest_user_text};

use crate::wire::{HEADERS, post, request, send};

fn ask(text: &str) -> Value {
    let mut body = request(json!([{"role": "user", "content": text}]));
    body["stream"] = json!(true);
    body
}

#[tokio::test]
async fn a_stream_has_the_vendors_order() {
    let server = Anthropic::start().await;
    server.script([Reply::new().text("Hello there, team").tool("list", json!({"n": 1}))]);
    let events = post(&server, &ask("Hi")).await.events();
    let kinds: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "message_start",
            "ping",
            "content_block_start",
            "content_block_delta",
            "content_block_delta",
            "content_block_stop",
            "content_block_start",
            "content_block_delta",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop",
        ]
    );
    assert_eq!(events[10]["delta"]["stop_reason"], "tool_use");
    assert!(events[0]["message"]["usage"]["input_tokens"].as_u64().unwrap() > 10);
    assert!(events[6]["content_block"]["id"].as_str().unwrap().starts_with("toolu_"));
}

#[tokio::test]
async fn without_a_stream_the_same_reply_is_one_message() {
    let server = Anthropic::start().await;
    let reply = Reply::new().thinking("Hm", "sig").text("Yes").tool("list", json!({"n": 1}));
    server.script([reply.clone(), reply.error_after(1, "overloaded_error")]);
    let body = request(json!([{"role": "user", "content": "Hi"}]));
    let message = post(&server, &body).await.json();
    assert_eq!(
        message["content"][0],
        json!({"type": "thinking", "thinking": "Hm", "signature": "sig"})
    );
    assert_eq!(message["content"][1], json!({"type": "text", "text": "Yes"}));
    assert_eq!(message["content"][2]["input"], json!({"n": 1}));
    assert_eq!(message["stop_reason"], "tool_use");
    assert_eq!(post(&server, &body).await.status, 529);
}

#[tokio::test]
async fn rules_come_before_the_queue_and_an_empty_script_is_told() {
    let server = Anthropic::start().await;
    server.script([Reply::new().text("queued")]);
    server.when_times(1, |request| newest_user_text(request) == "a", Reply::new().text("once"));
    server.when(|request| newest_user_text(request).contains('a'), Reply::new().text("rule"));
    for (question, answer) in [("a", "once"), ("a", "rule"), ("b", "queued")] {
        let body = post(&server, &ask(question)).await.body;
        assert!(body.contains(answer), "{body}");
    }
    let answer = post(&server, &ask("b")).await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("no reply is scripted"));
}

#[tokio::test]
async fn a_script_file_says_what_is_answered() {
    let script = r#"[
        {"when": {"hasToolResult": true}, "reply": {"text": "I have read it."}},
        {"when": {"lastUserContains": "busy"}, "times": 1,
         "reply": {"error": {"type": "rate_limit_error", "retryAfter": "2", "errorCode": "x"}}},
        {"when": {"lastUserContains": "tool"},
         "reply": {"thinking": "Hm", "tools": [{"name": "list", "input": {}}], "stop": "pause_turn"}},
        {"when": {"lastUserContains": "break"},
         "reply": {"text": "Half", "error": {"type": "api_error", "afterEvents": 2}}},
        {"when": {"lastUserContains": "end"}, "reply": {"text": "Half", "endAfter": 2}},
        {"when": {"lastUserContains": "stall"},
         "reply": {"text": "Half", "stall": {"afterEvents": 1, "ms": 1}, "usage": {"input_tokens": 7}}},
        {"reply": {"text": "Anything else"}}
    ]"#;
    let server = Anthropic::start().await;
    server.load(Script::parse(script).unwrap());

    let busy = post(&server, &ask("busy")).await;
    assert_eq!(busy.status, 429);
    assert!(busy.head.contains("retry-after: 2"));
    assert_eq!(busy.json()["error"]["details"]["error_code"], "x");
    assert!(post(&server, &ask("busy")).await.body.contains("Anything"));
    let called = post(&server, &ask("tool")).await;
    assert!(called.body.contains("signature_delta") && called.body.contains("pause_turn"));
    assert_eq!(post(&server, &ask("break")).await.events().pop().unwrap()["type"], "error");
    assert_eq!(post(&server, &ask("end")).await.events().len(), 3);
    let stalled = post(&server, &ask("stall")).await.events();
    assert_eq!(stalled[0]["message"]["usage"]["input_tokens"], 7);
    assert_eq!(stalled.last().unwrap()["type"], "message_stop");
    let answered = request(json!([
        {"role": "user", "content": "tool"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "list", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1"}]},
    ]));
    assert!(has_tool_result(&answered));
    assert!(post(&server, &answered).await.body.contains("I have read it."));
}

#[test]
fn a_wrong_script_is_told() {
    let error = Script::parse(r#"[{"when": {"lastUser": "a"}, "reply": {}}]"#).unwrap_err();
    assert!(error.to_string().contains("lastUser"), "{error}");
}

#[tokio::test]
async fn magic_words_ask_for_stamped_deltas() {
    let server = Anthropic::start().await;
    let start = Instant::now();
    let events = post(&server, &ask("Load test N=7 D=1 F=2 S=40")).await.events();
    assert!(start.elapsed() >= Duration::from_millis(8));
    let texts: Vec<&str> =
        events.iter().filter_map(|event| event["delta"]["text"].as_str()).collect();
    assert_eq!(texts.len(), 7);
    let stamps: Vec<u64> = texts
        .iter()
        .map(|text| text.strip_prefix("@T").unwrap().split_once('@').unwrap().0.parse().unwrap())
        .collect();
    assert!(stamps.is_sorted(), "{stamps:?}");
    assert!(texts.iter().all(|text| text.len() == 40));
}

#[tokio::test]
async fn models_are_listed() {
    let server = Anthropic::start().await;
    let list = send(&server, "GET /v1/models", HEADERS, "").await.json();
    let id = list["data"][0]["id"].as_str().unwrap();
    let one = send(&server, &format!("GET /v1/models/{id}"), HEADERS, "").await;
    assert_eq!(one.json(), list["data"][0]);
    assert_eq!(send(&server, "GET /v1/models", "", "").await.status, 401);
}

#[tokio::test]
async fn a_request_for_a_title_is_answered_beside_the_script() {
    let server = Anthropic::start().await;
    server.script([Reply::new().text("Scripted.")]);
    let mut title = request(json!([{"role": "user", "content": "Plans\nfor the summer"}]));
    title["system"] = json!([{"type": "text", "text": "You name conversations. Be brief."}]);

    let first = post(&server, &title).await.json();
    server.title(Reply::new().text("Summer"));
    let second = post(&server, &title).await.json();
    let other = request(json!([{"role": "user", "content": "Hi"}]));
    let answer = post(&server, &other).await.json();

    let texts = [first, second, answer].map(|message| message["content"][0]["text"].clone());
    assert_eq!(texts, ["Plans", "Summer", "Scripted."]);
    assert_eq!((server.title_requests().len(), server.requests().len()), (2, 1));
}

#[tokio::test]
async fn a_script_may_answer_requests_for_titles() {
    let script = r#"[
        {"when": {"systemContains": "You name"}, "times": 1, "reply": {"text": "Summer"}},
        {"when": {"systemContains": "brief"}, "reply": {"text": "Later"}},
        {"reply": {"text": "Anything."}}
    ]"#;
    let server = Anthropic::start().await;
    server.load(Script::parse(script).unwrap());
    let mut title = request(json!([{"role": "user", "content": "Plans"}]));
    title["system"] = json!("You name conversations. Be brief.");

    let mut texts = Vec::new();
    for body in [&request(json!([{"role": "user", "content": "Hi"}])), &title, &title] {
        texts.push(post(&server, body).await.json()["content"][0]["text"].clone());
    }

    assert_eq!(texts, ["Anything.", "Summer", "Later"]);
}

#[tokio::test]
async fn an_answer_is_held_to_the_schema_of_its_request() {
    let server = Anthropic::start().await;
    server.script([Reply::new().text("Hello"), Reply::new().text("{\"title\": \"Hi\"}")]);
    let schema = json!({"type": "object", "required": ["title"], "additionalProperties": false});
    let mut body = request(json!([{"role": "user", "content": "Hi"}]));
    let mut texts = Vec::new();
    for schema in [schema, json!({"type": "object", "additionalProperties": false})] {
        body["output_config"] = json!({"format": {"type": "json_schema", "schema": schema}});
        texts.push(post(&server, &body).await.json()["content"][0]["text"].clone());
    }
    assert_eq!(texts, [r#"{"title":"Hello"}"#, r#"{"title": "Hi"}"#]);
    for config in [
        json!({"format": {"type": "json_schema", "schema": {"type": "object"}}}),
        json!({"format": {"type": "json_schema"}}),
        json!({"format": "json"}),
        json!({"effort": "enormous"}),
        json!({"forms": 1}),
    ] {
        body["output_config"] = config.clone();
        assert_eq!(post(&server, &body).await.status, 400, "{config}");
    }
}
