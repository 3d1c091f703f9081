//! What the model is sent: tools, system prompt, history, newest message, in this order and
//! append-only, so that what was sent once is sent again byte for byte.

use std::collections::BTreeSet;
use std::sync::Arc;

use agent::layout::{Answered, Layout};
use agent::message::{Block, VendorTool, plain_text, text_block};
use agent::model::{ModelMessage, ModelRequest, StopReason, ToolDefinition, Usage};
use agent::tool::Tool;
use agent::{CallStatus, Role};
use serde_json::{Value, json};
use store::{BranchMessage, Recent, StepRow, StepStatus, ToolCallRow, Ts, TurnRows};

use crate::summary::is_command;
use crate::{Settings, Tools};

/// The built-in system prompt.
pub(crate) const SYSTEM: &str = include_str!("prompts/system.md");

/// Stands before an answer that begins a conversation: the Messages API wants a person first.
const UNASKED: &str = "(The assistant began this conversation.)";

/// How many bytes of a prompt make a token, about.
pub(crate) const BYTES_PER_TOKEN: u64 = 4;

/// Images and PDF documents are far less to a model than their bytes.
const FILE_SHARE: u64 = 40;

/// What was said before a turn.
pub(crate) struct History {
    /// The vendor's name of the model that it is for.
    model: String,
    /// The messages.
    pub(crate) messages: Vec<ModelMessage>,
    /// The newest message asks for a summary, and nothing else.
    pub(crate) asks_to_compact: bool,
    /// The answer whose request the vendor's cache may hold.
    answered: Option<Answered>,
    /// When the summary was made with which it begins: of earlier requests nothing holds any more.
    since: Option<Ts>,
}

/// The newest of these steps whose request the vendor's cache may hold.
fn answered<'a>(
    steps: impl DoubleEndedIterator<Item = &'a StepRow>,
    since: Option<Ts>,
) -> Option<Answered> {
    let newest = steps.rev().find(|step| step.layout.is_some())?;
    let layout =
        newest.layout.clone().filter(|_| since.is_none_or(|it| newest.created_at >= it))?;
    Some(Answered { layout, usage: newest.spent.usage, at_micros: newest.created_at.0 })
}

impl History {
    /// How a request of this turn is laid out, and why the vendor's cache missed it, if so.
    pub(crate) fn trace(
        &self,
        rows: &TurnRows,
        request: &ModelRequest,
        usage: Usage,
        now: Ts,
    ) -> (Layout, Option<String>) {
        let layout = Layout::of(&self.model, request);
        let own = answered(rows.steps.iter(), self.since);
        let before = own.as_ref().or(self.answered.as_ref());
        let note = before.and_then(|before| layout.miss(request, usage, before, now.0));
        (layout, note)
    }

    /// How many tokens the next request of a turn has, about: those of the one before by the
    /// vendor's own count, its answer, and what was said since. A count that is far too low is not
    /// believed, or nothing would ever be summarised.
    pub(crate) fn tokens(&self, rows: &TurnRows, request: &ModelRequest) -> u64 {
        let own = answered(rows.steps.iter(), self.since);
        let before = own.as_ref().or(self.answered.as_ref());
        let known = before.map_or(0, |before| before.usage.total());
        let by_bytes = tokens(request);
        if known == 0 {
            return by_bytes;
        }
        let new = request.messages.last().map_or(0, |last| size_of(&last.content));
        (known + new / BYTES_PER_TOKEN).max(by_bytes / 2)
    }
}

/// How many tokens a request has by its bytes, about.
pub(crate) fn tokens(request: &ModelRequest) -> u64 {
    let blocks = request.messages.iter().flat_map(|message| &message.content);
    fixed_tokens(request) + size_of(blocks) / BYTES_PER_TOKEN
}

/// How many of them are the same in each request.
pub(crate) fn fixed_tokens(request: &ModelRequest) -> u64 {
    let tool = |tool: &ToolDefinition| {
        tool.description.len() as u64 + size_of(std::iter::once(&*tool.input_schema))
    };
    let tools: u64 = request.tools.iter().map(tool).sum();
    (request.system.len() as u64 + tools) / BYTES_PER_TOKEN
}

