use agent::model::ModelErrorKind;
use serde_json::json;
use standins::anthropic::Reply;

use crate::setup::{answer, failure};

fn rich() -> Reply {
    Reply::new()
        .thinking("Überlegung 👩‍💻 …", "c2ln")
        .text("Grüße aus „Köln“\r\nund 👋🏽")
        .tool_with_id("toolu_a", "tasks__list", json!({"q": "größer\u{2028}\u{0}", "n": [1, {}]}))
}

#[tokio::test]
async fn the_framing_of_bytes_changes_nothing() {
    let plain = answer(rich()).await.content;
    for reply in [rich().byte_chunks(1), rich().byte_chunks(7), rich().crlf(), rich().bom()] {
        assert_eq!(answer(reply).await.content, plain);
    }
    let reply = rich().crlf().bom().byte_chunks(1);
    assert_eq!(answer(reply).await.content, plain);
}

#[tokio::test]
async fn comments_pings_and_unknown_events_are_skipped() {
    let reply = Reply::new()
        .bytes(": a comment\n\nevent: empty\n\nid: 7\n\n")
        .event("ping", json!({"type": "ping"}))
        .event("content_block_glow", json!({"type": "content_block_glow", "index": 99}))
        .event("nameless", json!({"hello": 1}))
        .text("brief");
    assert_eq!(answer(reply).await.content[0]["text"], "brief");
}

#[tokio::test]
async fn an_unfinished_last_event_does_not_count() {
    let (_, error) = failure(
        Reply::new()
            .bare()
            .bytes("data: {\"type\":\"message_start\",\"message\":{}}\n\n")
            .bytes(
                "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n",
            )
            .bytes("data: {\"type\":\"message_stop\"}\n"),
    )
    .await;
    assert_eq!(error.kind, ModelErrorKind::Truncated);
}
