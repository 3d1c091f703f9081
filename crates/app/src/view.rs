//! A turn as people see it. The stored rows become one list of chunks, which is what a viewer gets
//! who was not there; folding these chunks as a client does gives the message's parts. So a live
//! view, a replay and a reload cannot disagree.

mod parts;

use std::collections::BTreeSet;

use agent::message::{self, Block, Source, VendorTool};
use agent::{CallStatus, Chunk, FinishReason, TurnStatus};
use serde_json::{Value, json};
use store::{
    Approval, BranchMessage, Budget, Conversation, Message, StepRow, StepStatus, ToolCallRow, Turn,
    TurnRows,
};

use crate::hub::Transcript;
use crate::prompt::result_text;

/// The first chunk of an answer.
pub(crate) fn start_chunk(rows: &TurnRows) -> Chunk {
    Chunk::Start {
        message_id: rows.turn.assistant_message_id.to_string(),
        message_metadata: json!({
            "conversationId": rows.turn.conversation_id,
            "turnId": rows.turn.id,
            "userMessageId": rows.turn.user_message_id,
            "model": rows.turn.model,
        }),
    }
}

/// Everything a viewer has been sent of a turn so far. A step whose calls are still being worked on
/// is left open.
pub(crate) fn transcript(rows: &TurnRows) -> Transcript {
    let mut out = Transcript { chunks: vec![start_chunk(rows)], ..Transcript::default() };
    out.chunks.extend(other_model(&rows.turn).filter(|_| is_answered(rows)));
    let mut vendor_calls = BTreeSet::new();
    for (index, step) in rows.steps.iter().enumerate() {
        let calls: Vec<&ToolCallRow> =
            rows.calls.iter().filter(|call| call.step_id == step.id).collect();
        out.chunks.push(Chunk::StartStep);
        for (place, raw) in step.content.iter().enumerate() {
            out.chunks.extend(block_chunks(&part_id(step.seq, place), raw, &calls));
            out.chunks.extend(vendor_chunk(raw, &mut vendor_calls));
        }
        out.chunks.extend(source_chunks(step.seq, &step.content));
        for call in &calls {
            out.chunks.extend(rows.question(call.id).map(approval_chunk));
        }
        out.outputs_from.insert(step.id, out.chunks.len());
        let is_last = index + 1 == rows.steps.len();
        let is_held = matches!(rows.turn.status, TurnStatus::Queued | TurnStatus::Running);
        // A call that is decided but not settled is the driver's to tell of.
        let told = calls.iter().filter(|call| !is_held || call.result.is_some());
        out.chunks.extend(told.filter_map(|call| output_chunk(call)));
        if !(is_last && is_held) {
            out.chunks.push(Chunk::FinishStep);
        }
    }
    out
}

/// The whole stream of a turn that no driver holds: transcript, totals, and how it ended.
pub(crate) fn closed_transcript(rows: &TurnRows) -> Transcript {
    let mut out = transcript(rows);
    out.chunks.extend(ending(rows, rows.turn.status));
    out
}

/// What ends the stream of a turn.
pub(crate) fn ending(rows: &TurnRows, status: TurnStatus) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    if !status.is_active() {
        chunks.extend(vendor_calls(&rows.steps).into_iter().map(unanswered));
    }
    chunks.push(usage_chunk(rows));
    chunks.extend(rows.turn.warned_of.map(nearly_used_up));
    if rows.turn.compacted {
        let text = if rows.steps.iter().any(|step| step.model.is_empty()) {
            "Older messages were summarised, as you asked."
        } else {
            "Older messages were summarised, because the conversation is long."
        };
        chunks.push(notice("info", "compacted", text));
    }
    let finish = |finish_reason| Chunk::Finish { finish_reason };
    match status {
        TurnStatus::Completed => {
            let stop = rows.steps.last().and_then(|step| step.stop.as_ref());
            chunks.push(finish(stop.map_or(FinishReason::Other, FinishReason::from)));
        }
        TurnStatus::Waiting => chunks.push(finish(FinishReason::ToolCalls)),
        TurnStatus::Stopped => chunks.extend([Chunk::Abort {}, finish(FinishReason::Other)]),
        TurnStatus::Superseded => chunks.push(finish(FinishReason::Other)),
        TurnStatus::Expired => chunks.extend([
            notice("warning", "approval_expired", "Nobody decided in time, so nothing was done."),
            finish(FinishReason::Other),
        ]),
        TurnStatus::Limited => {
            let code = rows.turn.limited_by.map_or("turn_limit", budget_code);
            let text = rows.turn.error.as_deref();
            let text = text.unwrap_or("This answer reached its limit. Write again to go on.");
            chunks.extend([notice("warning", code, text), finish(FinishReason::Length)]);
        }
        TurnStatus::Failed => chunks.push(Chunk::Error {
            error_text: rows.turn.error.clone().unwrap_or_else(|| "The answer failed.".to_owned()),
        }),
        TurnStatus::Queued | TurnStatus::Running => {}
    }
    chunks
}

