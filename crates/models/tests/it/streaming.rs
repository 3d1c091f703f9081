use agent::Role;
use agent::message::text_block;
use agent::model::{BlockKind, Model as _, ModelEvent, StopReason, Usage};
use futures_util::StreamExt as _;
use serde_json::json;
use standins::anthropic::{Gate, Reply};

use crate::setup::{answer, ask, config, conversation, message, run, scripted};

#[tokio::test]
async fn text_comes_in_pieces_and_then_whole() {
    let (server, model) = scripted([Reply::new()
        .text("There are three open tasks.")
        .usage(&json!({"input_tokens": 40, "cache_read_input_tokens": 300,
            "cache_creation_input_tokens": 20, "output_tokens": 9}))])
    .await;
    let (events, end) = run(&model, ask("How many?")).await;

    let delta = |delta: &str| ModelEvent::BlockDelta { index: 0, delta: delta.to_owned() };
    assert_eq!(
        events,
        [
            ModelEvent::BlockStart { index: 0, kind: BlockKind::Text },
            delta("There are th"),
            delta("ree open tas"),
            delta("ks."),
            ModelEvent::BlockEnd { index: 0 },
        ]
    );
    let reply = end.unwrap();
    assert_eq!(reply.content, [text_block("There are three open tasks.")]);
    assert_eq!(reply.stop, StopReason::EndTurn);
    assert_eq!(reply.model, "claude-sonnet-5-5");
    assert!(reply.request_id.unwrap().starts_with("req_"));
    assert_eq!(
        reply.usage,
        Usage {
            input_tokens: 40,
            cache_read_tokens: 300,
            cache_write_tokens: 20,
            output_tokens: 9,
            ..Usage::default()
        }
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn parallel_calls_keep_their_order_and_arguments() {
    let arguments = json!({"title": "Prüfe „alles“", "due": "2026-11-27", "tags": [1, 2.5, null]});
    let (_server, model) = scripted([Reply::new()
        .text("Two things.")
        .tool_with_id("toolu_a", "tasks__create", arguments.clone())
        .tool_with_id("toolu_b", "tasks__list", json!({}))])
    .await;
    let (events, end) = run(&model, ask("Do both")).await;

    let kind = |id: &str, name: &str| BlockKind::ToolInput { id: id.into(), name: name.into() };
    let started: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            ModelEvent::BlockStart { index, kind } => Some((*index, kind.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(
        started,
        [
            (0, BlockKind::Text),
            (1, kind("toolu_a", "tasks__create")),
            (2, kind("toolu_b", "tasks__list")),
        ]
    );
    assert_eq!(deltas_of(&events, 1), arguments.to_string());
    assert_eq!(deltas_of(&events, 2), "");
    let reply = end.unwrap();
    assert_eq!(reply.stop, StopReason::ToolUse);
    assert_eq!(reply.content[1]["input"], arguments);
    assert_eq!(reply.content[2]["input"], json!({}));
    assert!(reply.invalid_calls.is_empty());
}

#[tokio::test]
async fn thinking_goes_back_to_the_vendor_byte_for_byte() {
    let redacted = json!({"type": "redacted_thinking", "data": "b3BhcXVl/+=="});
    let (server, model) = scripted([
        Reply::new()
            .thinking("The user wants\nthe „list“ 👋", "c2lnbmF0dXJl+/=")
            .raw_block(redacted.clone())
            .thinking("", "ZW1wdHk=")
            .tool_with_id("toolu_a", "tasks__list", json!({"open": true})),
        Reply::new().text("Done."),
    ])
    .await;
    let (events, first) = run(&model, ask("List")).await;
    assert_eq!(events[0], ModelEvent::BlockStart { index: 0, kind: BlockKind::Reasoning });
    let content = first.unwrap().content;
    assert_eq!(content[1], redacted);

    let result = json!({"type": "tool_result", "tool_use_id": "toolu_a", "content": "none"});
    run(
        &model,
        conversation(vec![
            message(Role::User, vec![text_block("List")]),
            message(Role::Assistant, content),
            message(Role::User, vec![result]),
        ]),
    )
    .await
    .1
    .unwrap();

    let sent = String::from_utf8(server.requests()[1].raw.to_vec()).unwrap();
    let replayed = concat!(
        r#"{"role":"assistant","content":[{"type":"thinking","#,
        r#""thinking":"The user wants\nthe „list“ 👋","signature":"c2lnbmF0dXJl+/="},"#,
        r#"{"type":"redacted_thinking","data":"b3BhcXVl/+=="},"#,
        r#"{"type":"thinking","thinking":"","signature":"ZW1wdHk="},"#,
        r#"{"type":"tool_use","id":"toolu_a","name":"tasks__list","input":{"open":true}}]}"#,
    );
    assert!(sent.contains(replayed), "{sent}");
}

#[tokio::test]
async fn each_piece_is_handed_out_while_the_next_is_still_to_come() {
    let gate = Gate::new();
    let (_server, model) = scripted([Reply::new().text("first").gate(&gate).text("second")]).await;
    let mut stream = model.stream(ask("Hello"));
    for _ in 0..4 {
        stream.next().await.unwrap().unwrap();
    }
    gate.reached().await;
    gate.open();
    let rest: Vec<_> = stream.collect().await;
    assert!(matches!(rest.last(), Some(Ok(ModelEvent::Done(_)))));
}

#[tokio::test]
async fn the_answer_is_whole_at_message_stop_and_not_at_the_end_of_the_body() {
    let gate = Gate::new();
    let (_server, model) = scripted([Reply::new().text("brief").gate_after(6, &gate)]).await;
    run(&model, ask("Hello")).await.1.unwrap();
    gate.reached().await;
}

#[tokio::test]
async fn what_the_prompt_costs_is_known_before_the_first_word() {
    let gate = Gate::new();
    let usage = json!({"input_tokens": 4, "cache_creation_input_tokens": 300,
        "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200}});
    let (_server, model) =
        scripted([Reply::new().usage(&usage).gate_after(1, &gate).text("Hi")]).await;
    let mut stream = model.stream(ask("Hello"));
    let wanted = Usage {
        input_tokens: 4,
        cache_write_tokens: 300,
        cache_write_1h_tokens: 200,
        output_tokens: 1,
        ..Usage::default()
    };
    assert_eq!(stream.next().await.unwrap().unwrap(), ModelEvent::Usage(wanted));
}

#[tokio::test]
async fn connections_are_used_again() {
    let (server, model) = scripted((0..10).map(|_| Reply::new().text("brief"))).await;
    for _ in 0..10 {
        run(&model, ask("Hello")).await.1.unwrap();
    }
    let mut peers: Vec<_> = server.requests().iter().map(|request| request.peer).collect();
    peers.dedup();
    assert!(peers.len() < 10, "{peers:?}");
}

#[tokio::test]
async fn every_stop_reason_has_its_word() {
    let cases = [
        ("max_tokens", StopReason::MaxTokens),
        ("stop_sequence", StopReason::StopSequence),
        ("pause_turn", StopReason::PauseTurn),
        ("refusal", StopReason::Refusal),
        ("model_context_window_exceeded", StopReason::ContextWindowExceeded),
        ("compaction", StopReason::Other("compaction".to_owned())),
    ];
    for (word, reason) in cases {
        assert_eq!(answer(Reply::new().text("…").stop(word)).await.stop, reason);
    }
}

#[tokio::test]
async fn the_model_is_what_the_settings_say() {
    let (server, model) = scripted([]).await;
    assert_eq!(model.info().provider, "anthropic");
    assert_eq!(model.info().id, config(&server).model);
    assert!(!model.info().offline);
}

fn deltas_of(events: &[ModelEvent], wanted: usize) -> String {
    events
        .iter()
        .filter_map(|event| match event {
            ModelEvent::BlockDelta { index, delta } if *index == wanted => Some(delta.as_str()),
            _ => None,
        })
        .collect()
}
