//! Who may let a tool call run: a person's mode and rules, the administrator's ceiling, and the
//! cases in which a person is asked whatever the rules say.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use wildmatch::WildMatch;

use crate::tool::{Effect, ToolSpec};
use crate::{ConversationId, RuleId, words};

words! {
    /// What a person generally allows.
    Mode as "permission mode" {
        /// Reads run, and writes that can be undone; other writes ask.
        Default = "default",
        /// Also reversible writes to Smithers' own rows run.
        AcceptEdits = "acceptEdits",
        /// Nothing is written.
        Plan = "plan",
        /// What no rule allows is refused without asking.
        DontAsk = "dontAsk",
        /// Everything runs; an administrator must have enabled it.
        BypassPermissions = "bypassPermissions",
    }
}

words! {
    /// What a rule says of a call.
    Verdict as "verdict" {
        /// It runs.
        Allow = "allow",
        /// A person is asked.
        Ask = "ask",
        /// It is refused.
        Deny = "deny",
    }
}

words! {
    /// What decided a call.
    DeciderKind as "decider" {
        /// A person.
        User = "user",
        /// A person's rule.
        Rule = "rule",
        /// A person's mode.
        Mode = "mode",
        /// An administrator's rule or pause.
        Admin = "admin",
        /// Outside text in the turn, or a call that may already have happened.
        Taint = "taint",
        /// Nobody, in time.
        Expiry = "expiry",
    }
}

/// The most characters of an argument that a pattern is tried on.
const MAX_MATCHED: usize = 2_000;

/// One rule of a person or an administrator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// What it says.
    pub verdict: Verdict,
    /// Glob over tool names (`*` and `?`).
    pub tool: String,
    /// JSON Pointer into the arguments → glob over the value there; all must match.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub when: BTreeMap<String, String>,
    /// Only in this conversation, if set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
}

impl Rule {
    /// Whether the rule speaks of this call. A value of more than 2 000 characters is not compared,
    /// because comparing takes as long as pattern times value: an `allow` never speaks of it, an
    /// `ask` or `deny` always does. To compare only its beginning would let the rest slip past.
    pub fn matches(&self, tool: &str, arguments: &Value) -> bool {
        WildMatch::new(&self.tool).matches(tool)
            && self.when.iter().all(|(pointer, glob)| {
                arguments.pointer(pointer).is_some_and(|value| {
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    if text.chars().nth(MAX_MATCHED).is_some() {
                        return self.verdict != Verdict::Allow;
                    }
                    WildMatch::new(glob).matches(&text)
                })
            })
    }
}

/// What an administrator has set for everybody.
#[derive(Clone, Debug, PartialEq)]
pub struct Ceiling {
    /// Rules that ask or deny; an `allow` among them has no meaning.
    pub rules: Vec<Rule>,
    /// Every write is stopped.
    pub paused: bool,
    /// People may choose to bypass permissions.
    pub bypass_enabled: bool,
    /// After text from outside was read, writes ask even where a rule allows them.
    pub taint_asks: bool,
}

impl Default for Ceiling {
    fn default() -> Self {
        Self { rules: Vec::new(), paused: false, bypass_enabled: false, taint_asks: true }
    }
}

/// Everything that decides calls in one conversation of one person.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The person's mode.
    pub mode: Mode,
    /// The person's rules that apply in this conversation.
    pub rules: Vec<Rule>,
    /// What the administrator has set.
    pub ceiling: Ceiling,
}

impl Default for Policy {
    fn default() -> Self {
        Self { mode: Mode::Default, rules: Vec::new(), ceiling: Ceiling::default() }
    }
}

/// What is decided about a call, and by what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// What gave it.
    pub by: DeciderKind,
    /// The rule, if one did.
    pub rule: Option<RuleId>,
}

/// What of the turn matters to a judgement besides the call itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// The turn has read text from outside, or goes on from such text.
    pub tainted: bool,
    /// The same call has already succeeded, or may have, in this conversation.
    pub repeated: bool,
}

