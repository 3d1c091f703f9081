//! The routes, and replies as bytes.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use serde_json::{Map, Value, json};

use super::{MODELS, validate};
use crate::cache::{Counted, Segment};
use crate::magic;
use crate::reply::{Block, Part, Refusal, Reply};
use crate::service::{self, Checked, Envelope, Vendor};
use crate::state::State;
use crate::stream::Writer;

/// Shorter prompts are not cached.
const MIN_CACHED: u64 = 1024;

/// How long the cache keeps a prompt.
const KEEP: Duration = Duration::from_mins(5);

/// OpenAI's chat interface.
pub struct Chat;

impl Vendor for Chat {
    const ANSWERS: &'static str = "/v1/chat/completions";
    const REQUEST_ID: &'static str = "x-request-id";

    fn routes() -> Router<Arc<State>> {
        let models = |_: &str| {
            let models = MODELS.map(|(id, longest)| {
                json!({"id": id, "object": "model", "created": 0, "owned_by": "stand-in",
                    "max_model_len": longest})
            });
            Ok(json!({"object": "list", "data": models}))
        };
        service::router::<Self>().merge(service::told::<Self>("/v1/models", models))
    }

    /// Checks the key, if one is required.
    fn admit(state: &State, headers: &HeaderMap) -> Checked {
        let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let key = header.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        if state.accepts_key(key) {
            return Ok(());
        }
        Err(Refusal {
            status: 401,
            code: Some("invalid_api_key".to_owned()),
            ..Refusal::invalid(format!("Incorrect API key provided: {key}."))
        })
    }

    fn check(_state: &State, body: &Value) -> Checked {
        validate::request(body)
    }

    /// The cache of this interface needs no marks: it keeps every prompt.
    fn count(state: &State, body: &Value) -> Counted {
        let messages = body["messages"].as_array().into_iter().flatten();
        let pieces = [&body["model"], &body["tools"]].into_iter().chain(messages);
        let segments: Vec<Segment> =
            pieces.map(|value| Segment { text: value.to_string(), keep: Some(KEEP) }).collect();
        state.count(&segments, MIN_CACHED)
    }

    fn error(kind: &str, message: &str, code: Option<&str>) -> Value {
        json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
    }

    fn stream(reply: &Reply, envelope: &Envelope) -> Body {
        let mut writer = Writer::new(reply, error_event);
        let id = id(envelope);
        let chunk = |choices: Value| {
            json!({"id": id, "object": "chat.completion.chunk", "created": 0,
                "model": envelope.model, "choices": choices})
        };
        let send = |writer: &mut Writer<'_>, delta: Value, finish: Value| {
            let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
            writer.event(&event(&chunk(json!([choice]))));
        };
        let mut calls = 0;
        if !reply.framing.bare {
            send(&mut writer, json!({"role": "assistant", "content": ""}), Value::Null);
        }
        for part in &reply.parts {
            match part {
                Part::Block(block) => {
                    for (nth, delta) in deltas(block, calls).into_iter().enumerate() {
                        if nth > 0 {
                            writer.pace();
                        }
                        send(&mut writer, delta, Value::Null);
                    }
                    calls += usize::from(block.whole["type"] == "tool_use");
                }
                Part::Gate(gate) => writer.gate(gate),
                Part::Event(_, data) => writer.event(&event(data)),
                Part::Bytes(bytes) => writer.send(bytes),
                Part::Stamped(stamped) => {
                    writer.wait(stamped.first);
                    writer.stamped(*stamped, 0, stamped_event);
                }
            }
        }
        if !reply.framing.bare {
            send(&mut writer, json!({}), json!(finish_reason(reply)));
            if envelope.tells_usage {
                let mut last = chunk(json!([]));
                last["usage"] = usage(reply, envelope);
                writer.event(&event(&last));
            }
            writer.event("data: [DONE]\n\n");
        }
        writer.into_body()
    }

    fn message(reply: &Reply, envelope: &Envelope) -> Value {
        let (mut texts, mut calls) = (Map::new(), Vec::new());
        let mut grow = |name: &str, piece: &str| {
            let before = texts.get(name).and_then(Value::as_str).unwrap_or_default();
            let whole = json!(format!("{before}{piece}"));
            texts.insert(name.to_owned(), whole);
        };
        for part in &reply.parts {
            match part {
                Part::Block(block) => match block.whole["type"].as_str() {
                    Some("text") => grow("content", text(block, "text")),
                    Some("thinking") => grow("reasoning_content", text(block, "thinking")),
                    Some("tool_use") => calls.push(call(block, &block.whole["input"].to_string())),
                    _ => {}
                },
                Part::Stamped(stamped) => grow("content", &magic::stamp(stamped.bytes)),
                Part::Gate(_) | Part::Event(..) | Part::Bytes(_) => {}
            }
        }
        let mut message = json!({"role": "assistant", "content": null});
        for (name, value) in texts {
            message[name] = value;
        }
        if !calls.is_empty() {
            message["tool_calls"] = Value::Array(calls);
        }
        let choice = json!({"index": 0, "message": message, "finish_reason": finish_reason(reply)});
        json!({"id": id(envelope), "object": "chat.completion", "created": 0,
            "model": envelope.model, "choices": [choice], "usage": usage(reply, envelope)})
    }
}

