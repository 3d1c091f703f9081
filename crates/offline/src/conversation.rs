//! The conversation as the offline model sees it: what the person asked, and which calls were made
//! for it with which results. Only the person's own words ever count as a request.

use agent::Role;
use agent::message::{Block, plain_text};
use agent::model::ModelMessage;
use jiff::ZonedDateTime;
use serde_json::Value;

use crate::stamp;

/// One message of the person and everything that was done about it.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    /// The person's own words.
    pub(crate) text: String,
    /// The newest stamp known when it was written.
    pub(crate) now: Option<ZonedDateTime>,
    /// The calls made for it, one entry per answer of the model.
    pub(crate) rounds: Vec<Round>,
}

/// The calls of one answer.
#[derive(Debug, Default)]
pub(crate) struct Round {
    /// In the model's order.
    pub(crate) calls: Vec<Call>,
    /// A stamp that came with the results, on a later day.
    pub(crate) now: Option<ZonedDateTime>,
}

/// One call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    id: String,
    /// The tool's name.
    pub(crate) name: String,
    /// Its arguments.
    pub(crate) input: Value,
    /// What came of it.
    pub(crate) outcome: Outcome,
}

/// What came of a call.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// It ran and gave this.
    Value(Value),
    /// It ran and gave something that is no JSON.
    Words(String),
    /// The person denied it, perhaps with a reason.
    Denied(Option<String>),
    /// It may have happened.
    Unknown,
    /// It did not happen, or nobody knows of a result; the text says why.
    Failed(String),
}

/// Reads a conversation into exchanges, oldest first.
pub(crate) fn read(messages: &[ModelMessage]) -> Vec<Exchange> {
    let mut exchanges: Vec<Exchange> = Vec::new();
    let mut now = None;
    for message in messages {
        match message.role {
            Role::Assistant => {
                if let Some(exchange) = exchanges.last_mut() {
                    exchange.rounds.extend(round(&message.content));
                }
            }
            Role::User => listen(&message.content, &mut exchanges, &mut now),
        }
    }
    exchanges
}

/// How many calls a conversation holds.
pub(crate) fn calls_made(messages: &[ModelMessage]) -> usize {
    let blocks = messages.iter().flat_map(|message| &message.content);
    blocks.filter(|raw| matches!(Block::of(raw), Block::ToolUse { .. })).count()
}

fn round(content: &[Value]) -> Option<Round> {
    let calls: Vec<Call> = content.iter().filter_map(call).collect();
    (!calls.is_empty()).then_some(Round { calls, now: None })
}

fn call(raw: &Value) -> Option<Call> {
    match Block::of(raw) {
        Block::ToolUse { id, name, input } => Some(Call {
            id: id.to_owned(),
            name: name.to_owned(),
            input: input.clone(),
            outcome: Outcome::Failed("There is no result.".to_owned()),
        }),
        Block::Text(_) | Block::Thinking(_) | Block::Other(_) => None,
    }
}

/// Takes in a message of the person's side: results, stamps, context and the person's words.
fn listen(content: &[Value], exchanges: &mut Vec<Exchange>, now: &mut Option<ZonedDateTime>) {
    let heard = exchanges.len();
    let mut own_words: Vec<&str> = Vec::new();
    let hear =
        |own_words: &mut Vec<&str>, now: &Option<ZonedDateTime>, exchanges: &mut Vec<Exchange>| {
            let text = std::mem::take(own_words).join("\n");
            exchanges.push(Exchange { text, now: now.clone(), rounds: Vec::new() });
        };
    let mut results = 0;
    for raw in content {
        match Block::of(raw) {
            Block::Text(text) => match stamp::parse(text) {
                Some(stamp) => {
                    // A message that was never answered stands in one with the next.
                    if !own_words.is_empty() {
                        hear(&mut own_words, now, exchanges);
                    }
                    *now = Some(stamp);
                }
                None if is_servers(text) => {}
                None => own_words.push(text),
            },
            Block::Other(result) if result["type"] == "tool_result" => {
                results += 1;
                settle(result, exchanges);
            }
            Block::Other(_) | Block::Thinking(_) | Block::ToolUse { .. } => {}
        }
    }
    if !own_words.is_empty() || (results == 0 && exchanges.len() == heard) {
        hear(&mut own_words, now, exchanges);
    } else if let Some(round) = exchanges.last_mut().and_then(|last| last.rounds.last_mut()) {
        round.now.clone_from(now);
    }
}

/// Blocks in which the server tells the model something.
fn is_servers(text: &str) -> bool {
    [("<context>", "</context>"), ("<elsewhere>", "</elsewhere>")]
        .iter()
        .any(|(open, close)| text.starts_with(open) && text.trim_end().ends_with(close))
}

fn settle(result: &Value, exchanges: &mut [Exchange]) {
    let id = result["tool_use_id"].as_str().unwrap_or_default();
    let rounds = exchanges.iter_mut().rev().flat_map(|exchange| &mut exchange.rounds);
    if let Some(call) = rounds.flat_map(|round| &mut round.calls).find(|call| call.id == id) {
        call.outcome = outcome(result);
    }
}

fn outcome(result: &Value) -> Outcome {
    let texts = match &result["content"] {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => plain_text(blocks),
        _ => String::new(),
    };
    if result["is_error"] != Value::Bool(true) {
        // Before the JSON the server may say that the person changed the arguments.
        let last = texts.rsplit("\n\n").next().unwrap_or_default();
        let value = serde_json::from_str(&texts).or_else(|_| serde_json::from_str(last));
        return value.map_or(Outcome::Words(texts), Outcome::Value);
    }
    let lower = texts.to_ascii_lowercase();
    if lower.contains("may have happened") {
        return Outcome::Unknown;
    }
    if ["person denied", "person declined", "user denied"].iter().any(|said| lower.contains(said)) {
        let reason =
            lower.find("reason:").map(|at| texts[at + "reason:".len()..].trim().to_owned());
        return Outcome::Denied(reason.filter(|reason| !reason.is_empty()));
    }
    Outcome::Failed(texts)
}