impl Policy {
    /// Judges one call. The order is: administrator's deny, deny, administrator's ask, ask, repeat
    /// and taint, allow, mode. Repeats and taint ask for writes only.
    pub fn judge(
        &self,
        tool: &str,
        arguments: &Value,
        effect: Effect,
        circumstances: Circumstances,
    ) -> Judgement {
        if let Some(forbidden) = self.forbids(tool, arguments, effect) {
            return forbidden;
        }
        if let Some(rule) = find(&self.ceiling.rules, Verdict::Ask, tool, arguments) {
            return Judgement { verdict: self.ask(), by: DeciderKind::Admin, rule: Some(rule) };
        }
        if let Some(rule) = find(&self.rules, Verdict::Ask, tool, arguments) {
            return Judgement { verdict: self.ask(), by: DeciderKind::Rule, rule: Some(rule) };
        }
        let tainted = circumstances.tainted && self.ceiling.taint_asks;
        if !effect.is_read() && (tainted || circumstances.repeated) {
            return Judgement { verdict: self.ask(), by: DeciderKind::Taint, rule: None };
        }
        if let Some(rule) = find(&self.rules, Verdict::Allow, tool, arguments) {
            return Judgement { verdict: Verdict::Allow, by: DeciderKind::Rule, rule: Some(rule) };
        }
        Judgement { verdict: self.by_mode(effect), by: DeciderKind::Mode, rule: None }
    }

    /// The refusal that holds even for a call that a person has approved: an administrator's deny
    /// or pause, a deny rule, or a plan, which writes nothing.
    pub fn forbids(&self, tool: &str, arguments: &Value, effect: Effect) -> Option<Judgement> {
        let denied = |by, rule| Some(Judgement { verdict: Verdict::Deny, by, rule });
        let is_write = !effect.is_read();
        if let Some(rule) = find(&self.ceiling.rules, Verdict::Deny, tool, arguments) {
            return denied(DeciderKind::Admin, Some(rule));
        }
        if self.ceiling.paused && is_write {
            return denied(DeciderKind::Admin, None);
        }
        if let Some(rule) = find(&self.rules, Verdict::Deny, tool, arguments) {
            return denied(DeciderKind::Rule, Some(rule));
        }
        if self.mode == Mode::Plan && is_write {
            return denied(DeciderKind::Mode, None);
        }
        None
    }

    /// Whether a rule made from an answer to this call would ever have an effect.
    pub fn is_rememberable(
        &self,
        tool: &str,
        arguments: &Value,
        effect: Effect,
        circumstances: Circumstances,
    ) -> bool {
        let asked = self.judge(tool, arguments, effect, circumstances);
        asked.verdict == Verdict::Ask && asked.by == DeciderKind::Mode
    }

    /// Where a person would be asked, `dontAsk` refuses.
    const fn ask(&self) -> Verdict {
        match self.mode {
            Mode::DontAsk => Verdict::Deny,
            Mode::Default | Mode::AcceptEdits | Mode::Plan | Mode::BypassPermissions => {
                Verdict::Ask
            }
        }
    }

    const fn by_mode(&self, effect: Effect) -> Verdict {
        match (self.mode, effect) {
            (_, Effect::Read) => Verdict::Allow,
            (Mode::BypassPermissions, Effect::Write { .. }) if self.ceiling.bypass_enabled => {
                Verdict::Allow
            }
            (
                Mode::Default | Mode::AcceptEdits | Mode::BypassPermissions,
                Effect::Write { undoable: true, outward: false, .. },
            )
            | (Mode::AcceptEdits, Effect::Write { destructive: false, outward: false, .. }) => {
                Verdict::Allow
            }
            (Mode::Plan | Mode::DontAsk, Effect::Write { .. }) => Verdict::Deny,
            (Mode::Default | Mode::AcceptEdits | Mode::BypassPermissions, Effect::Write { .. }) => {
                Verdict::Ask
            }
        }
    }
}

/// To what a remembered answer about this call is limited, as the conditions of a rule: nothing for
/// a tool that works on Smithers' own rows, the values of its scope for an outward one. `None` if
/// no rule can say that: a value is missing, too long to compare, or would read as a pattern.
pub fn remember_scope(spec: &ToolSpec, arguments: &Value) -> Option<BTreeMap<String, String>> {
    let Effect::Write { outward: true, .. } = spec.effect else { return Some(BTreeMap::new()) };
    let value = |pointer: &String| {
        let value = arguments.pointer(pointer)?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let is_plain = !text.contains(['*', '?']) && text.chars().nth(MAX_MATCHED).is_none();
        is_plain.then(|| (pointer.clone(), text))
    };
    spec.scope.iter().map(value).collect()
}

fn find(rules: &[Rule], verdict: Verdict, tool: &str, arguments: &Value) -> Option<RuleId> {
    rules
        .iter()
        .find(|rule| rule.verdict == verdict && rule.matches(tool, arguments))
        .map(|rule| rule.id)
}
