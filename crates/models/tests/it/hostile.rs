//! Servers that mean harm, or have gone mad. Each costs bounded memory and ends in a typed error.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use agent::model::{Model as _, ModelErrorKind, ModelStream};
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
    assert_eq!(reply.usage.input_tokens, 10_000_000, "no more than any model takes");

    let start = json!({"type": "message_start", "message": {"usage": {
        "input_tokens": u64::MAX, "output_tokens": u64::MAX,
    }}});
    let reply = anthropic(format!("data: {start}\n\n{OPEN}{CLOSE}").as_bytes(), 64).unwrap();
    assert_eq!(reply.usage.total(), 20_000_000);
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

#[test]
fn two_calls_with_one_id_are_refused_with_what_they_cost() {
    let call = |index: usize| {
        json!({"type": "content_block_start", "index": index,
            "content_block": {"type": "tool_use", "id": "toolu_1", "name": "a", "input": {}}})
    };
    let start = json!({"type": "message_start", "message": {"usage": {"input_tokens": 7}}});
    let close = |index: usize| json!({"type": "content_block_stop", "index": index});
    let stop = json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"},
        "usage": {"output_tokens": 900}});
    let end = json!({"type": "message_stop"});
    let body = [start, call(0), close(0), call(1), close(1), stop, end];
    let body = body.map(|event| format!("data: {event}\n\n")).concat();
    let error = anthropic(body.as_bytes(), 64).unwrap_err();
    assert_eq!((error.kind, error.usage.total()), (ModelErrorKind::Protocol, 907));

    let call = |place: usize| json!({"index": place, "id": "call_1", "function": {"name": "a", "arguments": "{}"}});
    let chunk = json!({"choices": [{"delta": {"tool_calls": [call(0), call(1)]}}]});
    let error = openai(format!("data: {chunk}\n\ndata: [DONE]\n\n").as_bytes(), 64).unwrap_err();
    assert_eq!(error.kind, ModelErrorKind::Protocol);
}

#[test]
fn parts_without_end_are_too_many() {
    let open = |index: usize| {
        OPEN.replace("\"index\":0", &format!("\"index\":{index}"))
            + &format!("data: {{\"type\":\"content_block_stop\",\"index\":{index}}}\n\n")
    };
    let body = format!("{START}{}", (0..2_001).map(open).collect::<String>());
    let error = anthropic(body.as_bytes(), 4096).unwrap_err();
    assert_eq!(error.kind, ModelErrorKind::Protocol);
}

#[test]
fn a_models_name_has_an_end() {
    let name = "m".repeat(20_000);
    let start = json!({"type": "message_start", "message": {"model": name}});
    let chunk = json!({"model": name, "choices": [{"delta": {}, "finish_reason": "stop"}]});
    let replies = [
        anthropic(format!("data: {start}\n\n{OPEN}{CLOSE}").as_bytes(), 4096),
        openai(format!("data: {chunk}\n\n").as_bytes(), 4096),
    ];
    assert_eq!(replies.map(|reply| reply.unwrap().model.len()), [200, 200]);
}

/// A server that answers once with the beginning of an answer and then with what `write` writes.
fn serving(
    length: &'static str,
    write: impl FnOnce(&mut TcpStream) -> std::io::Result<()> + Send + 'static,
) -> AnthropicConfig {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        assert!(socket.read(&mut [0; 4096]).unwrap() > 0);
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n";
        let begun = format!("{head}content-length: {length}\r\n\r\n{START}{OPEN}");
        socket.write_all(begun.as_bytes()).unwrap();
        // The client hangs up on it.
        drop(write(&mut socket));
    });
    let mut connection = connection(&url);
    connection.retry = RetryPolicy { max_retries: 0, ..RetryPolicy::default() };
    AnthropicConfig { connection, ..AnthropicConfig::new(ApiKey::new(KEY)) }
}

#[tokio::test]
async fn a_promise_of_ten_gigabytes_costs_nothing() {
    let config = serving("10737418240", |_| Ok(()));
    let error = run(&Anthropic::new(config).unwrap(), ask("Hello")).await.1.unwrap_err();
    assert_eq!((error.kind, error.started), (ModelErrorKind::Network, true));
}

#[tokio::test]
async fn an_answer_far_longer_than_asked_for_is_cut() {
    let delta = json!({"type": "content_block_delta", "index": 0,
        "delta": {"type": "text_delta", "text": "x".repeat(30_000)}});
    let piece = format!("data: {delta}\n\n");
    let config = serving("10737418240", move |socket| {
        (0..1_000).try_for_each(|_| socket.write_all(piece.as_bytes()))
    });
    let (events, end) = run(&Anthropic::new(config).unwrap(), ask("Hello")).await;
    assert_eq!(end.unwrap_err().kind, ModelErrorKind::Protocol);
    assert!(events.len() < 100, "{}", events.len());
}

#[tokio::test]
async fn pings_alone_do_not_keep_an_answer_alive() {
    let mut config = serving("10737418240", |socket| {
        loop {
            socket.write_all(b"event: ping\ndata: {\"type\":\"ping\"}\n\n")?;
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    config.connection.idle_timeout = Duration::from_millis(100);
    let error = run(&Anthropic::new(config).unwrap(), ask("Hello")).await.1.unwrap_err();
    assert_eq!(error.kind, ModelErrorKind::Timeout);
    assert!(error.message.contains("signs of life"), "{error}");
}

#[tokio::test]
async fn a_limit_of_nothing_is_no_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        assert!(socket.read(&mut [0; 4096]).unwrap() > 0);
        let entry = r#"{"id":"claude","max_tokens":0,"max_input_tokens":0}"#;
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", entry.len());
        socket.write_all(format!("{head}{entry}").as_bytes()).unwrap();
    });
    let mut connection = connection(&url);
    connection.discover = true;
    let config = AnthropicConfig { connection, ..AnthropicConfig::new(ApiKey::new(KEY)) };
    let model = Anthropic::new(config).unwrap();
    model.discover().await;
    let known = &model.info().capabilities;
    assert_eq!((known.max_output_tokens, known.context_window), (None, None));
}
