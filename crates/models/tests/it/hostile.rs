//! Servers that mean harm, or have gone mad. Each costs bounded memory and ends in a typed error.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use agent::model::{ModelErrorKind, ModelStream};
use bytes::Bytes;
use futures_util::stream;
use models::anthropic::{Anthropic, AnthropicConfig};
use models::{ApiKey, RetryPolicy};
use serde_json::json;

use crate::corpus::{Read, anthropic, ending, openai};
use crate::setup::{KEY, ask, connection, run};

const START: &str = "data: {\"type\":\"message_start\",\"message\":{}}\n\n";
const OPEN: &str = "data: {\"type\":\"content_block_start\",\"index\":0,\
    \"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n";
const CLOSE: &str = "data: {\"type\":\"content_block_stop\",\"index\":0}\n\n\
    data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n\
    data: {\"type\":\"message_stop\"}\n\n";

/// An answer of one piece of text, for each client.
fn saying(text: &str) -> [(Read, String); 2] {
    let delta = json!({"type": "content_block_delta", "index": 0,
        "delta": {"type": "text_delta", "text": text}});
    let chunk = json!({"choices": [{"delta": {"content": text}, "finish_reason": "stop"}]});
    [
        (anthropic, format!("{START}{OPEN}data: {delta}\n\n{CLOSE}")),
        (openai, format!("data: {chunk}\n\ndata: [DONE]\n\n")),
    ]
}

#[test]
fn a_line_of_a_megabyte_is_read() {
    let text = "word ".repeat(200_000);
    for (read, body) in saying(&text) {
        for chunk in [1, 1000, body.len()] {
            assert_eq!(read(body.as_bytes(), chunk).unwrap().content[0]["text"], text);
        }
    }
}

#[test]
fn every_line_end_and_a_byte_order_mark_are_read() {
    for (read, body) in saying("Grüße 👋") {
        for form in
            [body.replace('\n', "\r"), body.replace('\n', "\r\n"), format!("\u{feff}{body}")]
        {
            for chunk in [1, 3, form.len()] {
                let reply = read(form.as_bytes(), chunk).unwrap();
                assert_eq!(reply.content[0]["text"], "Grüße 👋", "{form:?}");
            }
        }
    }
}

#[test]
fn what_is_no_text_is_refused() {
    for (read, body) in saying("Hello") {
        let mut body = body.into_bytes();
        let at = body.windows(5).position(|piece| piece == b"Hello").unwrap();
        body[at] = 0xFF;
        assert_eq!(read(&body, 7).unwrap_err().kind, ModelErrorKind::Protocol);
    }
}

#[test]
fn nesting_without_end_is_refused() {
    let deep = format!("data: {{\"a\":{}\n\n", "[".repeat(1_000_000));
    for read in [anthropic as Read, openai] {
        assert_eq!(read(deep.as_bytes(), 4096).unwrap_err().kind, ModelErrorKind::Protocol);
    }
}

#[test]
fn numbers_of_any_size_are_read() {
    let usage = json!({"prompt_tokens": u64::MAX, "completion_tokens": 1e300, "cost": -1});
    let chunk = json!({"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": usage});
    let reply = openai(format!("data: {chunk}\n\n").as_bytes(), 64).unwrap();
    assert_eq!(reply.usage.input_tokens, u64::MAX);
}

/// A body that goes on and on.
fn endless(piece: String, replay: fn(stream::Repeat<Bytes>) -> ModelStream) -> ModelErrorKind {
    ending(replay(stream::repeat(Bytes::from(piece)))).unwrap_err().kind
}

#[test]
fn what_never_ends_is_ended() {
    let filling = "x".repeat(500_000);
    let pieces = [
        format!("event: ping\ndata: {{\"type\":\"ping\",\"x\":\"{filling}\"}}\n\n"),
        format!(": {filling}\n\n"),
        format!("data: {filling}\n"),
        filling,
    ];
    for piece in pieces {
        let ends = [
            endless(piece.clone(), |body| models::anthropic::replay(body)),
            endless(piece, |body| models::openai::replay(body)),
        ];
        assert_eq!(ends[0], ModelErrorKind::Protocol);
        assert!(matches!(ends[1], ModelErrorKind::Protocol), "{ends:?}");
    }
}

#[test]
fn calls_without_number_are_too_many() {
    let call = json!({"function": {"name": "a", "arguments": "{}"}});
    let chunk = json!({"choices": [{"delta": {"tool_calls": vec![call; 100]}}]});
    let kind = endless(format!("data: {chunk}\n\n"), |body| models::openai::replay(body));
    assert_eq!(kind, ModelErrorKind::Protocol);
}

#[tokio::test]
async fn a_promise_of_ten_gigabytes_costs_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        assert!(socket.read(&mut [0; 4096]).unwrap() > 0);
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
            content-length: 10737418240\r\n\r\n";
        socket.write_all(format!("{head}{START}{OPEN}").as_bytes()).unwrap();
    });
    let mut connection = connection(&url);
    connection.retry = RetryPolicy { max_retries: 0, ..RetryPolicy::default() };
    let config = AnthropicConfig { connection, ..AnthropicConfig::new(ApiKey::new(KEY)) };
    let error = run(&Anthropic::new(config).unwrap(), ask("Hello")).await.1.unwrap_err();
    assert_eq!((error.kind, error.started), (ModelErrorKind::Network, true));
}
