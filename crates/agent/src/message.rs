//! Messages as the model and the database know them. Content blocks stay raw JSON in the form of
//! the Messages API, because thinking blocks are bound to their exact bytes.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

crate::words! {
    /// Who speaks.
    Role as "role" {
        /// A person, or the results of tools.
        User = "user",
        /// The model.
        Assistant = "assistant",
    }
}

/// A typed view of one content block; what it does not name is kept as it came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Block<'a> {
    /// Plain text.
    Text(&'a str),
    /// Reasoning that may be shown.
    Thinking(&'a str),
    /// A tool call of the model.
    ToolUse {
        /// The model's own id of the call.
        id: &'a str,
        /// The tool's name on the wire.
        name: &'a str,
        /// The arguments.
        input: &'a Value,
    },
    /// Anything else: replayed unchanged, never interpreted.
    Other(&'a Value),
}

impl<'a> Block<'a> {
    /// Looks at one raw block.
    pub fn of(raw: &'a Value) -> Self {
        let text = |key: &str| raw.get(key).and_then(Value::as_str);
        match text("type") {
            Some("text") => text("text").map_or(Self::Other(raw), Self::Text),
            Some("thinking") => text("thinking").map_or(Self::Other(raw), Self::Thinking),
            Some("tool_use") => match (text("id"), text("name"), raw.get("input")) {
                (Some(id), Some(name), Some(input)) => Self::ToolUse { id, name, input },
                _ => Self::Other(raw),
            },
            _ => Self::Other(raw),
        }
    }
}

/// A page that an answer rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source<'a> {
    /// Where it is.
    pub url: &'a str,
    /// What it is called.
    pub title: Option<&'a str>,
}

/// The pages that an answer cites, and those that the vendor's own tools read for it, each once.
/// Only links that a browser may follow count.
pub fn sources(content: &[Value]) -> Vec<Source<'_>> {
    let mut sources: Vec<Source<'_>> = Vec::new();
    for raw in content {
        let citations = raw["citations"].as_array().map(Vec::as_slice).unwrap_or_default();
        let cited = citations.iter().map(|citation| (&citation["url"], &citation["title"]));
        let page = &raw["content"];
        let read = (raw["type"] == "web_fetch_tool_result")
            .then(|| (&page["url"], &page["content"]["title"]));
        for (url, title) in cited.chain(read) {
            let Some(url) = url.as_str().filter(|url| is_link(url)) else { continue };
            if sources.iter().all(|known| known.url != url) {
                sources.push(Source { url, title: title.as_str() });
            }
        }
    }
    sources
}

fn is_link(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// A block of a tool that the vendor runs by itself, such as its search of the web.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum VendorTool<'a> {
    /// The model calls it.
    Call {
        /// The vendor's id of the call.
        id: &'a str,
        /// What the vendor calls the tool.
        name: &'a str,
        /// The arguments.
        input: &'a Value,
    },
    /// It has answered.
    Result {
        /// The vendor's id of the call.
        id: &'a str,
        /// The answer, of which some may be for the vendor only.
        content: &'a Value,
        /// Whether it failed.
        is_error: bool,
    },
}

impl<'a> VendorTool<'a> {
    /// Looks at one raw block.
    pub fn of(raw: &'a Value) -> Option<Self> {
        let text = |key: &str| raw.get(key).and_then(Value::as_str);
        if text("type")?.ends_with("_tool_use") {
            let (id, name) = (text("id")?, text("name")?);
            return Some(Self::Call { id, name, input: &raw["input"] });
        }
        let (id, content) = (text("tool_use_id")?, &raw["content"]);
        let kind = content["type"].as_str().unwrap_or_default();
        let is_error = kind.ends_with("_error") || raw["is_error"] == true;
        is_from_outside(raw).then_some(Self::Result { id, content, is_error })
    }
}

/// Whether a block holds text from outside: what a tool that the vendor runs by itself has found.
pub fn is_from_outside(raw: &Value) -> bool {
    raw["type"].as_str().is_some_and(|kind| kind.ends_with("_tool_result"))
}

/// A text block.
pub fn text_block(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

/// The text of a text block.
pub fn text_of(raw: &Value) -> Option<&str> {
    match Block::of(raw) {
        Block::Text(text) => Some(text),
        Block::Thinking(_) | Block::ToolUse { .. } | Block::Other(_) => None,
    }
}

/// All text of a message's blocks, a blank line between them.
pub fn plain_text(content: &[Value]) -> String {
    content.iter().filter_map(text_of).collect::<Vec<_>>().join("\n\n")
}

/// Reads an answer that was to be a JSON object. Many models put it between fences, or say something
/// before it.
pub fn read_json<T: DeserializeOwned>(text: &str) -> Option<T> {
    let (first, last) = (text.find('{')?, text.rfind('}')?);
    serde_json::from_str(text.get(first..=last)?).ok()
}
