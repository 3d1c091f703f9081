use serde_json::{Value, json};
use standins::Reply;
use standins::openai::OpenAi;

use crate::wire::{chat, send};

async fn server() -> OpenAi {
    let server = OpenAi::start().await;
    server.otherwise(Reply::new().text("Understood."));
    server
}

fn request(messages: Value) -> Value {
    let mut body = json!({"model": "qwen3:8b"});
    body["messages"] = messages;
    body
}

fn hello() -> Value {
    request(json!([{"role": "user", "content": "Hello"}]))
}

#[tokio::test]
async fn a_stream_has_the_vendors_order() {
    let server = server().await;
    server.script([Reply::new().thinking("Hm", "x").text("Hello").tool("list", json!({"n": 1}))]);
    let mut body = hello();
    body["stream"] = json!(true);
    body["stream_options"] = json!({"include_usage": true});
    let answer = chat(&server, &body).await;
    assert!(answer.body.ends_with("data: [DONE]\n\n"));
    let mut deltas = Vec::new();
    let mut events = answer.events();
    let usage = events.pop().unwrap();
    for event in &mut events {
        deltas.push(event["choices"][0]["delta"].take());
    }
    assert_eq!(deltas[0], json!({"role": "assistant", "content": ""}));
    assert_eq!(deltas[1], json!({"reasoning_content": "Hm"}));
    assert_eq!(deltas[2], json!({"content": "Hello"}));
    assert_eq!(deltas[3]["tool_calls"][0]["function"]["name"], "list");
    let arguments = json!({"tool_calls": [{"index": 0, "function": {"arguments": "{\"n\":1}"}}]});
    assert_eq!(deltas[4], arguments);
    assert_eq!(events[5]["choices"][0]["finish_reason"], "tool_calls");
    assert_eq!(usage["choices"], json!([]));
    assert!(usage["usage"]["prompt_tokens"].as_u64().unwrap() > 5);
}

#[tokio::test]
async fn without_a_stream_the_same_reply_is_one_answer() {
    let server = server().await;
    let reply = Reply::new().thinking("Hm", "x").text("Yes").tool("list", json!({"n": 1}));
    server.script([reply.clone(), reply.error_after(2, "rate_limit_error")]);
    let answer = chat(&server, &hello()).await.json();
    let message = &answer["choices"][0]["message"];
    assert_eq!((&message["content"], &message["reasoning_content"]), (&json!("Yes"), &json!("Hm")));
    assert_eq!(message["tool_calls"][0]["function"]["arguments"], r#"{"n":1}"#);
    assert_eq!(chat(&server, &hello()).await.status, 429);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let server = server().await;
    let with = |name: &str, value: Value| {
        let mut body = hello();
        body[name] = value;
        body
    };
    let user = json!({"role": "user", "content": "Hi"});
    let call = json!({"id": "a", "type": "function", "function": {"name": "b", "arguments": "{}"}});
    let calls = json!({"role": "assistant", "content": null, "tool_calls": [call]});
    let result = json!({"role": "tool", "tool_call_id": "a", "content": "c"});
    let cases = [
        (json!([]), 400, "no JSON object"),
        (with("model", json!("none")), 404, "model_not_found"),
        (with("top_k", json!(1)), 400, "Unrecognized"),
        (with("stream_options", json!({})), 400, "stream_options"),
        (with("tools", json!([{"name": "a"}])), 400, "must be a function"),
        (with("tools", json!([{"type": "function", "function": {"name": "a"}}])), 400, "object"),
        (request(json!([])), 400, "at least one"),
        (request(json!([{"role": "king", "content": "a"}])), 400, "unknown role"),
        (request(json!([{"role": "user", "content": [{"type": "odd"}]}])), 400, "invalid content"),
        (request(json!([user, calls])), 400, "has no tool message"),
        (request(json!([user, calls, user])), 400, "has no tool message"),
        (request(json!([user, result])), 400, "must follow"),
    ];
    for (body, status, words) in cases {
        let answer = chat(&server, &body).await;
        assert_eq!(answer.status, status, "{body}");
        assert!(answer.body.contains(words), "{body}: {}", answer.body);
        assert!(answer.head.contains("x-request-id: req_"));
    }
    let fine = request(json!([user, calls, result, user]));
    assert_eq!(chat(&server, &fine).await.status, 200);
}

#[tokio::test]
async fn a_key_is_asked_for_only_if_there_is_one() {
    let server = server().await;
    assert_eq!(send(&server, "GET /v1/models", "", "").await.status, 200);
    server.require_key("k");
    for (headers, status) in [("", 401), ("authorization: Bearer k\r\n", 200)] {
        assert_eq!(send(&server, "GET /v1/models", headers, "").await.status, status);
    }
    assert_eq!(chat(&server, &hello()).await.json()["error"]["code"], "invalid_api_key");
    assert_eq!(send(&server, "GET /v2", "", "").await.status, 404);
}
