//! Permission modes and rules, and the log of decisions.

use agent::permission::{Ceiling, Mode, Policy, Rule};
use agent::{ConversationId, RuleId, UserId};

use crate::db::{Cells, FromCells, Tx, insert, sql};
use crate::{Decision, Page, PageRequest, Permissions, Result, Ts};

/// The cells of a rule, all empty if there is none: id, verdict, tool, conditions, conversation.
impl FromCells for Option<Rule> {
    fn read(cells: &mut Cells<'_>) -> Result<Self> {
        let Some(id) = cells.take::<Option<RuleId>>()? else { return Ok(None) };
        Ok(Some(Rule {
            id,
            verdict: cells.take()?,
            tool: cells.take()?,
            when: cells.take()?,
            conversation_id: cells.take()?,
        }))
    }
}

impl Permissions {
    /// A person's mode, as far as the administrator allows it, and all their rules, oldest first.
    pub async fn get(&self, owner: UserId) -> Result<(Mode, Vec<Rule>)> {
        let read = sql!("SELECT CASE WHEN users.mode = 'bypassPermissions'
                 AND NOT (SELECT ceiling.bypass_enabled FROM ceiling) THEN 'default'
                 ELSE users.mode END,
             rules.id, rules.verdict, rules.tool, rules.conditions, rules.conversation_id FROM users LEFT JOIN rules ON rules.user_id = users.id
             WHERE users.id = $1 ORDER BY rules.position", [owner]);
        let rows: Vec<(Mode, Option<Rule>)> = self.db.rows(read).await?;
        let mode = rows.first().map_or(Mode::Default, |(mode, _)| *mode);
        Ok((mode, rows.into_iter().filter_map(|(_, rule)| rule).collect()))
    }

    /// Replaces both. Rules keep their ids and their order; one for a conversation that the person
    /// does not have would never apply, so it is left out.
    pub async fn replace(
        &self,
        owner: UserId,
        mode: Mode,
        rules: Vec<Rule>,
        now: Ts,
    ) -> Result<()> {
        let mut tx = self.db.begin().await?;
        tx.execute(sql!("UPDATE users SET mode = $2 WHERE id = $1", [owner, mode])).await?;
        tx.execute(sql!("DELETE FROM rules WHERE user_id = $1", [owner])).await?;
        for rule in &rules {
            append_rule(&mut tx, owner, rule, now).await?;
        }
        tx.commit().await
    }

    /// What decides calls in a conversation: the mode and the rules that apply there.
    pub async fn policy(&self, owner: UserId, conversation: ConversationId) -> Result<Policy> {
        let (mode, mut rules) = self.get(owner).await?;
        rules.retain(|rule| rule.conversation_id.is_none_or(|only| only == conversation));
        Ok(Policy { mode, rules, ceiling: self.ceiling().await? })
    }

    /// What the administrator has set.
    pub async fn ceiling(&self) -> Result<Ceiling> {
        let read = sql!(
            "SELECT ceiling.paused, ceiling.bypass_enabled, ceiling.taint_asks, ceiling_rules.id,
             ceiling_rules.verdict, ceiling_rules.tool, ceiling_rules.conditions, $1
             FROM ceiling LEFT JOIN ceiling_rules ON TRUE ORDER BY ceiling_rules.position",
            [None::<ConversationId>]
        );
        let mut ceiling = Ceiling::default();
        for (paused, bypass_enabled, taint_asks, rule) in self.db.rows(read).await? {
            ceiling = Ceiling { paused, bypass_enabled, taint_asks, ..ceiling };
            ceiling.rules.extend::<Option<Rule>>(rule);
        }
        Ok(ceiling)
    }

    /// Replaces what the administrator has set.
    pub async fn set_ceiling(&self, ceiling: &Ceiling) -> Result<()> {
        let mut tx = self.db.begin().await?;
        let update = sql!(
            "UPDATE ceiling SET paused = $1, bypass_enabled = $2, taint_asks = $3",
            [ceiling.paused, ceiling.bypass_enabled, ceiling.taint_asks]
        );
        tx.execute(update).await?;
        tx.execute(sql!("DELETE FROM ceiling_rules")).await?;
        for (position, rule) in (0_i64..).zip(&ceiling.rules) {
            let insert = insert!("ceiling_rules" {
                id: rule.id, position: position, verdict: rule.verdict, tool: rule.tool,
                conditions: rule.when,
            });
            let replace = " ON CONFLICT (id) DO UPDATE SET verdict = excluded.verdict,
                tool = excluded.tool, conditions = excluded.conditions";
            tx.execute(insert.then_text(replace)).await?;
        }
        tx.commit().await
    }

    /// The decision log, newest first.
    pub async fn decisions(&self, owner: UserId, page: &PageRequest) -> Result<Page<Decision>> {
        let read = sql!(Decision, "SELECT {} FROM decisions WHERE user_id = $1", [owner]);
        self.db.newest(read, page, |last: &Decision| last.id.0).await
    }
}

/// Adds a rule after the others; one with the same id is replaced.
pub(crate) async fn append_rule(tx: &mut Tx, owner: UserId, rule: &Rule, now: Ts) -> Result<()> {
    let insert = sql!(
        "INSERT INTO rules (user_id, id, position, verdict, tool, conditions, conversation_id,
         created_at)
         SELECT users.id, $2, (SELECT COALESCE(MAX(position) + 1, 0) FROM rules
             WHERE user_id = $1), $3, $4, $5, $6, $7 FROM users
         WHERE users.id = $1 AND ($6 IS NULL OR EXISTS (SELECT 1 FROM conversations
             WHERE conversations.id = $6 AND conversations.user_id = $1))
         ON CONFLICT (user_id, id) DO UPDATE SET verdict = $3, tool = $4, conditions = $5,
         conversation_id = $6",
        [owner, rule.id, rule.verdict, rule.tool, rule.when, rule.conversation_id, now]
    );
    tx.run(insert).await
}
