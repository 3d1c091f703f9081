//! The log of decisions: who or what let a call run, or refused it.

use agent::permission::Verdict;
use agent::{DecisionId, ToolCallId};

use crate::db::{Sql, Tx, insert};
use crate::{Decider, Result, Ts, fresh};

/// Logs what was decided about a call.
pub(crate) async fn log(
    tx: &mut Tx,
    call: ToolCallId,
    verdict: Verdict,
    by: Decider,
    now: Ts,
) -> Result<()> {
    let insert = insert!("decisions" from "tool_calls JOIN turns ON turns.id = tool_calls.turn_id" {
        id: fresh::<DecisionId>(), user_id: Sql("turns.user_id"),
        conversation_id: Sql("turns.conversation_id"), turn_id: Sql("turns.id"),
        tool_call_id: call, tool: Sql("tool_calls.tool"), verdict: verdict, decider: by.kind,
        by_id: by.id, decided_at: now,
    });
    tx.run(insert.then_push(" WHERE tool_calls.id = $", &call)).await
}
