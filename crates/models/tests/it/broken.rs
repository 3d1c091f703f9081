use std::time::Duration;

use agent::model::{ModelErrorKind, Usage};
use models::Connection;
use models::anthropic::{Anthropic, AnthropicConfig};
use serde_json::{Value, json};
use standins::anthropic::{Anthropic as StandIn, Gate, Reply};

use crate::setup::{ask, config, connection, failure, run, scripted};

#[tokio::test]
async fn an_error_within_the_stream_is_told_with_what_it_cost() {
    let cases = [
        ("overloaded_error", ModelErrorKind::Overloaded),
        ("rate_limit_error", ModelErrorKind::RateLimited),
        ("api_error", ModelErrorKind::Server),
        ("timeout_error", ModelErrorKind::Timeout),
        ("invalid_request_error", ModelErrorKind::InvalidRequest),
        ("surprising_error", ModelErrorKind::Server),
    ];
    for (word, kind) in cases {
        let reply = Reply::new().text("Half a sentence").usage(&json!({"input_tokens": 70}));
        let (events, error) = failure(reply.error_after(3, word)).await;
        assert_eq!(error.kind, kind, "{word}");
        assert_eq!(events.len(), 2);
        assert!(error.started);
        assert_eq!(error.usage, Usage { input_tokens: 70, output_tokens: 1, ..Usage::default() });
        assert!(error.request_id.is_some());
    }
}

#[tokio::test]
async fn an_error_after_the_start_is_never_tried_again() {
    let (server, model) = scripted([
        Reply::new().text("Half").error_after(1, "overloaded_error"),
        Reply::new().text("Whole"),
    ])
    .await;
    let error = run(&model, ask("Hello")).await.1.unwrap_err();
    assert!(!error.started);
    assert!(error.usage.input_tokens > 0, "the prompt was billed");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_stream_that_fails_before_its_start_is_tried_again() {
    let broken = [
        Reply::new().error_after(0, "overloaded_error"),
        Reply::new().truncate_after(0),
        Reply::new().hang_up_after(0),
    ];
    for reply in broken {
        let (server, model) = scripted([reply, Reply::new().text("Whole")]).await;
        run(&model, ask("Hello")).await.1.unwrap();
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn an_answer_without_message_stop_is_truncated() {
    for events in 1..6 {
        let (_, error) = failure(Reply::new().text("brief").truncate_after(events)).await;
        assert_eq!(error.kind, ModelErrorKind::Truncated, "after {events}");
        assert_eq!(error.started, events > 1);
    }
}

#[tokio::test]
async fn a_broken_connection_is_the_networks_fault() {
    let (_, error) = failure(Reply::new().text("brief").hang_up_after(3)).await;
    assert_eq!(error.kind, ModelErrorKind::Network);
    assert!(error.started);
}

#[tokio::test]
async fn silence_ends_an_answer() {
    let server = StandIn::start().await;
    let idle_timeout = Duration::from_millis(40);
    let connection = Connection { idle_timeout, ..connection(server.url()) };
    let model = Anthropic::new(AnthropicConfig { connection, ..config(&server) });
    let gate = Gate::new();
    server.script([Reply::new().text("brief").gate_after(3, &gate)]);
    let error = run(&model.unwrap(), ask("Hello")).await.1.unwrap_err();
    assert_eq!(error.kind, ModelErrorKind::Timeout);
    assert!(error.started);
    gate.abandoned().await;
}

#[tokio::test]
async fn what_is_not_the_protocol_is_refused() {
    let start = json!({"type": "message_start", "message": {"usage": {}}});
    let open = |index: usize| {
        json!({"type": "content_block_start", "index": index,
            "content_block": {"type": "text", "text": ""}})
    };
    let delta = |index: usize, delta: Value| json!({"type": "content_block_delta", "index": index, "delta": delta});
    let text = json!({"type": "text_delta", "text": "a"});
    let close = json!({"type": "content_block_stop", "index": 0});
    let stop = json!({"type": "message_stop"});
    let cases: Vec<Vec<Value>> = vec![
        vec![open(0)],
        vec![stop.clone()],
        vec![start.clone(), start.clone()],
        vec![start.clone(), open(1)],
        vec![start.clone(), open(0), open(0)],
        vec![start.clone(), open(0), delta(1, text.clone())],
        vec![start.clone(), open(0), delta(0, json!("text"))],
        vec![start.clone(), open(0), delta(0, json!({"type": "text_delta"}))],
        vec![start.clone(), open(0), delta(0, json!({"type": "thinking_delta", "thinking": "a"}))],
        vec![start.clone(), open(0), close.clone(), delta(0, text)],
        vec![start.clone(), open(0), close.clone(), close.clone()],
        vec![start.clone(), open(0), stop.clone()],
        vec![start.clone(), json!({"type": "content_block_start", "index": -1})],
        vec![start.clone(), json!({"type": "content_block_start", "index": 0})],
        vec![
            start.clone(),
            json!({"type": "content_block_start", "index": 0, "content_block": {}}),
        ],
        vec![start.clone(), json!({"type": "message_delta", "delta": {"stop_reason": 7}})],
        vec![start.clone(), stop],
        vec![start, json!([1, 2])],
    ];
    for events in cases {
        let reply =
            events.iter().fold(Reply::new().bare(), |reply, event| reply.event("x", event.clone()));
        let (_, error) = failure(reply).await;
        assert_eq!(error.kind, ModelErrorKind::Protocol, "{events:?}: {error}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_or_no_json_are_refused() {
    let start = "data: {\"type\":\"message_start\",\"message\":{}}\n\n";
    for bytes in [&b"data: {\"type\":\"ping\xFF\"}\n\n"[..], b"data: {\"type\":\n\n", b"data: \n\n"]
    {
        let (_, error) = failure(Reply::new().bare().bytes(start).bytes(bytes.to_vec())).await;
        assert_eq!(error.kind, ModelErrorKind::Protocol);
    }
}

#[tokio::test]
async fn an_event_beyond_all_measure_is_refused() {
    let flood = vec![b'x'; 9 * 1024 * 1024];
    let (_, error) = failure(Reply::new().bare().bytes("data: ").bytes(flood)).await;
    assert_eq!(error.kind, ModelErrorKind::Protocol);
}
