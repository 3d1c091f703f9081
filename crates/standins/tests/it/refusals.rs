use serde_json::{Value, json};
use standins::anthropic::{Anthropic, Reply};

use crate::wire::{HEADERS, post, request, send};

async fn server() -> Anthropic {
    let server = Anthropic::start().await;
    server.otherwise(Reply::new().text("Understood."));
    server
}

fn hello() -> Value {
    request(json!([{"role": "user", "content": "Hello"}]))
}

/// Checks that each body is refused with words that contain the text beside it.
async fn refused(cases: impl IntoIterator<Item = (Value, &'static str)>) {
    let server = server().await;
    for (body, words) in cases {
        let answer = post(&server, &body).await;
        assert_eq!(answer.status, 400, "{body}");
        let error = answer.json();
        assert_eq!(error["error"]["type"], "invalid_request_error");
        let message = error["error"]["message"].as_str().unwrap();
        assert!(message.contains(words), "{body}: {message}");
    }
}

#[tokio::test]
async fn version_and_key_are_looked_at() {
    let server = server().await;
    server.require_key("k");
    let version = "anthropic-version: 2026-10-21\r\n";
    let cases = [
        (HEADERS.to_owned(), 200),
        (format!("x-api-key: k\r\n{version}"), 200),
        (format!("x-api-key: wrong\r\n{HEADERS}"), 401),
        (format!("authorization: Bearer wrong\r\n{version}"), 401),
        (version.to_owned(), 401),
        ("authorization: Bearer k\r\n".to_owned(), 400),
        ("authorization: Bearer k\r\nanthropic-version: 2023-06-01\r\n".to_owned(), 400),
    ];
    for (headers, status) in cases {
        let answer = send(&server, "POST /v1/messages", &headers, &hello().to_string()).await;
        assert_eq!(answer.status, status, "{headers}");
        assert!(answer.head.contains("request-id: req_"));
    }
    assert_eq!(server.requests().len(), 7);
}

#[tokio::test]
async fn fields_are_checked() {
    let with = |name: &str, value: Value| {
        let mut body = hello();
        body[name] = value;
        body
    };
    let tool = json!({"name": "a", "input_schema": {"type": "object"}});
    refused([
        (json!([]), "no JSON object"),
        (with("temperature", json!(1.0)), "temperature: Extra inputs are not permitted"),
        (with("top_p", json!(1)), "top_p: Extra inputs are not permitted"),
        (with("top_k", json!(1)), "top_k: Extra inputs are not permitted"),
        (with("shape", json!(1)), "shape: Extra inputs are not permitted"),
        (with("max_tokens", Value::Null), "max_tokens: Field required"),
        (with("max_tokens", json!(0)), "max_tokens"),
        (with("model", Value::Null), "model: Field required"),
        (with("messages", Value::Null), "messages: Field required"),
        (with("messages", json!([])), "at least one"),
        (with("thinking", json!({"type": "disabled"})), "does not support disabled"),
        (with("thinking", json!({"type": "odd"})), "unknown type"),
        (with("system", json!([{"type": "text", "text": ""}])), "must be non-empty"),
        (with("system", json!([{"type": "image"}])), "must be a text block"),
        (with("tools", json!([{"name": "a b"}])), "does not match"),
        (with("tools", json!([{"name": "a"}])), "must be of type object"),
        (with("tools", json!([tool, tool])), "there twice"),
    ])
    .await;
}

#[tokio::test]
async fn a_conversation_must_make_sense() {
    let user = |content: Value| json!({"role": "user", "content": content});
    let model = |content: Value| json!({"role": "assistant", "content": content});
    let call = |id: &str| json!({"type": "tool_use", "id": id, "name": "a", "input": {}});
    let result = |id: &str| json!({"type": "tool_result", "tool_use_id": id, "content": "b"});
    let text = json!({"type": "text", "text": "c"});
    let hi = user(json!("Hi"));
    let cases = [
        (json!([model(json!("Hi")), hi]), "must be the user's"),
        (json!([{"role": "tool", "content": "Hi"}]), "unknown role"),
        (json!([user(json!([]))]), "must not be empty"),
        (json!([user(json!(""))]), "must be non-empty"),
        (json!([user(json!([{"type": "text", "text": " \n"}]))]), "must not be blank"),
        (json!([user(json!([{"text": "a"}]))]), "type: Field required"),
        (json!([hi, model(json!("A list:"))]), "must end with a user message"),
        (json!([hi, model(json!([call("1")]))]), "without tool_result blocks right after: 1"),
        (json!([hi, model(json!([call("1"), call("2")])), user(json!([result("1")]))]), "after: 2"),
        (json!([hi, model(json!([call("1")])), user(json!([text, result("1")]))]), "first"),
        (json!([hi, model(json!([call("1")])), user(json!([result("1"), result("1")]))]), "second"),
        (json!([user(json!([result("1")]))]), "has no tool_use with the id \"1\""),
        (json!([hi, model(json!([text])), user(json!([result("1")]))]), "has no tool_use"),
        (json!([hi, model(json!([call("1"), call("1")])), user(json!([result("1")]))]), "twice"),
        (
            json!([hi, model(json!([{"type": "thinking", "thinking": "a"}])), hi]),
            "signature: Field required",
        ),
        (
            json!([hi, model(json!([{"type": "tool_use", "id": "1", "input": "{"}])), hi]),
            "must be an object",
        ),
        (
            json!([
                hi,
                model(json!([{"type": "thinking", "thinking": "a", "signature": "b"}])),
                hi
            ]),
            "cannot be thinking",
        ),
        (
            json!([hi, model(json!([{"type": "server_tool_use", "id": "s", "name": "a"}])), hi]),
            "without its result",
        ),
    ];
    refused(cases.map(|(messages, words)| (request(messages), words))).await;
}

#[tokio::test]
async fn a_sensible_conversation_is_answered() {
    let server = server().await;
    let call = |id: &str| json!({"type": "tool_use", "id": id, "name": "a", "input": {}});
    let result = |id: &str| json!({"type": "tool_result", "tool_use_id": id, "content": "b"});
    let conversations = [
        // Neighbours of one role are one turn, and a system message stands between turns.
        json!([
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": [call("1")]},
            {"role": "assistant", "content": [call("2")]},
            {"role": "user", "content": [result("2")]},
            {"role": "user", "content": [result("1"), {"type": "text", "text": "go on"}]},
            {"role": "system", "content": "It is Sunday."},
        ]),
        // An answer that was paused is sent back as it is.
        json!([
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": [
                {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
            ]},
        ]),
    ];
    for messages in conversations {
        let answer = post(&server, &request(messages)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

#[tokio::test]
async fn more_than_four_cache_marks_are_too_many() {
    let mark = json!({"type": "ephemeral"});
    let block = json!({"type": "text", "text": "a", "cache_control": mark});
    let marked = |blocks: usize| {
        let mut body = request(json!([{"role": "user", "content": vec![block.clone(); blocks]}]));
        body["system"] = json!([block]);
        body
    };
    assert_eq!(post(&server().await, &marked(3)).await.status, 200);
    let thinking =
        json!({"type": "thinking", "thinking": "a", "signature": "b", "cache_control": mark});
    let turns = json!([
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": [thinking]},
        {"role": "user", "content": "b"},
    ]);
    refused([(marked(4), "5 marks"), (request(turns), "cache_control: Extra inputs")]).await;
}

#[tokio::test]
async fn a_signature_belongs_to_its_text() {
    let server = server().await;
    server.script([Reply::new().thinking("I think", "sig-1").text("Yes")]);
    let first = post(&server, &hello()).await.json();
    let replay = |text: &str| {
        let mut content = first["content"].clone();
        content[0]["thinking"] = json!(text);
        request(json!([
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": content},
            {"role": "user", "content": "And?"},
        ]))
    };
    assert_eq!(post(&server, &replay("I think")).await.status, 200);
    let answer = post(&server, &replay("I thought")).await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("does not fit"), "{}", answer.body);
}

#[tokio::test]
async fn an_unknown_model_or_path_is_not_found() {
    let server = server().await;
    let mut body = hello();
    body["model"] = json!("gpt-5");
    assert_eq!(post(&server, &body).await.status, 404);
    assert_eq!(send(&server, "GET /v2/messages", HEADERS, "").await.status, 404);
    assert_eq!(send(&server, "GET /v1/models/claude-none", HEADERS, "").await.status, 404);
}
