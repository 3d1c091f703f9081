use agent::model::{BlockKind, ModelEvent, StopReason};
use serde_json::json;
use standins::anthropic::Reply;

use crate::setup::{answer, ask, run, scripted};

#[tokio::test]
async fn unknown_blocks_fields_and_deltas_are_kept_without_events() {
    let (_server, model) = scripted([Reply::new()
        .streamed_block(
            json!({"type": "compaction", "content": null, "note": "a", "parts": [1], "seen": 1}),
            vec![
                json!({"type": "compaction_delta", "content": "short", "note": "b"}),
                json!({"type": "compaction_delta", "content": "er", "parts": [2], "seen": 2}),
            ],
        )
        .streamed_block(
            json!({"type": "text", "text": "", "origin": {"x": 1}}),
            vec![
                json!({"type": "text_delta", "text": "Hi", "extra": true}),
                json!({"type": "mood_delta", "mood": "calm"}),
            ],
        )])
    .await;
    let (events, end) = run(&model, ask("Hello")).await;
    assert_eq!(
        events,
        [
            ModelEvent::BlockStart { index: 1, kind: BlockKind::Text },
            ModelEvent::BlockDelta { index: 1, delta: "Hi".to_owned() },
            ModelEvent::BlockEnd { index: 1 },
        ]
    );
    let wanted = concat!(
        r#"[{"type":"compaction","content":"shorter","note":"ab","parts":[1,2],"seen":2},"#,
        r#"{"type":"text","text":"Hi","origin":{"x":1},"mood":"calm"}]"#,
    );
    assert_eq!(json!(end.unwrap().content).to_string(), wanted);
}

#[tokio::test]
async fn server_tools_and_citations_are_put_together() {
    let result = json!({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1",
        "content": [{"type": "web_search_result", "encrypted_content": "RW5j"}]});
    let citation = |nth: u8| json!({"type": "char_location", "cited_text": format!("part {nth}")});
    let reply = answer(
        Reply::new()
            .streamed_block(
                json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}),
                vec![
                    json!({"type": "input_json_delta", "partial_json": "{\"query\":"}),
                    json!({"type": "input_json_delta", "partial_json": "\"rust\"}"}),
                ],
            )
            .raw_block(result.clone())
            .streamed_block(
                json!({"type": "text", "text": "", "citations": null}),
                vec![
                    json!({"type": "text_delta", "text": "As they say."}),
                    json!({"type": "citations_delta", "citation": citation(1)}),
                    json!({"type": "citations_delta", "citation": citation(2)}),
                ],
            ),
    )
    .await;
    assert_eq!(reply.content[0]["input"], json!({"query": "rust"}));
    assert_eq!(reply.content[1], result);
    assert_eq!(reply.content[2]["citations"], json!([citation(1), citation(2)]));
    assert!(reply.invalid_calls.is_empty());
}

#[tokio::test]
async fn a_signature_replaces_the_one_before() {
    let reply = answer(Reply::new().streamed_block(
        json!({"type": "thinking", "thinking": "", "signature": "first"}),
        vec![
            json!({"type": "signature_delta", "signature": "second"}),
            json!({"type": "signature_delta", "signature": "third"}),
        ],
    ))
    .await;
    assert_eq!(reply.content[0]["signature"], "third");
}

#[tokio::test]
async fn arguments_that_are_no_json_object_are_told_apart() {
    for broken in [r#"{"title": "Bu"#, "[1]", "null", "{}{}", "nonsense"] {
        let reply =
            answer(Reply::new().broken_tool("toolu_bad", "tasks__create", broken).tool_with_id(
                "toolu_good",
                "tasks__list",
                json!({"open": true}),
            ))
            .await;
        assert_eq!(reply.invalid_calls, ["toolu_bad"], "{broken}");
        assert_eq!(reply.content[0]["input"], json!({}));
        assert_eq!(reply.content[1]["input"], json!({"open": true}));
    }
}

#[tokio::test]
async fn a_call_cut_by_the_token_limit_is_invalid() {
    let reply = answer(
        Reply::new()
            .text("I will")
            .broken_tool("toolu_cut", "tasks__create", r#"{"title": "Buy"#)
            .stop("max_tokens"),
    )
    .await;
    assert_eq!(reply.stop, StopReason::MaxTokens);
    assert_eq!(reply.invalid_calls, ["toolu_cut"]);
}

#[tokio::test]
async fn other_servers_habits_are_understood() {
    // llama.cpp opens a call without `input`; others send arguments or text with the opening.
    let opening = json!({"type": "tool_use", "id": "a", "name": "list"});
    let deltas = vec![json!({"type": "input_json_delta", "partial_json": "{\"n\":1}"})];
    let reply = answer(
        Reply::new()
            .streamed_block(opening, deltas)
            .streamed_block(json!({"type": "tool_use", "id": "b", "name": "list"}), Vec::new())
            .raw_block(json!({"type": "tool_use", "id": "c", "name": "list", "input": {"n": 2}}))
            .streamed_block(
                json!({"type": "text", "text": "Hel"}),
                vec![json!({"type": "text_delta", "text": "lo"})],
            ),
    )
    .await;
    assert_eq!(reply.content[0]["input"], json!({"n": 1}));
    assert_eq!(reply.content[1]["input"], json!({}));
    assert_eq!(reply.content[2]["input"], json!({"n": 2}));
    assert_eq!(reply.content[3]["text"], "Hello");
}

#[tokio::test]
async fn what_a_block_opens_with_is_shown() {
    let (_server, model) = scripted([Reply::new()
        .raw_block(json!({"type": "tool_use", "id": "c", "name": "list", "input": {"n": 2}}))])
    .await;
    let (events, _end) = run(&model, ask("Hello")).await;
    assert_eq!(events[1], ModelEvent::BlockDelta { index: 0, delta: r#"{"n":2}"#.to_owned() });
}
