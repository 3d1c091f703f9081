//! The conversation as the offline model sees it: what the person asked, and which calls were made
//! for it with which results. Only the person's own words ever count as a request.

use std::collections::HashMap;

use agent::Role;
use agent::message::{Block, plain_text};
use agent::model::ModelMessage;
use jiff::ZonedDateTime;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

/// The server promises at most this many characters of a stamp.
const MAX_STAMP_CHARS: usize = 100;

/// One message of the person, and the calls of each answer to it: tools, and what came of them.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    pub(crate) text: String,
    /// When it was said, and when the last of its results came.
    pub(crate) now: Option<ZonedDateTime>,
    pub(crate) later: Option<ZonedDateTime>,
    pub(crate) rounds: Vec<Vec<(String, Outcome)>>,
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
    let blocks = messages.iter().flat_map(|message| &message.content);
    let results = blocks.filter_map(|raw| Some((raw["tool_use_id"].as_str()?, raw)));
    let results: HashMap<&str, &Value> = results.collect();
    let (mut exchanges, mut now) = (Vec::<Exchange>::new(), None);
    for ModelMessage { role, content, .. } in messages {
        let calls: Vec<_> = content.iter().filter_map(|raw| call(raw, &results)).collect();
        match exchanges.last_mut() {
            _ if *role == Role::User => listen(content, &mut exchanges, &mut now),
            Some(last) if !calls.is_empty() => last.rounds.push(calls),
            _ => {}
        }
    }
    exchanges
}

fn call(raw: &Value, results: &HashMap<&str, &Value>) -> Option<(String, Outcome)> {
    let Block::ToolUse { id, name, .. } = Block::of(raw) else { return None };
    let none = || Outcome::Failed("There is no result.".to_owned());
    Some((name.to_owned(), results.get(id).map_or_else(none, |result| outcome(result))))
}

/// Takes in the texts of a message of the person's side: stamps, context and the person's words.
fn listen(content: &[Value], exchanges: &mut Vec<Exchange>, now: &mut Option<ZonedDateTime>) {
    let said = |text: &str, now| Exchange { text: text.to_owned(), now, ..Exchange::default() };
    // A message that was never answered stands in one with the next, which begins with a stamp.
    let mut begins = true;
    for raw in content {
        let Block::Text(text) = Block::of(raw) else { continue };
        match (stamp(text), exchanges.last_mut()) {
            _ if is_servers(text) => {}
            (Some(stamp), _) => (*now, begins) = (Some(stamp), true),
            (None, Some(last)) if !begins => last.text = format!("{}\n{text}", last.text),
            (None, _) => {
                begins = false;
                exchanges.push(said(text, now.clone()));
            }
        }
    }
    if begins && !content.iter().any(|raw| raw["type"] == "tool_result") {
        exchanges.push(said("", now.clone()));
    }
    if let Some(last) = exchanges.last_mut() {
        last.later.clone_from(now);
    }
}

/// Whether the server, not the person, wrote a text.
fn is_servers(text: &str) -> bool {
    let between = |open, close| text.starts_with(open) && text.trim_end().ends_with(close);
    between("<context>", "</context>") || between("<elsewhere>", "</elsewhere>")
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
        content => plain_text(content.as_array().map_or(&[], Vec::as_slice)),
    };
    let lower = text.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|words| lower.contains(words));
    if result["is_error"] != true {
        // Before the JSON the server may say that the person changed the arguments.
        let last = text.rsplit("\n\n").next().unwrap_or_default();
        let value = serde_json::from_str(&text).or_else(|_| serde_json::from_str(last));
        Outcome::Value(value.unwrap_or(Value::String(text)))
    } else if says(&["may have happened"]) {
        Outcome::Unknown
    } else if says(&["person denied", "person declined", "call was superseded"]) {
        // What the person says after leaving a call undecided may still be about it.
        let reason = lower.find("reason:").map(|at| &text[at + "reason:".len()..]);
        Outcome::Denied(reason.unwrap_or_default().trim().to_owned())
    } else {
        Outcome::Failed(text)
    }
}
