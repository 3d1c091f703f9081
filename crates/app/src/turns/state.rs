//! From a turn's rows to what the rules look at.

use agent::model::StopReason;
use agent::turn::{CallState, TurnState};
use store::{StepRow, StepStatus, ToolCallRow, Ts, TurnRows};

use crate::{Settings, Tools};

/// The newest complete step.
pub(super) fn last_step(rows: &TurnRows) -> Option<&StepRow> {
    rows.steps.iter().rev().find(|step| step.status == StepStatus::Complete)
}

/// The turn as the rules see it.
pub(super) fn turn_state(
    rows: &TurnRows,
    tools: &Tools,
    settings: &Settings,
    running_since: Ts,
    now: Ts,
) -> TurnState {
    let last = last_step(rows);
    let calls = rows
        .calls
        .iter()
        .filter(|call| last.is_some_and(|step| step.id == call.step_id))
        .map(|call| call_state(call, tools, last.and_then(|step| step.stop.as_ref())))
        .collect();
    TurnState {
        stop_requested: rows.turn.stop_requested,
        epoch: rows.turn.epoch,
        tainted: rows.turn.tainted,
        limit_reached: rows.model_calls >= settings.max_model_calls
            || rows.spent.usage.total() >= settings.max_turn_tokens
            || now > running_since.plus(settings.max_turn_time),
        last_stop: last.and_then(|step| step.stop.clone()),
        calls,
    }
}

fn call_state(call: &ToolCallRow, tools: &Tools, stop: Option<&StopReason>) -> CallState {
    let spec = tools.get(&call.tool).map(|tool| tool.spec());
    let was_cut = matches!(stop, Some(StopReason::MaxTokens | StopReason::ContextWindowExceeded));
    let defect = if was_cut {
        Some("the answer was cut off before it was complete".to_owned())
    } else if spec.is_none() {
        Some(format!("there is no tool named `{}`", call.tool))
    } else {
        call.defect.clone()
    };
    CallState {
        id: call.id,
        tool: call.tool.clone(),
        arguments: call.effective_arguments().clone(),
        status: call.status,
        settled: call.result.is_some(),
        started_epoch: call.started_epoch,
        effect: spec.map(|spec| spec.effect),
        defect,
        schema_changed: spec.is_some_and(|spec| spec.schema_hash != call.schema_hash),
        repeated: call.repeated,
    }
}
