//! The conversation as the offline model sees it: what the person asked, and which calls were made
//! for it with which results. Only the person's own words ever count as a request.

use agent::Role;
use agent::message::{Block, plain_text};
use agent::model::ModelMessage;
use jiff::ZonedDateTime;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

/// The server promises at most this many characters of a stamp.
const MAX_STAMP_CHARS: usize = 100;
/// The server's own blocks.
const SERVERS: [(&str, &str); 2] = [("<context>", "</context>"), ("<elsewhere>", "</elsewhere>")];

/// One message of the person, and the calls of each answer to it.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    pub(crate) text: String,
    /// When it was said, and when the last of its results came.
    pub(crate) now: Option<ZonedDateTime>,
    pub(crate) later: Option<ZonedDateTime>,
    pub(crate) rounds: Vec<Vec<Call>>,
}

/// One call and what came of it.
#[derive(Debug)]
pub(crate) struct Call {
    id: String,
    pub(crate) name: String,
    pub(crate) outcome: Outcome,
}

/// What came of a call.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It ran and gave this.
    Value(Value),
    /// It was denied or left undecided; the reason may be empty.
    Denied(String),
    /// It may have happened.
    Unknown,
    /// It did not happen, or nobody knows of a result; the text says why.
    Failed(String),
}

/// Reads a conversation into exchanges, oldest first.
pub(crate) fn read(messages: &[ModelMessage]) -> Vec<Exchange> {
    let (mut exchanges, mut now) = (Vec::<Exchange>::new(), None);
    for message in messages {
        if message.role == Role::User {
            listen(&message.content, &mut exchanges, &mut now);
        } else if let Some(last) = exchanges.last_mut() {
            let calls: Vec<Call> = calls(&message.content).collect();
            last.rounds.extend(Some(calls).filter(|calls| !calls.is_empty()));
        }
    }
    exchanges
}

/// The calls in a message.
pub(crate) fn calls(content: &[Value]) -> impl Iterator<Item = Call> {
    content.iter().filter_map(|raw| match Block::of(raw) {
        Block::ToolUse { id, name, .. } => Some(Call {
            id: id.to_owned(),
            name: name.to_owned(),
            outcome: Outcome::Failed("There is no result.".to_owned()),
        }),
        Block::Text(_) | Block::Thinking(_) | Block::Other(_) => None,
    })
}

/// Takes in a message of the person's side: results, stamps, context and the person's words.
fn listen(content: &[Value], exchanges: &mut Vec<Exchange>, now: &mut Option<ZonedDateTime>) {
    // A message that was never answered stands in one with the next, which begins with a stamp.
    let (mut begins, mut settled) = (true, false);
    for raw in content {
        match (Block::of(raw), exchanges.last_mut()) {
            (Block::Text(text), last) => match (stamp(text), last) {
                (Some(stamp), _) => (*now, begins) = (Some(stamp), true),
                _ if is_servers(text) => {}
                (None, Some(last)) if !begins => last.text = format!("{}\n{text}", last.text),
                (None, _) => {
                    begins = false;
                    exchanges.push(Exchange::new(text, now.clone()));
                }
            },
            (Block::Other(result), _) if result["type"] == "tool_result" => {
                settled = true;
                let rounds = exchanges.iter_mut().rev().flat_map(|exchange| &mut exchange.rounds);
                let mut calls = rounds.flatten();
                if let Some(call) = calls.find(|call| result["tool_use_id"] == *call.id) {
                    call.outcome = outcome(result);
                }
            }
            _ => {}
        }
    }
    if begins && !settled {
        exchanges.push(Exchange::new("", now.clone()));
    }
    if let Some(last) = exchanges.last_mut() {
        last.later.clone_from(now);
    }
}

impl Exchange {
    fn new(text: &str, now: Option<ZonedDateTime>) -> Self {
        Self { text: text.to_owned(), now, ..Self::default() }
    }
}

fn is_servers(text: &str) -> bool {
    let text = text.trim_end();
    SERVERS.iter().any(|(open, close)| text.starts_with(open) && text.ends_with(close))
}

/// Reads a stamp such as `[Wed 2026-11-25 14:03 Europe/Berlin]`; anything else is none.
fn stamp(block: &str) -> Option<ZonedDateTime> {
    let inner = block.trim().strip_prefix('[')?.strip_suffix(']')?;
    let (moment, zone) = inner.rsplit_once(' ').filter(|_| block.len() <= MAX_STAMP_CHARS)?;
    let moment = DateTime::strptime("%a %Y-%m-%d %H:%M", moment).ok()?;
    // The server, too, takes a zone that it does not know for UTC.
    moment.to_zoned_datetime(TimeZone::get(zone).unwrap_or(TimeZone::UTC)).ok()
}

fn outcome(result: &Value) -> Outcome {
    let text = match &result["content"] {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => plain_text(blocks),
        _ => String::new(),
    };
    if result["is_error"] != true {
        // Before the JSON the server may say that the person changed the arguments.
        let last = text.rsplit("\n\n").next().unwrap_or_default();
        let value = serde_json::from_str(&text).or_else(|_| serde_json::from_str(last));
        return Outcome::Value(value.unwrap_or(Value::String(text)));
    }
    let lower = text.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|words| lower.contains(words));
    if says(&["may have happened"]) {
        Outcome::Unknown
    } else if says(&["person denied", "person declined", "call was superseded"]) {
        // What the person says after leaving a call undecided may still be about it.
        let reason = lower.find("reason:").map(|at| &text[at + "reason:".len()..]);
        Outcome::Denied(reason.unwrap_or_default().trim().to_owned())
    } else {
        Outcome::Failed(text)
    }
}
