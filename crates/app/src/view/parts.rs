//! Folds chunks into the parts of a `UIMessage`, as `ai` 7.0.173 does on the client's side.

use agent::{ApprovalStatus, Chunk};
use serde_json::{Value, json};
use store::Approval;

/// The parts that a client has after these chunks.
pub(super) fn fold(chunks: Vec<Chunk>) -> Vec<Value> {
    let mut parts: Vec<Value> = Vec::new();
    for chunk in chunks {
        apply(&mut parts, chunk);
    }
    parts
}

fn apply(parts: &mut Vec<Value>, chunk: Chunk) {
    match chunk {
        Chunk::StartStep => parts.push(json!({"type": "step-start"})),
        Chunk::TextDelta { delta, .. } => {
            parts.push(json!({"type": "text", "text": delta, "state": "done"}));
        }
        Chunk::ReasoningDelta { id, delta } => {
            parts.push(json!({"type": "reasoning", "id": id, "text": delta, "state": "done"}));
        }
        Chunk::ToolInputAvailable { .. } => {
            let mut part = json!(chunk);
            part["type"] = json!("dynamic-tool");
            part["state"] = json!("input-available");
            remove(&mut part, "dynamic");
            parts.push(part);
        }
        Chunk::ToolApprovalRequest { approval_id, tool_call_id, approval_descriptor } => {
            set(parts, &tool_call_id, "approval-requested", |part| {
                part["approval"] = json!({"id": approval_id, "descriptor": approval_descriptor});
            });
        }
        Chunk::ToolOutputAvailable { tool_call_id, output, .. } => {
            set(parts, &tool_call_id, "output-available", |part| part["output"] = output);
        }
        Chunk::ToolOutputError { tool_call_id, error_text, .. } => {
            set(parts, &tool_call_id, "output-error", |part| part["errorText"] = json!(error_text));
        }
        Chunk::ToolOutputDenied { tool_call_id } => {
            set(parts, &tool_call_id, "output-denied", |part| {
                // A refusal by rule has no approval of its own, but a client's schema wants one.
                if part.get("approval").is_none() {
                    part["approval"] = json!({"id": tool_call_id});
                }
                part["approval"]["approved"] = json!(false);
            });
        }
        Chunk::SourceUrl { .. } | Chunk::DataUsage { .. } | Chunk::DataNotice { .. } => {
            parts.push(json!(chunk));
        }
        // A transcript from rows has no partial input and repeats nothing.
        Chunk::Start { .. }
        | Chunk::FinishStep
        | Chunk::ResetStep
        | Chunk::TextStart { .. }
        | Chunk::TextEnd { .. }
        | Chunk::ReasoningStart { .. }
        | Chunk::ReasoningEnd { .. }
        | Chunk::ToolInputStart { .. }
        | Chunk::ToolInputDelta { .. }
        | Chunk::DataConversation { .. }
        | Chunk::Abort {}
        | Chunk::Error { .. }
        | Chunk::Finish { .. } => {}
    }
}

fn remove(part: &mut Value, field: &str) {
    if let Some(fields) = part.as_object_mut() {
        fields.shift_remove(field);
    }
}

fn set(parts: &mut [Value], call: &str, state: &str, change: impl FnOnce(&mut Value)) {
    if let Some(part) = parts.iter_mut().find(|part| part["toolCallId"] == call) {
        part["state"] = json!(state);
        change(part);
    }
}

/// Adds to a tool's part what a person answered, which no chunk says.
pub(super) fn answer(part: &mut Value, approval: &Approval) {
    let approved = match approval.status {
        ApprovalStatus::Approved => true,
        ApprovalStatus::Denied => false,
        ApprovalStatus::Pending | ApprovalStatus::Expired | ApprovalStatus::Superseded => {
            // A part with an output may carry only an approval that was given.
            if part["state"] == "output-error" {
                remove(part, "approval");
            }
            return;
        }
    };
    part["approval"]["approved"] = json!(approved);
    if let Some(reason) = &approval.reason {
        part["approval"]["reason"] = json!(reason);
    }
    if part["state"] == "approval-requested" {
        part["state"] = json!("approval-responded");
    }
}
