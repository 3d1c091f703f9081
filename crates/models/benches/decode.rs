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

type Replay = fn(Vec<Bytes>) -> ModelStream;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let clients: [(&str, Replay, fn(&str) -> String, &str, &str); 2] = [
        (
            "anthropic",
            |body| models::anthropic::replay(stream::iter(body)),
            |text| {
                let delta = json!({"type": "text_delta", "text": text});
                let event = json!({"type": "content_block_delta", "index": 0, "delta": delta});
                format!("event: content_block_delta\ndata: {event}\n\n")
            },
            concat!(
                "data: {\"type\":\"message_start\",\"message\":{}}\n\n",
                "data: {\"type\":\"content_block_start\",\"index\":0,",
                "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
            ),
            concat!(
                "data: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
                "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n",
                "data: {\"type\":\"message_stop\"}\n\n",
            ),
        ),
        (
            "openai",
            |body| models::openai::replay(stream::iter(body)),
            |text| {
                let delta = json!({"content": text});
                let choice = json!({"index": 0, "delta": delta, "finish_reason": null});
                let chunk = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk",
                    "created": 1_764_000_000, "model": "qwen3:8b", "choices": [choice]});
                format!("data: {chunk}\n\n")
            },
            "",
            "data: [DONE]\n\n",
        ),
    ];
    for (name, replay, event, head, tail) in clients {
        for size in [12, 1_000, 100_000, 1_000_000] {
            let event = event(&"word ".repeat(size / 5));
            let mut body = head.to_owned();
            body.push_str(&event.repeat(AMOUNT / event.len()));
            body.push_str(tail);
            let chunks: Vec<Bytes> =
                body.as_bytes().chunks(CHUNK).map(Bytes::copy_from_slice).collect();
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
