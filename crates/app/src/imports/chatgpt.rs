//! ChatGPT's `conversations.json`: each conversation is a tree of nodes that name their parents.
//! Whatever may be missing or `null` there is.

use agent::Role;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use store::Ts;

use super::capped::Capped;
use super::tree::{Draft, Node, Said, text};

#[derive(Default, Deserialize)]
#[serde(expecting = "a conversation", default)]
struct Conversation<'a> {
    title: Value,
    create_time: Value,
    update_time: Value,
    current_node: Value,
    id: Value,
    #[serde(rename = "conversation_id")]
    other_id: Value,
    #[serde(borrow)]
    mapping: Capped<Option<Place<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "a message", default)]
struct Place<'a> {
    parent: Value,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

pub(super) fn read(body: &str) -> serde_json::Result<Draft> {
    let conversation: Conversation<'_> = serde_json::from_str(body)?;
    let places = conversation.mapping.0.into_iter();
    let nodes = places.map(|(id, place)| node(id, &place.unwrap_or_default()));
    let mut nodes = nodes.collect::<serde_json::Result<Vec<Node>>>()?;
    // The order of members means nothing, and the newest sibling is the one that was said last.
    nodes.sort_by_key(|node| node.at);
    Ok(Draft {
        id: text(&conversation.id).or_else(|| text(&conversation.other_id)),
        title: text(&conversation.title),
        created_at: time(&conversation.create_time),
        updated_at: time(&conversation.update_time),
        head: text(&conversation.current_node),
        nodes,
        ..Draft::default()
    })
}

fn node(id: String, place: &Place<'_>) -> serde_json::Result<Node> {
    let raw = place.message.map_or("null", RawValue::get);
    let message: Value = serde_json::from_str(raw)?;
    Ok(Node {
        id,
        parent: text(&place.parent),
        at: time(&message["create_time"]),
        said: said(&message),
    })
}

/// What a person or the model said to the other; the rest is machinery.
fn said(message: &Value) -> Option<Said> {
    let role = match message["author"]["role"].as_str()? {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        _ => return None,
    };
    if message["metadata"]["is_visually_hidden_from_conversation"] == true {
        return None;
    }
    let content = &message["content"];
    let parts = || content["parts"].as_array().into_iter().flatten();
    match content["content_type"].as_str()? {
        "text" | "multimodal_text" => Said::texts(role, parts().filter_map(part)),
        "code" => {
            let code = content["text"].as_str().filter(|code| !code.trim().is_empty())?;
            let language = content["language"].as_str().filter(|name| *name != "unknown");
            let block = format!("```{}\n{code}\n```", language.unwrap_or_default());
            Said::texts(role, [block])
        }
        _ => None,
    }
}

fn part(part: &Value) -> Option<String> {
    let spoken = || part["text"].as_str().map(str::to_owned);
    match part["content_type"].as_str() {
        Some("image_asset_pointer") => Some("[image]".to_owned()),
        Some("audio_transcription") => spoken(),
        Some(_) => None,
        None => text(part),
    }
}

/// Seconds since the Unix epoch.
fn time(value: &Value) -> Option<Ts> {
    let seconds = SignedDuration::try_from_secs_f64(value.as_f64()?).ok()?;
    Timestamp::from_duration(seconds).ok().map(Ts::from)
}
