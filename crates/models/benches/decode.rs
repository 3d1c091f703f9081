//! How fast answers are read: megabytes of server-sent events in a second, on one core.

use std::time::Instant;

use agent::model::{ModelEvent, ModelStream};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use serde_json::json;

/// How much is read for each figure, in bytes; below the limit of one answer.
const AMOUNT: usize = 48_000_000;

/// How much comes at once, as from a socket.
const CHUNK: usize = 16 * 1024;

/// One client, and how its vendor sends text.
struct Client {
    name: &'static str,
    replay: fn(Vec<Bytes>) -> ModelStream,
    event: fn(&str) -> String,
    head: &'static str,
    tail: &'static str,
}

const ANTHROPIC: Client = Client {
    name: "anthropic",
    replay: |body| models::anthropic::replay(stream::iter(body)),
    event: |text| {
        let delta = json!({"type": "text_delta", "text": text});
        let event = json!({"type": "content_block_delta", "index": 0, "delta": delta});
        format!("event: content_block_delta\ndata: {event}\n\n")
    },
    head: concat!(
        "data: {\"type\":\"message_start\",\"message\":{}}\n\n",
        "data: {\"type\":\"content_block_start\",\"index\":0,",
        "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
    ),
    tail: concat!(
        "data: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
        "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n",
        "data: {\"type\":\"message_stop\"}\n\n",
    ),
};

const OPENAI: Client = Client {
    name: "openai",
    replay: |body| models::openai::replay(stream::iter(body)),
    event: |text| {
        let choice = json!({"index": 0, "delta": {"content": text}, "finish_reason": null});
        let chunk = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk",
            "created": 1_764_000_000, "model": "qwen3:8b", "choices": [choice]});
        format!("data: {chunk}\n\n")
    },
    head: "",
    tail: "data: [DONE]\n\n",
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for Client { name, replay, event, head, tail } in [ANTHROPIC, OPENAI] {
        for size in [12, 1_000, 100_000, 1_000_000] {
            let event = event(&"word ".repeat(size / 5));
            let body = [head, &event.repeat(AMOUNT / event.len()), tail].concat();
            let chunks = body.as_bytes().chunks(CHUNK).map(Bytes::copy_from_slice).collect();
            let start = Instant::now();
            let last = runtime.block_on(replay(chunks).fold(None, async |_, event| Some(event)));
            let seconds = start.elapsed().as_secs_f64();
            assert!(matches!(last, Some(Ok(ModelEvent::Done(_)))), "{last:?}");
            let speed = f64::from(u32::try_from(body.len())?) / 1e6 / seconds;
            println!("{name}: events of {} bytes: {speed:.0} MB/s", event.len());
        }
    }
    Ok(())
}
