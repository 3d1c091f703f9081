//! From the messages of a foreign conversation, in any order and with any fault, to a tree.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use agent::Role;
use agent::message::text_block;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::{ImportedConversation, ImportedMessage, Ts};

use crate::turns::post::{plain_parts, title};

/// The most characters of a title.
const MAX_TITLE: usize = 200;

/// The most characters of a message, as of one that is posted.
const MAX_TEXT: usize = 100_000;

/// The longest id that is kept as it is.
const MAX_ID: usize = 200;

/// A conversation as a format's reader found it.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) id: Option<String>,
    pub(super) title: Option<String>,
    pub(super) created_at: Option<Ts>,
    pub(super) updated_at: Option<Ts>,
    /// The newest message of the branch that was shown.
    pub(super) head: Option<String>,
    /// Its messages; the order decides which of several siblings is the elder.
    pub(super) nodes: Vec<Node>,
}

/// A place in the tree.
pub(super) struct Node {
    pub(super) id: String,
    pub(super) parent: Option<String>,
    pub(super) at: Option<Ts>,
    /// What is said there; nothing if it is not to be imported, and what follows it moves up.
    pub(super) said: Option<Said>,
}

/// What somebody said.
pub(super) struct Said {
    pub(super) role: Role,
    /// UI message parts.
    pub(super) parts: Vec<Value>,
}

impl Said {
    /// Plain texts; `None` if they say nothing.
    pub(super) fn texts(role: Role, texts: impl IntoIterator<Item = String>) -> Option<Self> {
        let says = |text: &String| !text.trim().is_empty();
        let parts: Vec<Value> = texts
            .into_iter()
            .filter(says)
            .map(|text| json!({"type": "text", "text": text}))
            .collect();
        (!parts.is_empty()).then_some(Self { role, parts })
    }
}

impl Draft {
    /// The conversation; `None` if it says nothing. One without an id has that of its text.
    pub(super) fn conversation(self, body: &str, now: Ts) -> Option<ImportedConversation> {
        let (messages, places) = grown(&self, now);
        let first = messages.first()?;
        let last = messages.iter().map(|message| message.created_at).max()?;
        let head = self.head.as_deref().and_then(|head| places.get(head)).copied();
        let given = self.title.as_deref().map(one_line).filter(|title| !title.is_empty());
        let known = self.id.filter(|id| !id.is_empty() && id.len() <= MAX_ID);
        Some(ImportedConversation {
            external_id: known.unwrap_or_else(|| hex::encode(Sha256::digest(body))),
            title: given.unwrap_or_else(|| one_line(&title(&first.plain))),
            created_at: self.created_at.unwrap_or(first.created_at),
            updated_at: self.updated_at.unwrap_or(last),
            head: head.unwrap_or(messages.len() - 1),
            messages,
        })
    }
}

/// The messages, each after the one it follows, and where each node's message is: its own, or the
/// last one before it. Nodes in a circle follow nothing and are left out.
fn grown(draft: &Draft, now: Ts) -> (Vec<ImportedMessage>, HashMap<&str, usize>) {
    let nodes = &draft.nodes;
    let mut known: HashMap<&str, usize> = HashMap::with_capacity(nodes.len());
    for (place, node) in nodes.iter().enumerate() {
        known.entry(&node.id).or_insert(place);
    }
    let parent_of = |node: &Node| node.parent.as_deref().and_then(|id| known.get(id).copied());
    let mut children: Vec<Vec<usize>> = nodes.iter().map(|_| Vec::new()).collect();
    let mut ready = BinaryHeap::new();
    for (place, node) in nodes.iter().enumerate() {
        match parent_of(node).and_then(|parent| children.get_mut(parent)) {
            Some(siblings) => siblings.push(place),
            None => ready.push(Reverse(place)),
        }
    }
    let begin = draft.created_at.unwrap_or(now);
    let mut messages: Vec<ImportedMessage> = Vec::new();
    let mut places = HashMap::new();
    while let Some(Reverse(place)) = ready.pop() {
        let Some(node) = nodes.get(place) else { continue };
        let parent = node.parent.as_deref().and_then(|id| places.get(id)).copied();
        let own = node.said.as_ref().map(|said| {
            let before = parent.and_then(|parent: usize| messages.get(parent));
            let at = node.at.or(before.map(|before| before.created_at)).unwrap_or(begin);
            messages.push(message(said, parent, at));
            messages.len() - 1
        });
        if let Some(shown) = own.or(parent) {
            places.entry(node.id.as_str()).or_insert(shown);
        }
        ready.extend(children.get(place).into_iter().flatten().copied().map(Reverse));
    }
    (messages, places)
}

fn message(said: &Said, parent: Option<usize>, created_at: Ts) -> ImportedMessage {
    let parts = cut(&said.parts);
    let texts = parts.iter().filter_map(crate::turns::post::part_text);
    let content = texts.filter(|text| !text.trim().is_empty()).map(text_block).collect();
    ImportedMessage {
        parent,
        role: said.role,
        created_at,
        plain: plain_parts(&parts),
        content,
        parts,
    }
}

/// Parts with no more text than a message may have that is posted here.
fn cut(parts: &[Value]) -> Vec<Value> {
    let mut room = MAX_TEXT;
    let mut kept = parts.to_vec();
    for part in &mut kept {
        let Some(text) = crate::turns::post::part_text(part) else { continue };
        let end = text.char_indices().nth(room).map(|(end, _)| end);
        let short = end.and_then(|end| text.get(..end));
        let short = short.map(|short| format!("{short}\n[The rest was too long to be imported.]"));
        room = room.saturating_sub(text.chars().count());
        if let Some(short) = short {
            part["text"] = Value::String(short);
        }
    }
    kept
}

fn one_line(title: &str) -> String {
    let line: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.trim().chars().take(MAX_TITLE).collect()
}

/// A time as text.
pub(super) fn time(value: &Value) -> Option<Ts> {
    value.as_str()?.parse::<jiff::Timestamp>().ok().map(Ts::from)
}

/// Text that may be anything.
pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
