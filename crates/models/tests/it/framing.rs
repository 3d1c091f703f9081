use agent::model::ModelErrorKind;
use models::anthropic::{Anthropic, AnthropicConfig};
use models::{Connection, RetryPolicy};
use proptest::prelude::*;
use serde_json::json;
use standins::anthropic::{Anthropic as StandIn, Reply};

use crate::setup::{answer, ask, config, connection, failure, run};

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

/// A stream as the vendor sends it, to be damaged.
const STREAM: &str = concat!(
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{}}}\n\n",
    "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",",
    "\"id\":\"a\",\"name\":\"b\",\"input\":{}}}\n\n",
    "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",",
    "\"partial_json\":\"{\\\"k\\\":\\\"\\u00fc\\\"}\"}}\n\n",
    "data: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
    "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"},\"usage\":{}}\n\n",
    "data: {\"type\":\"message_stop\"}\n\n",
);

fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let place = 0..STREAM.len();
    let damage = (place.clone(), any::<u8>(), prop::bool::ANY);
    (prop::collection::vec(damage, 1..6), place, prop::bool::ANY).prop_map(|(all, end, cut)| {
        let mut bytes = STREAM.as_bytes().to_vec();
        for (at, byte, insert) in all {
            if insert {
                bytes.insert(at, byte);
            } else {
                bytes[at] = byte;
            }
        }
        if cut {
            bytes.truncate(end);
        }
        bytes
    })
}

#[test]
fn damaged_streams_end_in_an_answer_or_an_error() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(StandIn::start());
    let retry = RetryPolicy { max_retries: 0, ..RetryPolicy::default() };
    let connection = Connection { retry, ..connection(server.url()) };
    let model = Anthropic::new(AnthropicConfig { connection, ..config(&server) }).unwrap();
    proptest!(ProptestConfig::with_cases(400), |(bytes in damaged(), chunk in 1_usize..40)| {
        server.script([Reply::new().bare().bytes(bytes).byte_chunks(chunk)]);
        // `run` fails the test if the stream ends without either.
        drop(runtime.block_on(run(&model, ask("Hello"))));
    });
}
