//! The routes, and replies as bytes.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::HeaderMap;
use serde_json::{Map, Value, json};

use super::{VERSION, models, prompt, validate};
use crate::cache::Counted;
use crate::magic;
use crate::reply::{Block, Part, Refusal, Reply, Stamped};
use crate::service::{self, Checked, Envelope, Vendor};
use crate::state::State;
use crate::stream::Writer;

/// Anthropic's Messages API.
pub struct Messages;

impl Vendor for Messages {
    const ANSWERS: &'static str = "/v1/messages";
    const REQUEST_ID: &'static str = "request-id";

    fn routes() -> Router<Arc<State>> {
        service::router::<Self>()
            .merge(service::told::<Self>("/v1/models", |_| Ok(models::list())))
            .merge(service::told::<Self>("/v1/models/{id}", |id| {
                models::find(id).ok_or_else(|| Refusal::not_found(format!("model: {id}")))
            }))
    }

    /// Checks version and key.
    fn admit(state: &State, headers: &HeaderMap) -> Checked {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = || text("authorization").and_then(|value| value.strip_prefix("Bearer "));
        // If both are sent, the vendor looks at `x-api-key`.
        let key = text("x-api-key").or_else(bearer).unwrap_or_default();
        if key.is_empty() || !state.accepts_key(key) {
            return Err(Refusal {
                status: 401,
                kind: "authentication_error".to_owned(),
                ..Refusal::invalid("The key is missing or invalid.")
            });
        }
        match text("anthropic-version") {
            Some(VERSION) => Ok(()),
            Some(other) => {
                Err(Refusal::invalid(format!("anthropic-version: there is no version {other}")))
            }
            None => Err(Refusal::invalid("anthropic-version: the header is required")),
        }
    }

    fn check(state: &State, body: &Value) -> Checked {
        validate::request(body, &|text, signature| state.is_signed(text, signature))
    }

    fn count(state: &State, body: &Value) -> Counted {
        let model = body["model"].as_str().unwrap_or_default();
        state.count(&prompt::segments(body), prompt::minimum(model))
    }

    fn error(kind: &str, message: &str, code: Option<&str>) -> Value {
        let mut error = json!({"type": kind, "message": message});
        if let Some(code) = code {
            error["details"] = json!({"error_code": code});
        }
        json!({"type": "error", "error": error})
    }

    fn stream(reply: &Reply, envelope: &Envelope) -> Body {
        let mut writer = Writer::new(reply, error_event);
        let mut blocks = 0;
        if !reply.framing.bare {
            let message = opening(reply, envelope);
            send(
                &mut writer,
                "message_start",
                &json!({"type": "message_start", "message": message}),
            );
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

    fn message(reply: &Reply, envelope: &Envelope) -> Value {
        let mut content = Vec::new();
        for part in &reply.parts {
            match part {
                Part::Block(block) => content.push(block.whole.clone()),
                Part::Stamped(stamped) => content.push(stamped_whole(*stamped)),
                Part::Gate(_) | Part::Event(..) | Part::Bytes(_) => {}
            }
        }
        let mut message = opening(reply, envelope);
        message["content"] = Value::Array(content);
        message["stop_reason"] = json!(stop_reason(reply));
        message["usage"] = usage(reply, envelope, reply.output_tokens());
        message
    }
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
