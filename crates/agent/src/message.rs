//! Messages as the model and the database know them. Content blocks stay raw JSON in the form of
//! the Messages API, because thinking blocks are bound to their exact bytes.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A person, or the results of tools.
    User,
    /// The model.
    Assistant,
}

impl Role {
    /// The word as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

impl TryFrom<String> for Role {
    type Error = crate::UnknownWord;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        match word.as_str() {
            "user" => Ok(Self::User),
            "assistant" => Ok(Self::Assistant),
            _ => Err(crate::UnknownWord { vocabulary: "role", word }),
        }
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

/// A text block.
pub fn text_block(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

/// All text of a message's blocks, a blank line between them.
pub fn plain_text(content: &[Value]) -> String {
    let texts: Vec<&str> = content
        .iter()
        .filter_map(|raw| match Block::of(raw) {
            Block::Text(text) => Some(text),
            Block::Thinking(_) | Block::ToolUse { .. } | Block::Other(_) => None,
        })
        .collect();
    texts.join("\n\n")
}
