//! The log of decisions: who or what let a call run, or refused it.

use agent::permission::Verdict;
use agent::{DecisionId, ToolCallId};

use crate::db::{Tx, sql};
use crate::{Decider, Result, Ts, fresh};

/// Logs what was decided about a call.
pub(crate) async fn log(
    tx: &mut Tx,
    call: ToolCallId,
    verdict: Verdict,
    by: Decider,
    now: Ts,
) -> Result<()> {
    let insert = sql!(
        "INSERT INTO decisions (id, user_id, conversation_id, turn_id, tool_call_id, tool,
         verdict, decider, by_id, decided_at)
         SELECT $1, turns.user_id, turns.conversation_id, turns.id, tool_calls.id,
         tool_calls.tool, $3, $4, $5, $6
         FROM tool_calls JOIN turns ON turns.id = tool_calls.turn_id WHERE tool_calls.id = $2",
        fresh::<DecisionId>(),
        call,
        verdict,
        by.kind,
        by.id,
        now
    );
    tx.execute(insert).await?;
    Ok(())
}
