//! Our own export. It may have been written by anybody, so of each part only what is known is
//! taken, and nothing that asks for an answer.

use agent::Role;
use serde::Deserialize;
use serde::de::Error as _;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::capped::Capped;
use super::tree::{Draft, Node, Said, text, time};
use crate::exports::{FORMAT, VERSION};

/// What is said of a call that had no outcome when it was exported.
const OPEN: &str = "This call had no result yet when the conversation was exported.";

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Export<'a> {
    format: Value,
    version: Value,
    conversation: Value,
    head_id: Value,
    #[serde(borrow)]
    messages: Capped<&'a RawValue>,
}

pub(super) fn read(body: &str) -> serde_json::Result<Draft> {
    let export: Export<'_> = serde_json::from_str(body)?;
    if export.format != FORMAT || export.version != VERSION {
        return Err(serde_json::Error::custom("it was exported by another version of Smithers"));
    }
    let messages = export.messages.0.into_iter();
    let nodes = messages
        .map(|(_, message)| serde_json::from_str(message.get()).map(|message| node(&message)));
    Ok(Draft {
        id: text(&export.conversation["id"]),
        title: text(&export.conversation["title"]),
        created_at: time(&export.conversation["createdAt"]),
        updated_at: time(&export.conversation["updatedAt"]),
        head: text(&export.head_id),
        nodes: nodes.collect::<serde_json::Result<Vec<Node>>>()?,
    })
}

fn node(message: &Value) -> Node {
    let role = match message["role"].as_str() {
        Some("user") => Some(Role::User),
        Some("assistant") => Some(Role::Assistant),
        _ => None,
    };
    let parts: Vec<Value> =
        message["parts"].as_array().into_iter().flatten().filter_map(part).collect();
    Node {
        id: text(&message["id"]).unwrap_or_default(),
        parent: text(&message["parentId"]),
        at: time(&message["createdAt"]),
        said: role.map(|role| Said { role, parts }),
    }
}

fn part(part: &Value) -> Option<Value> {
    let taken = |names: &[&str]| {
        let fields = names.iter().filter_map(|name| {
            let field = part.get(*name).and_then(Value::as_str)?;
            Some(((*name).to_owned(), json!(field)))
        });
        Value::Object(fields.collect())
    };
    match part["type"].as_str()? {
        "text" => part["text"].as_str().map(|_| taken(&["type", "text", "state"])),
        "reasoning" => part["text"].as_str().map(|_| taken(&["type", "id", "text", "state"])),
        "step-start" => Some(taken(&["type"])),
        "file" => {
            let name = part["filename"].as_str().unwrap_or("unnamed");
            Some(json!({"type": "text", "text": format!("[file: {name}]")}))
        }
        "dynamic-tool" => {
            part["toolName"].as_str().zip(part["toolCallId"].as_str())?;
            let call = taken(&["type", "toolName", "toolCallId", "title"]);
            Some(with_outcome(call, part))
        }
        _ => None,
    }
}

/// A call as it ended: one that is open would ask for an answer that nobody here waits for.
fn with_outcome(mut call: Value, part: &Value) -> Value {
    call["input"] = part["input"].clone();
    let state = part["state"].as_str().unwrap_or_default();
    match state {
        "output-available" => call["output"] = part["output"].clone(),
        "output-denied" => {
            call["approval"] = json!({"id": call["toolCallId"], "approved": false});
            if let Some(reason) = part["approval"]["reason"].as_str() {
                call["approval"]["reason"] = json!(reason);
            }
        }
        "output-error" => call["errorText"] = json!(part["errorText"].as_str().unwrap_or(OPEN)),
        _ => call["errorText"] = json!(OPEN),
    }
    let is_known = matches!(state, "output-available" | "output-denied" | "output-error");
    call["state"] = json!(if is_known { state } else { "output-error" });
    call
}
