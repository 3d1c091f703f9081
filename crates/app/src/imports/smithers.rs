//! Our own export. It may have been written by anybody, so of each part only what is known is
//! taken, and nothing that asks for an answer.

use std::borrow::Cow;
use std::collections::BTreeMap;

use agent::{FileId, Role};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::Error as _;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use store::{File, NewFile};

use super::capped::Capped;
use super::tree::{Draft, Node, Said, text, time};
use crate::Upload;
use crate::exports::{FORMAT, VERSION};
use crate::files::attach::{file_at, file_part};

/// What is said of a call that had no outcome when it was exported.
const OPEN: &str = "This call had no result yet when the conversation was exported.";

/// What is said of an answer that was cut short by the export.
const UNFINISHED: &str = "an answer was still being written when it was exported";

#[derive(Default, Deserialize)]
#[serde(expecting = "a conversation", default, rename_all = "camelCase")]
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
    let messages: Vec<Value> = messages
        .map(|(_, message)| serde_json::from_str(message.get()))
        .collect::<serde_json::Result<_>>()?;
    let is_open =
        |message: &&Value| matches!(message["status"].as_str(), Some("queued" | "running"));
    let problems = messages.iter().find(is_open).map(|_| UNFINISHED.to_owned());
    Ok(Draft {
        id: text(&export.conversation["id"]),
        title: text(&export.conversation["title"]),
        created_at: time(&export.conversation["createdAt"]),
        updated_at: time(&export.conversation["updatedAt"]),
        head: text(&export.head_id),
        nodes: messages.iter().map(node).collect(),
        problems: problems.into_iter().collect(),
    })
}

/// A file of an export.
#[derive(Deserialize)]
#[serde(expecting = "a file", rename_all = "camelCase")]
struct Enclosed<'a> {
    id: FileId,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    media_type: Cow<'a, str>,
    #[serde(borrow)]
    data: Cow<'a, str>,
}

/// A file with the id that messages name it by; the reason for people if it cannot be stored.
pub(super) fn file(body: &str) -> Result<(FileId, NewFile), String> {
    let file: Enclosed<'_> =
        serde_json::from_str(body).map_err(|error| format!("a file was left out: {error}"))?;
    let refused = |why: &dyn std::fmt::Display| format!("{} was left out: {why}", file.name);
    let data = STANDARD.decode(file.data.as_bytes()).map_err(|error| refused(&error))?;
    let upload = Upload::new(&file.name, &file.media_type, data).map_err(|why| refused(&why))?;
    Ok((file.id, upload.0))
}

/// Lets messages of people name the files that are stored; of all others only the names are left.
pub(super) fn place(draft: &mut Draft, files: &BTreeMap<String, File>) {
    let mut lost = 0;
    for said in draft.nodes.iter_mut().filter_map(|node| node.said.as_mut()) {
        for part in said.parts.iter_mut().filter(|part| part["type"] == "file") {
            let id = part["url"].as_str().and_then(file_at).filter(|_| said.role == Role::User);
            let stored = id.and_then(|id| files.get(&id.to_string()));
            *part = if let Some(file) = stored {
                file_part(file.id, &file.name, &file.media_type)
            } else {
                lost += 1;
                let name = part["filename"].as_str().unwrap_or("unnamed");
                json!({"type": "text", "text": format!("[file: {name}]")})
            };
        }
    }
    if lost > 0 {
        draft.problems.push(format!("of {lost} files only the names are here"));
    }
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
        "file" => Some(taken(&["type", "filename", "url"])),
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
