//! Small use cases around records: reading a conversation, deleting it, setting permissions.

use agent::UserId;
use agent::permission::{Ceiling, Mode, Rule, Verdict};
use serde_json::Value;
use store::{Conversation, Page, PageRequest, Ts};

use crate::{App, AppError, FieldProblem, Result, view};

/// The most conditions of a rule: each is tried on every call.
const MAX_CONDITIONS: usize = 16;

/// The most characters of a condition.
const MAX_PATTERN: usize = 200;

/// The most rules of a person.
const MAX_RULES: usize = 500;

impl App {
    /// A conversation by our id or the client's.
    pub async fn conversation(&self, owner: UserId, key: &str) -> Result<Conversation> {
        let found = self.0.store.conversations().find(owner, key).await?;
        found.ok_or(AppError::NotFound("conversation"))
    }

    /// One page of a conversation's active branch as UI messages, oldest first.
    pub async fn messages(
        &self,
        owner: UserId,
        key: &str,
        page: &PageRequest,
    ) -> Result<Page<Value>> {
        let conversations = self.0.store.conversations();
        let conversation = self.conversation(owner, key).await?;
        let Page { items, next } = conversations.branch_page(owner, conversation.id, page).await?;
        Ok(Page { items: items.iter().map(view::ui_message).collect(), next })
    }

    /// Deletes a conversation; what runs in it is stopped first.
    pub async fn delete_conversation(&self, owner: UserId, key: &str) -> Result<()> {
        self.stop(owner, key).await?;
        let conversation = self.conversation(owner, key).await?;
        self.0.store.conversations().delete(owner, conversation.id).await?;
        Ok(())
    }

    /// Replaces a person's mode and rules.
    pub async fn set_permissions(&self, owner: UserId, mode: Mode, rules: Vec<Rule>) -> Result<()> {
        check_rules(&rules)?;
        let permissions = self.0.store.permissions();
        if mode == Mode::BypassPermissions && !permissions.ceiling().await?.bypass_enabled {
            return Err(AppError::field("/mode", "an administrator must enable this mode first"));
        }
        let now: Ts = self.now();
        Ok(permissions.replace(owner, mode, rules, now).await?)
    }

    /// Replaces what holds for everybody; it counts from the next look at each running turn on.
    pub async fn set_ceiling(&self, ceiling: &Ceiling) -> Result<()> {
        check_rules(&ceiling.rules)?;
        let allows = |rule: &Rule| rule.verdict == Verdict::Allow;
        if let Some(place) = ceiling.rules.iter().position(allows) {
            let field = format!("/rules/{place}/verdict");
            return Err(AppError::field(field, "an administrator's rule can `ask` or `deny`"));
        }
        if let Some(place) = ceiling.rules.iter().position(|rule| rule.conversation_id.is_some()) {
            let field = format!("/rules/{place}/conversationId");
            return Err(AppError::field(field, "an administrator's rule holds everywhere"));
        }
        Ok(self.0.store.permissions().set_ceiling(ceiling).await?)
    }
}

/// Refuses rules that could never be meant.
fn check_rules(rules: &[Rule]) -> Result<()> {
    let mut problems = Vec::new();
    if rules.len() > MAX_RULES {
        problems.push(FieldProblem::new("/rules", format!("at most {MAX_RULES} rules")));
    }
    for (place, rule) in rules.iter().enumerate() {
        let mut wrong = |field: &str, problem: String| {
            problems.push(FieldProblem::new(format!("/rules/{place}/{field}"), problem));
        };
        let is_glob = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '*' | '?');
        if rule.tool.is_empty() || rule.tool.len() > 64 || !rule.tool.chars().all(is_glob) {
            let problem = "a tool name or a pattern with * and ?, at most 64 characters";
            wrong("tool", problem.to_owned());
        }
        let is_short = |text: &String| text.chars().count() <= MAX_PATTERN;
        let fits = rule.when.iter().all(|(pointer, glob)| is_short(pointer) && is_short(glob));
        if rule.when.len() > MAX_CONDITIONS || !fits {
            let most = format!("at most {MAX_CONDITIONS} conditions");
            wrong("when", format!("{most} of at most {MAX_PATTERN} characters"));
        }
        for pointer in rule.when.keys().filter(|pointer| !pointer.starts_with('/')) {
            wrong("when", format!("`{pointer}` is no JSON Pointer: it must begin with /"));
        }
    }
    AppError::unless_none(problems)
}