/// The bytes of content, files by what they are to a model.
pub(crate) fn size_of<'a>(blocks: impl IntoIterator<Item = &'a Value>) -> u64 {
    let size = |block: &Value| {
        let bytes = block.to_string().len() as u64;
        if block["source"]["type"] == "base64" { bytes / FILE_SHARE } else { bytes }
    };
    blocks.into_iter().map(size).sum()
}

/// The messages of the end of a branch, for the model that its vendor calls so.
pub(crate) fn history(recent: &Recent, model: &str) -> History {
    let since = recent.summary.as_ref().map(|summary| summary.created_at);
    let turns = recent.messages.iter().filter_map(|entry| entry.turn.as_ref());
    let answered = answered(turns.flat_map(|rows| &rows.steps), since);
    let summary = recent.summary.iter();
    let mut messages: Vec<ModelMessage> =
        summary.map(|summary| message(Role::User, summary.content.clone())).collect();
    for entry in &recent.messages {
        if let Some(rows) = &entry.turn {
            add_preamble(&mut messages, rows);
        }
        let said = entry_messages(entry, model);
        if messages.is_empty() && said.first().is_some_and(|it| it.role == Role::Assistant) {
            messages.push(message(Role::User, vec![text_block(UNASKED)]));
        }
        messages.extend(said);
    }
    let newest = recent.messages.last().map(|entry| entry.message.parts.as_slice());
    let asks_to_compact = newest.is_some_and(is_command);
    History { model: model.to_owned(), messages, asks_to_compact, answered, since }
}

/// What the model is sent of one message of a branch. One that was imported has no turn, and
/// perhaps no text.
pub(crate) fn entry_messages(entry: &BranchMessage, model: &str) -> Vec<ModelMessage> {
    match &entry.turn {
        Some(rows) => turn_messages(rows, model),
        None if entry.message.content.is_empty() => Vec::new(),
        None => vec![message(entry.message.role, entry.message.content.clone())],
    }
}

/// What an answer was told besides its message stays there for all that follow.
fn add_preamble(messages: &mut [ModelMessage], rows: &TurnRows) {
    if let (Some(preamble), Some(last)) = (&rows.turn.preamble, messages.last_mut()) {
        last.content.push(text_block(preamble));
    }
}

/// The request for the next answer of a turn that follows `history`.
pub(crate) fn request(
    settings: &Settings,
    tools: &Tools,
    history: &History,
    rows: &TurnRows,
) -> ModelRequest {
    let mut messages = history.messages.clone();
    add_preamble(&mut messages, rows);
    let mut messages = joined(messages);
    let question = messages.len().saturating_sub(1);
    messages.extend(turn_messages(rows, &history.model));
    let mut messages = joined(messages);
    mark_cache(&mut messages, question);
    ModelRequest {
        system: Arc::clone(&settings.system_prompt),
        tools: tools.values().map(|tool| definition(tool.as_ref())).collect(),
        messages,
        max_tokens: settings.max_answer_tokens,
        schema: None,
    }
}

fn definition(tool: &dyn Tool) -> ToolDefinition {
    let spec = tool.spec();
    ToolDefinition {
        name: spec.name.clone(),
        description: spec.description.clone(),
        input_schema: Arc::clone(&spec.input_schema),
    }
}

/// The messages of one turn: each answer, and the results of all its calls in one message.
fn turn_messages(rows: &TurnRows, model: &str) -> Vec<ModelMessage> {
    let mut messages = Vec::new();
    let whole = || rows.steps.iter().filter(|step| step.status == StepStatus::Complete);
    let answered: BTreeSet<&str> = whole()
        .flat_map(|step| &step.content)
        .filter_map(|raw| raw["tool_use_id"].as_str())
        .collect();
    let newest = whole().next_back().map(|step| step.id);
    for step in &rows.steps {
        // Steps of before have no layout; then a model had no other name than its vendor's.
        let asked = step.layout.as_ref().map_or(rows.turn.model.as_str(), Layout::model);
        let mut content = replayed(step, asked == model);
        let is_paused = step.stop == Some(StopReason::PauseTurn);
        let goes_on = is_paused && (newest != Some(step.id) || rows.turn.status.is_active());
        if !goes_on {
            leave_out_loose_ends(&mut content, &answered);
        }
        if content.is_empty() {
            continue;
        }
        messages.push(message(Role::Assistant, content));
        if step.status != StepStatus::Complete {
            continue;
        }
        let mut results: Vec<Value> =
            rows.calls.iter().filter(|call| call.step_id == step.id).map(result_block).collect();
        results.extend(step.note.as_deref().map(text_block));
        if !results.is_empty() {
            messages.push(message(Role::User, results));
        }
    }
    messages
}

