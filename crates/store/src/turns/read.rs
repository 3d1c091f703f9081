//! Reading turns with all that belongs to them.

use std::collections::HashMap;

use agent::price::Spent;
use agent::{ConversationId, MessageId, TurnId, UserId};

use super::Turns;
use crate::conversations::Stretch;
use crate::db::{Statement, Tx, sql};
use crate::{Approval, Decision, Result, StepRow, StepStatus, Story, ToolCallRow, Turn, TurnRows};

impl Turns {
    /// The newest turn that answers this user message.
    pub async fn answering(&self, owner: UserId, message: MessageId) -> Result<Option<Turn>> {
        self.db.row(newest_answering(owner, message)).await
    }

    /// A turn with everything that belongs to it.
    pub async fn load(&self, id: TurnId) -> Result<Option<TurnRows>> {
        let mut tx = self.db.snapshot().await?;
        let loaded = read_turns(&mut tx, Scope::Turn(id)).await?.remove(&id);
        tx.commit().await?;
        Ok(loaded)
    }

    /// The whole story of a turn.
    pub async fn story(&self, owner: UserId, id: TurnId) -> Result<Option<Story>> {
        let mut tx = self.db.snapshot().await?;
        let rows = read_turns(&mut tx, Scope::Turn(id)).await?.remove(&id);
        let Some(rows) = rows.filter(|rows| rows.turn.user_id == owner) else { return Ok(None) };
        let decisions = sql!(
            Decision,
            "SELECT {} FROM decisions WHERE user_id = $1 AND turn_id = $2 ORDER BY id",
            [owner, id]
        );
        let decisions = tx.rows(decisions).await?;
        let repeats = sql!(
            "SELECT tool_calls.id FROM tool_calls WHERE tool_calls.turn_id = $1
             AND EXISTS (SELECT 1 FROM tool_calls AS other
                 WHERE other.conversation_id = tool_calls.conversation_id
                 AND other.digest = tool_calls.digest AND other.effect <> 'read'
                 AND other.turn_id < tool_calls.turn_id
                 AND other.status IN ('succeeded', 'unknown'))",
            [id]
        );
        let repeats = tx.rows(repeats).await?;
        tx.commit().await?;
        Ok(Some(Story { rows, decisions, repeats }))
    }

    /// The active turn of a conversation.
    pub async fn active(
        &self,
        owner: UserId,
        conversation: ConversationId,
    ) -> Result<Option<Turn>> {
        let read = sql!(
            Turn,
            "SELECT {} FROM turns WHERE user_id = $1 AND conversation_id = $2
             AND status IN ('queued', 'running', 'waiting')",
            [owner, conversation]
        );
        self.db.row(read).await
    }
}

pub(super) fn newest_answering(owner: UserId, message: MessageId) -> Statement {
    sql!(
        Turn,
        "SELECT {} FROM turns WHERE user_id = $1 AND user_message_id = $2 ORDER BY id DESC LIMIT 1",
        [owner, message]
    )
}

/// Which turns to read.
#[derive(Clone, Copy)]
pub(crate) enum Scope {
    /// One.
    Turn(TurnId),
    /// Those of a stretch of a branch.
    Stretch(Stretch),
    /// All of a conversation, whose owner is known.
    Conversation(ConversationId),
}

impl Scope {
    /// Narrows a statement that reads from `turns`.
    fn of(self, mut read: Statement, order: &'static str) -> Statement {
        match self {
            Self::Turn(id) => read.push(" WHERE turns.id = $", &id),
            Self::Conversation(id) => read.push(" WHERE turns.conversation_id = $", &id),
            Self::Stretch(stretch) => {
                read.push_text(" WHERE turns.id IN (SELECT messages.turn_id FROM ");
                stretch.push_to(&mut read);
                read.push_text(" AS branch JOIN messages ON messages.id = branch.id)");
            }
        }
        read.push_text(order);
        read
    }
}

/// Turns with all that belongs to them, by their ids: one statement for each table.
pub(crate) async fn read_turns(tx: &mut Tx, scope: Scope) -> Result<HashMap<TurnId, TurnRows>> {
    let turns = sql!(Turn, "SELECT {} FROM turns");
    let turns: Vec<Turn> = tx.rows(scope.of(turns, " ORDER BY turns.id")).await?;
    if turns.is_empty() {
        return Ok(HashMap::new());
    }
    let begun = turns.into_iter().map(|turn| (turn.id, TurnRows::begun(turn)));
    let mut rows: HashMap<TurnId, TurnRows> = begun.collect();
    let steps = sql!(StepRow, "SELECT {} FROM turns JOIN steps ON steps.turn_id = turns.id");
    let steps: Vec<StepRow> =
        tx.rows(scope.of(steps, " ORDER BY steps.turn_id, steps.seq")).await?;
    for step in steps {
        rows.entry(step.turn_id).and_modify(|turn| turn.add_step(step));
    }
    let calls = sql!(
        ToolCallRow,
        "SELECT {} FROM turns JOIN tool_calls ON tool_calls.turn_id = turns.id
         JOIN steps ON steps.id = tool_calls.step_id"
    );
    let calls: Vec<ToolCallRow> =
        tx.rows(scope.of(calls, " ORDER BY tool_calls.turn_id, steps.seq, tool_calls.seq")).await?;
    if calls.is_empty() {
        return Ok(rows);
    }
    for call in calls {
        rows.entry(call.turn_id).and_modify(|turn| turn.calls.push(call));
    }
    let approvals = sql!(
        Approval,
        "SELECT {} FROM turns JOIN approvals ON approvals.turn_id = turns.id
         JOIN tool_calls ON tool_calls.id = approvals.tool_call_id"
    );
    let approvals: Vec<Approval> = tx.rows(scope.of(approvals, " ORDER BY approvals.id")).await?;
    for approval in approvals {
        rows.entry(approval.turn_id).and_modify(|turn| turn.approvals.push(approval));
    }
    Ok(rows)
}

impl TurnRows {
    /// Those of a turn that has only begun.
    pub fn begun(turn: Turn) -> Self {
        Self {
            turn,
            steps: Vec::new(),
            broken: Vec::new(),
            calls: Vec::new(),
            approvals: Vec::new(),
            spent: Spent::default(),
            model_calls: 0,
        }
    }

    fn add_step(&mut self, step: StepRow) {
        self.model_calls += 1;
        self.spent = self.spent + step.spent;
        match step.status {
            StepStatus::Complete | StepStatus::Interrupted => self.steps.push(step),
            StepStatus::Broken => self.broken.push(step),
        }
    }
}