/// Totals of the turn so far.
fn usage_chunk(rows: &TurnRows) -> Chunk {
    Chunk::DataUsage { id: rows.turn.id.to_string(), data: rows.spent }
}

fn notice(level: &str, code: &str, text: &str) -> Chunk {
    Chunk::DataNotice {
        id: code.to_owned(),
        data: json!({"level": level, "code": code, "text": text}),
    }
}

/// Says that another model answers than the one that was to, if so.
pub(crate) fn other_model(turn: &Turn) -> Option<Chunk> {
    let (wanted, model) = (turn.wanted.as_ref()?, &turn.model);
    let text = if turn.wanted_gone {
        format!("{wanted} is no longer offered, so {model} answers instead.")
    } else {
        format!("{wanted} is not available right now, so {model} answers instead.")
    };
    Some(notice("warning", "fallback_model", &text))
}

/// Whether a model has said anything in this turn.
pub(crate) fn is_answered(rows: &TurnRows) -> bool {
    rows.steps.iter().any(|step| !step.model.is_empty())
}

const fn budget_code(budget: Budget) -> &'static str {
    match budget {
        Budget::Turn => "budget_turn",
        Budget::User => "budget_user",
        Budget::Day | Budget::Month => "budget_installation",
    }
}

/// Says once a day that most of a budget is used.
fn nearly_used_up(budget: Budget) -> Chunk {
    let text = match budget {
        Budget::Turn | Budget::User => "Four fifths of your budget for today are used.",
        Budget::Day => "Four fifths of today's budget for everybody are used.",
        Budget::Month => "Four fifths of this month's budget for everybody are used.",
    };
    let data = json!({"level": "warning", "code": budget_code(budget), "text": text});
    Chunk::DataNotice { id: "budget_warning".to_owned(), data }
}

/// Id and title of a conversation, for lists.
pub(crate) fn conversation_chunk(conversation: &Conversation) -> Chunk {
    Chunk::DataConversation {
        data: json!({"id": conversation.id, "title": conversation.title}),
        transient: true,
    }
}

/// The id of a part: the same live and replayed.
pub(crate) fn part_id(step: i64, block: usize) -> String {
    format!("{step}-{block}")
}

/// A block of an answer, whole.
pub(crate) fn block_chunks(id: &str, raw: &Value, calls: &[&ToolCallRow]) -> Vec<Chunk> {
    let id = id.to_owned();
    match Block::of(raw) {
        Block::Text(text) => vec![
            Chunk::TextStart { id: id.clone() },
            Chunk::TextDelta { id: id.clone(), delta: text.to_owned() },
            Chunk::TextEnd { id },
        ],
        Block::Thinking(text) if !text.is_empty() => vec![
            Chunk::ReasoningStart { id: id.clone() },
            Chunk::ReasoningDelta { id: id.clone(), delta: text.to_owned() },
            Chunk::ReasoningEnd { id },
        ],
        Block::ToolUse { id, .. } => {
            let call = calls.iter().find(|call| call.model_call_id == id);
            call.map(|call| input_chunk(call)).into_iter().collect()
        }
        Block::Thinking(_) | Block::Other(_) => Vec::new(),
    }
}

/// What people see of a block of a tool that the vendor runs; `calls` are those that have no result
/// yet. A client breaks on a result without a call.
pub(crate) fn vendor_chunk(raw: &Value, calls: &mut BTreeSet<String>) -> Option<Chunk> {
    match VendorTool::of(raw)? {
        VendorTool::Call { id, name, input } => {
            calls.insert(id.to_owned());
            Some(Chunk::ToolInputAvailable {
                tool_call_id: id.to_owned(),
                tool_name: name.to_owned(),
                input: input.clone(),
                dynamic: true,
                provider_executed: true,
                title: Some(in_words(name)),
            })
        }
        VendorTool::Result { id, .. } if !calls.remove(id) => None,
        VendorTool::Result { id, content, is_error: true } => {
            let word = content["error_code"].as_str().unwrap_or("it failed");
            Some(vendor_error(id.to_owned(), &word.replace('_', " ")))
        }
        VendorTool::Result { id, content, is_error: false } => Some(Chunk::ToolOutputAvailable {
            tool_call_id: id.to_owned(),
            output: readable(content),
            dynamic: true,
            provider_executed: true,
        }),
    }
}

/// The calls in these steps of tools that the vendor runs, as far as they have no result.
pub(crate) fn vendor_calls(steps: &[StepRow]) -> BTreeSet<String> {
    let mut calls = BTreeSet::new();
    for raw in steps.iter().flat_map(|step| &step.content) {
        vendor_chunk(raw, &mut calls);
    }
    calls
}

/// `web_search` as people say it.
fn in_words(name: &str) -> String {
    let mut words = name.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

fn unanswered(tool_call_id: String) -> Chunk {
    vendor_error(tool_call_id, "The answer ended before it was done.")
}

fn vendor_error(tool_call_id: String, text: &str) -> Chunk {
    let error_text = text.to_owned();
    Chunk::ToolOutputError { tool_call_id, error_text, dynamic: true, provider_executed: true }
}

/// A result without what only its vendor can read, and without the bytes of files.
fn readable(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(readable).collect(),
        Value::Object(fields) => {
            let is_file = fields.get("type").is_some_and(|kind| kind == "base64");
            let is_told =
                |name: &str| !(name.starts_with("encrypted_") || is_file && name == "data");
            let told = fields.iter().filter(|(name, _)| is_told(name));
            told.map(|(name, value)| (name.clone(), readable(value))).collect()
        }
        other => other.clone(),
    }
}