/// What of a step goes to the model again: all of it word for word; of a broken-off one only the
/// text; without thinking if another model answers now, because thinking is bound to its model.
/// Empty text says nothing, and the Messages API refuses it.
fn replayed(step: &StepRow, same_model: bool) -> Vec<Value> {
    let keeps = |raw: &&Value| {
        let is_complete = step.status == StepStatus::Complete;
        match raw["type"].as_str() {
            Some("text") => !plain_text(std::slice::from_ref(*raw)).trim().is_empty(),
            Some("thinking" | "redacted_thinking") => is_complete && same_model,
            _ => is_complete,
        }
    };
    step.content.iter().filter(keeps).cloned().collect()
}

/// Leaves out what the vendor refuses in an answer that others follow: its own calls without their
/// results, and thinking that led to nothing.
fn leave_out_loose_ends(content: &mut Vec<Value>, answered: &BTreeSet<&str>) {
    content.retain(|raw| match VendorTool::of(raw) {
        Some(VendorTool::Call { id, .. }) => answered.contains(id),
        Some(VendorTool::Result { .. }) | None => true,
    });
    let is_thought = |raw: &Value| matches!(Block::of(raw), Block::Thinking(_));
    while content.last().is_some_and(is_thought) {
        content.pop();
    }
}

/// Joins neighbours of one role, results first, as the Messages API would.
fn joined(messages: Vec<ModelMessage>) -> Vec<ModelMessage> {
    let mut out: Vec<ModelMessage> = Vec::with_capacity(messages.len());
    for next in messages {
        match out.last_mut() {
            Some(last) if last.role == next.role => last.content.extend(next.content),
            _ => out.push(next),
        }
    }
    out
}

/// The last two messages of the person's side are stable from now on. So is the one that the turn
/// answers: from there another answer or a long series of tools goes on.
fn mark_cache(messages: &mut [ModelMessage], question: usize) {
    if let Some(message) = messages.get_mut(question) {
        message.cache_here = message.role == Role::User;
    }
    for message in messages.iter_mut().rev().filter(|message| message.role == Role::User).take(2) {
        message.cache_here = true;
    }
}

fn message(role: Role, content: Vec<Value>) -> ModelMessage {
    ModelMessage { role, content, cache_here: false }
}

fn result_block(call: &ToolCallRow) -> Value {
    let mut content = Vec::new();
    let has_run = matches!(
        call.status,
        CallStatus::Started | CallStatus::Succeeded | CallStatus::Failed | CallStatus::Unknown
    );
    if let Some(edited) = call.edited_arguments.as_ref().filter(|_| has_run) {
        content.push(text_block(&format!(
            "The person changed the arguments before approving. What was run: {edited}"
        )));
    }
    content.push(text_block(&result_text(call)));
    let mut block =
        json!({"type": "tool_result", "tool_use_id": call.model_call_id, "content": content});
    if call.status != CallStatus::Succeeded {
        block["is_error"] = Value::Bool(true);
    }
    block
}

/// The result of a call as text. A call without a stored result says what became of it.
pub(crate) fn result_text(call: &ToolCallRow) -> String {
    match &call.result {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => outcome_text(call.status, call.reason.as_deref()),
    }
}

/// What is said of a call that did not give a result of its own.
pub(crate) fn outcome_text(status: CallStatus, reason: Option<&str>) -> String {
    let text = match status {
        CallStatus::Denied => "The person denied this call. Nothing was done.",
        // A call that is still open when this is read is about to be superseded.
        CallStatus::Superseded
        | CallStatus::Proposed
        | CallStatus::Waiting
        | CallStatus::Approved => {
            "This call was superseded: the person went on without deciding about it. Nothing was done."
        }
        CallStatus::Expired => {
            "This call expired: nobody decided about it in time. Nothing was done."
        }
        CallStatus::Unknown | CallStatus::Started => {
            "This call was started and its outcome is unknown: it may have happened. Check before doing anything like it again."
        }
        CallStatus::Failed => "This call failed.",
        CallStatus::Succeeded => "Done.",
    };
    match reason {
        Some(reason) if !reason.trim().is_empty() => format!("{text} Reason: {reason}"),
        _ => text.to_owned(),
    }
}