fn id(envelope: &Envelope) -> String {
    format!("chatcmpl-{:024}", envelope.number)
}

/// A block's deltas; blocks that this interface does not have leave no trace.
fn deltas(block: &Block, number: usize) -> Vec<Value> {
    let mut deltas = Vec::new();
    if block.whole["type"] == "tool_use" {
        let mut opening = call(block, "");
        opening["index"] = json!(number);
        deltas.push(json!({"tool_calls": [opening]}));
    }
    for delta in &block.deltas {
        let piece = |name: &str| delta[name].as_str().unwrap_or_default();
        match delta["type"].as_str() {
            Some("text_delta") => deltas.push(json!({"content": piece("text")})),
            Some("thinking_delta") => {
                deltas.push(json!({"reasoning_content": piece("thinking")}));
            }
            Some("input_json_delta") if !piece("partial_json").is_empty() => {
                let function = json!({"arguments": piece("partial_json")});
                deltas.push(json!({"tool_calls": [{"index": number, "function": function}]}));
            }
            _ => {}
        }
    }
    // A call without arguments has an empty object of them here.
    if deltas.len() == 1 && block.whole["type"] == "tool_use" && block.whole["input"] == json!({}) {
        let function = json!({"arguments": "{}"});
        deltas.push(json!({"tool_calls": [{"index": number, "function": function}]}));
    }
    deltas
}

fn call(block: &Block, arguments: &str) -> Value {
    let function = json!({"name": block.whole["name"], "arguments": arguments});
    json!({"id": block.whole["id"], "type": "function", "function": function})
}

fn text<'a>(block: &'a Block, name: &str) -> &'a str {
    block.whole[name].as_str().unwrap_or_default()
}

fn finish_reason(reply: &Reply) -> &str {
    reply.stop.as_deref().unwrap_or(if reply.has_tool() { "tool_calls" } else { "stop" })
}

/// The cache counts in steps of 128 tokens, and writing to it costs nothing.
fn usage(reply: &Reply, envelope: &Envelope) -> Value {
    let Counted { input, read, written, .. } = envelope.prompt;
    let (prompt, output) = (input + read + written, reply.output_tokens());
    let mut usage = json!({
        "prompt_tokens": prompt,
        "completion_tokens": output,
        "total_tokens": prompt + output,
        "prompt_tokens_details": {"cached_tokens": read / 128 * 128},
    });
    for (name, value) in &reply.usage {
        usage[name] = value.clone();
    }
    usage
}

fn error_event(kind: &str) -> String {
    event(&Chat::error(kind, "The script says so.", None))
}

fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}

/// Stamps need no JSON escapes.
fn stamped_event(_index: usize, text: &str) -> String {
    format!(
        "data: {{\"id\":\"chatcmpl-0\",\"object\":\"chat.completion.chunk\",\"created\":0,\
         \"model\":\"stamped\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}},\
         \"finish_reason\":null}}]}}\n\n"
    )
}
