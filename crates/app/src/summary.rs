//! What stands in requests for messages that are too many: for which of them, and in which words.

use agent::Role;
use agent::message::{Block, plain_text, text_block, text_of};
use agent::model::ModelMessage;
use serde_json::Value;
use store::{BranchMessage, NewSummary, Recent, Summary};

use crate::context;
use crate::prompt::{entry_messages, size_of};
use crate::turns::post::plain_parts;

/// What a model is told that writes a summary.
pub(crate) const PROMPT: &str = include_str!("prompts/summary.md");

/// The most tokens of a summary.
pub(crate) const MOST_TOKENS: u32 = 4_096;

/// The message that asks for a summary.
const COMMAND: &str = "/compact";

/// How a summary begins.
const OPENING: &str = "<summary>\nThis stands for the older part of the conversation.";

/// The most bytes of one message or result that a summary is made from, and the fewest.
const EXCERPTS: (usize, usize) = (4_000, 200);

/// What stands between the lines of a record.
const GAP: &str = "\n\n";

/// The most bytes of a line of a summary that no model wrote.
const LINE: usize = 160;

/// The most lines of it.
const LINES: usize = 50;

/// What is to stay as it is.
#[derive(Clone, Copy)]
pub(crate) struct Keep {
    /// So many of the person's newest messages with what was answered, at least.
    pub(crate) requests: usize,
    /// As many more as fit into so many bytes.
    pub(crate) bytes: u64,
}

/// The part of a branch that is to be summarised, if there is any.
pub(crate) struct Older<'a> {
    recent: &'a Recent,
    messages: &'a [BranchMessage],
    last: &'a BranchMessage,
}

/// Whether these parts of a message ask for a summary and nothing else.
pub(crate) fn is_command(parts: &[Value]) -> bool {
    plain_parts(parts).trim() == COMMAND
}

/// Whether a message brings text that somebody else may have written: an imported one, or an answer
/// whose tools have read such text.
fn is_from_outside(entry: &BranchMessage) -> bool {
    entry.message.imported || entry.turn.as_ref().is_some_and(|rows| rows.turn.tainted)
}

/// Whether somebody else may have written some of this.
pub(crate) fn is_tainted(summary: Option<&Summary>, messages: &[BranchMessage]) -> bool {
    summary.is_some_and(|summary| summary.tainted) || messages.iter().any(is_from_outside)
}

impl<'a> Older<'a> {
    /// What need not stay. The rest begins with a message of the person.
    pub(crate) fn than(recent: &'a Recent, keep: Keep) -> Option<Self> {
        let (mut bytes, mut requests, mut first) = (0, 0, recent.messages.len());
        for (place, entry) in recent.messages.iter().enumerate().rev() {
            bytes += size_of(entry_messages(entry, "").iter().flat_map(|said| &said.content));
            if entry.message.role != Role::User {
                continue;
            }
            if requests >= keep.requests && bytes > keep.bytes {
                break;
            }
            (first, requests) = (place, requests + 1);
        }
        let before = recent.messages.get(..first).filter(|_| requests >= keep.requests)?;
        // A message of the person may get another answer, and is then needed itself.
        let end = before.iter().rposition(|entry| entry.message.role == Role::Assistant)?;
        let messages = before.get(..=end)?;
        Some(Self { recent, messages, last: messages.last()? })
    }

    /// All of it as a record of at most about so many bytes.
    pub(crate) fn record(&self, bytes: usize) -> String {
        let said = self.said();
        let (most, fewest) = EXCERPTS;
        let excerpt = (bytes / said.len().max(1)).clamp(fewest, most);
        let before = self.before().map(|before| cut(&before, bytes / 4));
        let mut free = bytes.saturating_sub(before.as_ref().map_or(0, String::len));
        let mut lines: Vec<String> = said
            .iter()
            .rev()
            .map(|line| cut(line, excerpt))
            .map_while(|line| {
                free = free.checked_sub(line.len() + GAP.len())?;
                Some(line)
            })
            .collect();
        if lines.len() < said.len() {
            lines.push(format!("({} lines are left out here.)", said.len() - lines.len()));
        }
        lines.extend(before);
        lines.reverse();
        lines.join(GAP)
    }

    /// What stands for it if no model summarises it: how what was said last begins.
    pub(crate) fn beginnings(&self) -> String {
        let said = self.said();
        let newest = said.iter().skip(said.len().saturating_sub(LINES));
        let newest = newest.map(|line| cut(&line.replace('\n', " "), LINE));
        let before = self.before().map(|before| cut(&before, EXCERPTS.0));
        let opening = "Nobody has summarised it; this is how what was said begins.".to_owned();
        before.into_iter().chain([opening]).chain(newest).collect::<Vec<_>>().join("\n")
    }

    /// The words of the summary before.
    fn before(&self) -> Option<String> {
        let content = self.recent.summary.as_ref()?.content.iter();
        let texts: Vec<&str> = content.filter(|raw| !is_context(raw)).filter_map(text_of).collect();
        Some(texts.join("\n"))
    }

    fn said(&self) -> Vec<String> {
        let said = self.messages.iter().flat_map(|entry| entry_messages(entry, ""));
        said.flat_map(|message| told(&message)).collect()
    }

    /// The summary as it is kept: these words, and the newest context block word for word.
    pub(crate) fn summarised_as(&self, words: &str) -> NewSummary {
        let mut content = vec![text_block(&format!("{OPENING}\n\n{words}\n</summary>"))];
        let known = context::newest(self.recent.summary.as_ref(), self.messages);
        content.extend(known.map(text_block));
        let tainted = is_tainted(self.recent.summary.as_ref(), self.messages);
        NewSummary { message: self.last.message.id, content, tainted }
    }
}

/// The words of a summary that is kept.
pub(crate) fn words(kept: &Summary) -> String {
    let text = kept.content.first().and_then(text_of).unwrap_or_default();
    let inner = text.strip_prefix(OPENING).and_then(|text| text.strip_suffix("</summary>"));
    inner.unwrap_or(text).trim().to_owned()
}

fn is_context(raw: &Value) -> bool {
    context::context_text(raw).is_some()
}

/// What a message says, a line for each block.
fn told(message: &ModelMessage) -> Vec<String> {
    let speaker = match message.role {
        Role::User => "Person",
        Role::Assistant => "Assistant",
    };
    let line = |raw: &Value| match Block::of(raw) {
        Block::Text(_) if is_context(raw) => None,
        Block::Text(text) => Some(format!("{speaker}: {text}")),
        Block::ToolUse { name, input, .. } => Some(format!("Assistant calls {name}: {input}")),
        Block::Other(raw) if raw["type"] == "tool_result" => {
            let blocks = raw["content"].as_array().map(Vec::as_slice).unwrap_or_default();
            Some(format!("Result: {}", plain_text(blocks)))
        }
        Block::Other(raw) if raw["type"] == "file" => {
            Some(format!("{speaker} sends {}", raw["name"]))
        }
        Block::Thinking(_) | Block::Other(_) => None,
    };
    message.content.iter().filter_map(line).collect()
}

/// A text of at most so many bytes.
fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(bytes)])
}

#[cfg(test)]
mod tests;
