//! Replies as bytes: server-sent events, or one JSON object.

use axum::body::Body;
use serde_json::{Map, Value, json};

use super::api::Messages;
use crate::cache::Counted;
use crate::magic;
use crate::reply::{Block, Part, Reply, Stamped};
use crate::service::{Envelope, Vendor as _};
use crate::stream::{Writer, pass_cuts};

/// The body of a stream.
pub(crate) fn stream(reply: &Reply, envelope: &Envelope) -> Body {
    let mut writer = Writer::new(reply, error_event);
    let mut blocks = 0;
    if !reply.framing.bare {
        let message = opening(reply, envelope);
        send(&mut writer, "message_start", &json!({"type": "message_start", "message": message}));
        writer.send(event("ping", &json!({"type": "ping"})).as_bytes());
    }
    for part in &reply.parts {
        match part {
            Part::Block(block) => {
                send_block(&mut writer, blocks, block);
                blocks += 1;
            }
            Part::Gate(gate) => writer.gate(gate),
            Part::Event(name, data) => send(&mut writer, name, data),
            Part::Bytes(bytes) => writer.send(bytes),
            Part::Stamped(stamped) => {
                writer.wait(stamped.first);
                open(&mut writer, blocks, &json!({"type": "text", "text": ""}));
                writer.stamped(*stamped, blocks, text_delta);
                close(&mut writer, blocks);
                blocks += 1;
            }
        }
    }
    if !reply.framing.bare {
        let delta = json!({"stop_reason": stop_reason(reply), "stop_sequence": null});
        let usage = usage(reply, envelope, reply.output_tokens());
        let end = json!({"type": "message_delta", "delta": delta, "usage": usage});
        send(&mut writer, "message_delta", &end);
        send(&mut writer, "message_stop", &json!({"type": "message_stop"}));
    }
    writer.into_body()
}

/// The whole answer as one JSON object, after every gate of the reply; or the error it ends with.
pub(crate) async fn message(reply: &Reply, envelope: &Envelope) -> Result<Value, String> {
    let mut content = Vec::new();
    for part in &reply.parts {
        match part {
            Part::Block(block) => content.push(block.whole.clone()),
            Part::Gate(gate) => gate.pass().await,
            Part::Stamped(stamped) => content.push(stamped_whole(*stamped)),
            Part::Event(..) | Part::Bytes(_) => {}
        }
    }
    pass_cuts(reply).await?;
    let mut message = opening(reply, envelope);
    message["content"] = Value::Array(content);
    message["stop_reason"] = json!(stop_reason(reply));
    message["usage"] = usage(reply, envelope, reply.output_tokens());
    Ok(message)
}

fn send_block(writer: &mut Writer<'_>, index: usize, block: &Block) {
    open(writer, index, &block.opening);
    for (nth, delta) in block.deltas.iter().enumerate() {
        if nth > 0 {
            writer.pace();
        }
        let delta = json!({"type": "content_block_delta", "index": index, "delta": delta});
        send(writer, "content_block_delta", &delta);
    }
    close(writer, index);
}

fn open(writer: &mut Writer<'_>, index: usize, block: &Value) {
    let start = json!({"type": "content_block_start", "index": index, "content_block": block});
    send(writer, "content_block_start", &start);
}

fn close(writer: &mut Writer<'_>, index: usize) {
    send(writer, "content_block_stop", &json!({"type": "content_block_stop", "index": index}));
}

fn send(writer: &mut Writer<'_>, name: &str, data: &Value) {
    writer.event(&event(name, data));
}

fn error_event(kind: &str) -> String {
    event("error", &Messages::error(kind, "The script says so.", None))
}

fn event(name: &str, data: &Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

/// Stamps need no JSON escapes.
fn text_delta(index: usize, text: &str) -> String {
    format!(
        "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":{index},\
         \"delta\":{{\"type\":\"text_delta\",\"text\":\"{text}\"}}}}\n\n"
    )
}

fn opening(reply: &Reply, envelope: &Envelope) -> Value {
    json!({
        "id": format!("msg_{:024}", envelope.number),
        "type": "message",
        "role": "assistant",
        "model": envelope.model,
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
        "usage": usage(reply, envelope, 1),
    })
}

fn stop_reason(reply: &Reply) -> &str {
    reply.stop.as_deref().unwrap_or(if reply.has_tool() { "tool_use" } else { "end_turn" })
}

fn usage(reply: &Reply, envelope: &Envelope, output_tokens: u64) -> Value {
    let mut usage = Map::new();
    let Counted { input, read, written, written_1h } = envelope.prompt;
    let mut put = |name: &str, value: Value| usage.insert(name.to_owned(), value);
    put("input_tokens", json!(input));
    put("cache_creation_input_tokens", json!(written));
    put("cache_read_input_tokens", json!(read));
    put(
        "cache_creation",
        json!({
            "ephemeral_5m_input_tokens": written - written_1h,
            "ephemeral_1h_input_tokens": written_1h,
        }),
    );
    put("output_tokens", json!(output_tokens));
    for (name, value) in &reply.usage {
        // The output of a message that only starts is not its whole output.
        if name != "output_tokens" || output_tokens > 1 {
            usage.insert(name.clone(), value.clone());
        }
    }
    Value::Object(usage)
}

fn stamped_whole(stamped: Stamped) -> Value {
    let text: String = (0..stamped.deltas).map(|_| magic::stamp(stamped.bytes)).collect();
    json!({"type": "text", "text": text})
}
