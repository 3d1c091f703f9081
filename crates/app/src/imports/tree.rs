//! From the messages of a foreign conversation, in any order and with any fault, to a tree.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

use agent::Role;
use agent::message::text_of;
use serde::Deserialize as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::{ImportedConversation, ImportedMessage, Ts};

use crate::turns::post::{model_block, plain_parts, title};

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
    /// What of it will not be as it was.
    pub(super) problems: Vec<String>,
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
        let tree = Tree::grown(&self, now);
        let found: Vec<String> = tree.problems().collect();
        let Tree { messages, places, .. } = tree;
        let first = messages.first()?;
        let last = messages.iter().map(|message| message.created_at).max()?;
        let head = self.head.as_deref().and_then(|head| places.get(head)).copied();
        let given = self.title.as_deref().map(one_line).filter(|title| !title.is_empty());
        let known = self.id.filter(|id| !id.is_empty() && id.len() <= MAX_ID);
        let mut problems = self.problems;
        problems.extend(found);
        Some(ImportedConversation {
            external_id: known.unwrap_or_else(|| hex::encode(Sha256::digest(body))),
            title: given.unwrap_or_else(|| one_line(&title(&first.plain))),
            created_at: self.created_at.unwrap_or(first.created_at),
            updated_at: self.updated_at.unwrap_or(last),
            head: head.unwrap_or(messages.len() - 1),
            messages,
            problem: (!problems.is_empty()).then(|| problems.join("; ")),
        })
    }
}

/// The messages of a draft in order.
#[derive(Default)]
struct Tree<'a> {
    /// Each after the one it follows.
    messages: Vec<ImportedMessage>,
    /// Where each node's message is: its own, or the last one before it.
    places: HashMap<&'a str, usize>,
    /// How many messages follow one that is not there.
    orphans: usize,
    /// How many circles had to be cut.
    circles: usize,
}

impl<'a> Tree<'a> {
    fn grown(draft: &'a Draft, now: Ts) -> Self {
        let nodes = &draft.nodes;
        let mut known: HashMap<&str, usize> = HashMap::with_capacity(nodes.len());
        for (place, node) in nodes.iter().enumerate() {
            known.entry(&node.id).or_insert(place);
        }
        let parents: Vec<Option<usize>> = nodes
            .iter()
            .map(|node| node.parent.as_deref().and_then(|id| known.get(id).copied()))
            .collect();
        let mut children: Vec<Vec<usize>> = nodes.iter().map(|_| Vec::new()).collect();
        let mut ready = BinaryHeap::new();
        let mut tree = Self::default();
        for (place, (node, parent)) in nodes.iter().zip(&parents).enumerate() {
            if let Some(siblings) = parent.and_then(|parent| children.get_mut(parent)) {
                siblings.push(place);
            } else {
                ready.push(Reverse(place));
                tree.orphans += usize::from(node.parent.is_some() && node.said.is_some());
            }
        }
        let begin = draft.created_at.unwrap_or(now);
        let mut left: BTreeSet<usize> = (0..nodes.len()).collect();
        loop {
            while let Some(Reverse(place)) = ready.pop() {
                if let Some(node) = nodes.get(place).filter(|_| left.remove(&place)) {
                    tree.add(node, begin);
                    ready.extend(children.get(place).into_iter().flatten().copied().map(Reverse));
                }
            }
            let Some(one) = left.first() else { return tree };
            ready.push(Reverse(in_circle(*one, &parents)));
            tree.circles += 1;
        }
    }

    fn add(&mut self, node: &'a Node, begin: Ts) {
        let parent = node.parent.as_deref().and_then(|id| self.places.get(id)).copied();
        let own = node.said.as_ref().map(|said| {
            let before = parent.and_then(|parent: usize| self.messages.get(parent));
            let at = node.at.or(before.map(|before| before.created_at)).unwrap_or(begin);
            self.messages.push(message(said, parent, at));
            self.messages.len() - 1
        });
        if let Some(shown) = own.or(parent) {
            self.places.entry(node.id.as_str()).or_insert(shown);
        }
    }

    /// What was wrong with it, in words for people.
    fn problems(&self) -> impl Iterator<Item = String> {
        let of = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
        let orphans =
            of(self.orphans, "of its messages follow one that is not there, and now begin it");
        let circles = of(self.circles, "times its messages followed each other in a circle");
        orphans.into_iter().chain(circles)
    }
}

/// A message of the circle that this one hangs on.
fn in_circle(one: usize, parents: &[Option<usize>]) -> usize {
    let (mut at, mut seen) = (one, BTreeSet::new());
    while seen.insert(at)
        && let Some(Some(parent)) = parents.get(at)
    {
        at = *parent;
    }
    at
}

fn message(said: &Said, parent: Option<usize>, created_at: Ts) -> ImportedMessage {
    let parts = cut(&said.parts);
    ImportedMessage {
        parent,
        role: said.role,
        created_at,
        plain: plain_parts(&parts),
        content: parts.iter().filter_map(model_block).collect(),
        parts,
    }
}

/// Parts with no more text than a message may have that is posted here.
fn cut(parts: &[Value]) -> Vec<Value> {
    let mut room = MAX_TEXT;
    let mut kept = parts.to_vec();
    for part in &mut kept {
        let Some(text) = text_of(part) else { continue };
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
    Ts::deserialize(value).ok()
}

/// Text that may be anything.
pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
