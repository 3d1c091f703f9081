//! Claude's `conversations.json`: each conversation is a list of messages, which may name their
//! parents.

use agent::Role;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::capped::Capped;
use super::tree::{Draft, Node, Said, text, time};

/// What the first messages follow.
const ROOT: &str = "00000000-0000-4000-8000-000000000000";

#[derive(Default, Deserialize)]
#[serde(expecting = "a conversation", default)]
struct Conversation<'a> {
    uuid: Value,
    name: Value,
    created_at: Value,
    updated_at: Value,
    current_leaf_message_uuid: Value,
    #[serde(borrow)]
    chat_messages: Capped<&'a RawValue>,
}

pub(super) fn read(body: &str) -> serde_json::Result<Draft> {
    let conversation: Conversation<'_> = serde_json::from_str(body)?;
    let mut nodes: Vec<Node> = Vec::with_capacity(conversation.chat_messages.0.len());
    for (place, (_, message)) in conversation.chat_messages.0.into_iter().enumerate() {
        let message: Value = serde_json::from_str(message.get())?;
        nodes.push(Node {
            id: text(&message["uuid"]).unwrap_or_else(|| place.to_string()),
            // Older exports are lists without branches.
            parent: match text(&message["parent_message_uuid"]) {
                Some(parent) => Some(parent).filter(|parent| parent != ROOT),
                None => nodes.last().map(|before| before.id.clone()),
            },
            at: time(&message["created_at"]),
            said: said(&message),
        });
    }
    Ok(Draft {
        id: text(&conversation.uuid),
        title: text(&conversation.name),
        created_at: time(&conversation.created_at),
        updated_at: time(&conversation.updated_at),
        head: text(&conversation.current_leaf_message_uuid),
        nodes,
        ..Draft::default()
    })
}

fn said(message: &Value) -> Option<Said> {
    let role = match message["sender"].as_str()? {
        "human" => Role::User,
        "assistant" => Role::Assistant,
        _ => return None,
    };
    let list = |name: &str| message[name].as_array().into_iter().flatten();
    let blocks = list("content").filter(|block| block["type"] == "text");
    let mut texts: Vec<String> = blocks.filter_map(|block| text(&block["text"])).collect();
    if texts.iter().all(|text| text.trim().is_empty()) {
        texts = text(&message["text"]).into_iter().collect();
    }
    texts.extend(list("attachments").filter_map(|file| {
        let content = file["extracted_content"].as_str().filter(|content| !content.is_empty())?;
        Some(format!("[file: {}]\n\n{content}", file["file_name"].as_str().unwrap_or_default()))
    }));
    let files = list("files").filter_map(|file| file["file_name"].as_str());
    texts.extend(files.map(|name| format!("[file: {name}]")));
    Said::texts(role, texts)
}