/// The pages that an answer rests on.
pub(crate) fn source_chunks(step: i64, content: &[Value]) -> Vec<Chunk> {
    let chunk = |(place, source): (usize, Source<'_>)| Chunk::SourceUrl {
        source_id: format!("{step}-source-{place}"),
        url: source.url.to_owned(),
        title: source.title.map(str::to_owned),
    };
    message::sources(content).into_iter().enumerate().map(chunk).collect()
}

/// The arguments of a call: those that run, if the person made others of the model's.
pub(crate) fn input_chunk(call: &ToolCallRow) -> Chunk {
    Chunk::ToolInputAvailable {
        tool_call_id: call.id.to_string(),
        tool_name: call.tool.clone(),
        input: call.effective_arguments().clone(),
        dynamic: true,
        provider_executed: false,
        title: (!call.title.is_empty()).then(|| call.title.clone()),
    }
}

/// The question about a call.
pub(crate) fn approval_chunk(approval: &Approval) -> Chunk {
    let mut descriptor = json!({
        "digest": approval.digest,
        "expiresAt": approval.expires_at.to_string(),
        "effect": approval.effect,
        "rememberable": approval.rememberable,
        "summary": approval.summary,
    });
    if let Some(because) = &approval.because {
        descriptor["because"] = json!(because);
    }
    Chunk::ToolApprovalRequest {
        approval_id: approval.id.to_string(),
        tool_call_id: approval.tool_call_id.to_string(),
        approval_descriptor: descriptor,
    }
}

/// What became of a call, once that is known.
pub(crate) fn output_chunk(call: &ToolCallRow) -> Option<Chunk> {
    let tool_call_id = call.id.to_string();
    match call.status {
        CallStatus::Succeeded => Some(Chunk::ToolOutputAvailable {
            tool_call_id,
            output: call.result.clone().unwrap_or(Value::Null),
            dynamic: true,
            provider_executed: false,
        }),
        CallStatus::Denied => Some(Chunk::ToolOutputDenied { tool_call_id }),
        CallStatus::Failed | CallStatus::Unknown | CallStatus::Superseded | CallStatus::Expired => {
            Some(Chunk::ToolOutputError {
                tool_call_id,
                error_text: result_text(call),
                dynamic: true,
                provider_executed: false,
            })
        }
        CallStatus::Proposed | CallStatus::Waiting | CallStatus::Approved | CallStatus::Started => {
            None
        }
    }
}

/// A message in the form of the AI SDK's `UIMessage`.
pub(crate) fn ui_message(entry: &BranchMessage) -> Value {
    let message = &entry.message;
    let mut metadata = json!({
        "id": message.id,
        "createdAt": message.created_at.to_string(),
        "siblings": entry.siblings,
    });
    if let Some(parent) = message.parent_id {
        metadata["parentId"] = json!(parent);
    }
    if message.summarised {
        metadata["summarised"] = json!(true);
    }
    if let Some(rows) = &entry.turn {
        add_turn(&mut metadata, rows);
    }
    let id = message.client_id.clone().unwrap_or_else(|| message.id.to_string());
    let parts = message_parts(message, entry.turn.as_ref());
    json!({"id": id, "role": message.role, "metadata": metadata, "parts": parts})
}

/// The parts of a message: those of its turn, or those it was stored with.
pub(crate) fn message_parts(message: &Message, turn: Option<&TurnRows>) -> Vec<Value> {
    turn.map_or_else(|| message.parts.clone(), answer_parts)
}

fn add_turn(metadata: &mut Value, rows: &TurnRows) {
    metadata["conversationId"] = json!(rows.turn.conversation_id);
    metadata["turnId"] = json!(rows.turn.id);
    metadata["userMessageId"] = json!(rows.turn.user_message_id);
    metadata["model"] = json!(rows.turn.model);
    metadata["status"] = json!(rows.turn.status);
    metadata["usage"] = json!(rows.spent);
    if rows.steps.last().is_some_and(|step: &StepRow| step.status == StepStatus::Interrupted) {
        metadata["interrupted"] = json!(true);
    }
    if let Some(error) = rows.turn.error.as_ref().filter(|_| rows.turn.status == TurnStatus::Failed)
    {
        metadata["error"] = json!(error);
    }
}

fn answer_parts(rows: &TurnRows) -> Vec<Value> {
    let mut parts = parts::fold(closed_transcript(rows).chunks);
    for call in &rows.calls {
        let Some(approval) = rows.question(call.id) else { continue };
        let id = call.id.to_string();
        if let Some(part) = parts.iter_mut().find(|part| part["toolCallId"] == id.as_str()) {
            parts::answer(part, approval);
        }
    }
    parts
}
