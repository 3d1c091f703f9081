//! Answers to approvals.

use std::collections::BTreeMap;
use std::sync::Arc;

use agent::permission::{Rule, Verdict, remember_scope};
use agent::tool::ArgumentProblem;
use agent::vocabulary::Answer;
use agent::{ApprovalId, ApprovalStatus, UserId, digest};
use serde::Deserialize;
use serde_json::{Map, Value};
use store::{Approval, Decide, DecideOutcome, User};
use utoipa::ToSchema;

use crate::{App, AppError, FieldProblem, Result};

/// The most characters of a reason.
pub const MAX_REASON: usize = 2_000;

/// An answer.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DecideBody, example = json!({"decision": "approve"}))]
pub struct AnswerRequest {
    /// `approve` or `deny`.
    #[schema(value_type = String, example = "approve")]
    pub decision: Answer,
    /// The digest that the person saw; another one is refused.
    pub digest: Option<String>,
    /// Arguments to run instead.
    pub arguments: Option<Map<String, Value>>,
    /// Why; the model is told.
    pub reason: Option<String>,
    /// Make a rule of it.
    pub remember: Option<Remember>,
}

/// How far a remembered answer reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = RememberBody)]
pub enum Remember {
    /// In this conversation.
    Conversation,
    /// Everywhere.
    Always,
}

impl AnswerRequest {
    /// An answer without anything special.
    pub fn new(decision: Answer, reason: Option<String>) -> Self {
        Self { decision, digest: None, arguments: None, reason, remember: None }
    }
}

impl App {
    /// Decides an approval; the turn goes on by itself. The first answer counts, and the same answer
    /// again is no error.
    pub async fn answer(
        &self,
        user: &User,
        id: ApprovalId,
        request: AnswerRequest,
    ) -> Result<Approval> {
        let approvals = self.0.store.approvals();
        let approval = approvals.get(user.id, id).await?.ok_or(AppError::NotFound("approval"))?;
        let (edited, scope) = self.edited(user, &approval, &request).await?;
        let decide = Decide {
            id,
            answer: request.decision,
            edited,
            remember: remembered(&approval, &request, scope)?,
            digest: request.digest,
            reason: request.reason,
            now: self.now(),
        };
        let outcome = approvals.decide(user.id, decide).await?;
        match outcome.ok_or(AppError::NotFound("approval"))? {
            DecideOutcome::Decided(approval) => {
                self.wake(approval.turn_id).await?;
                Ok(*approval)
            }
            DecideOutcome::Repeated(approval) => Ok(*approval),
            DecideOutcome::AlreadyDecided(approval) => Err(decided(&approval)),
            DecideOutcome::DigestMismatch => Err(AppError::DigestMismatch),
        }
    }

    /// The JSON Schema of a tool's arguments, if the person has such a tool now.
    pub async fn input_schema(&self, user: UserId, tool: &str) -> Option<Arc<Value>> {
        let tools = self.catalogue(user).await;
        tools.get(tool).map(|tool| Arc::clone(&tool.spec().input_schema))
    }

    /// Edited arguments with their digest, checked by the tool as it is now; and to what a rule made
    /// of the answer is limited.
    async fn edited(
        &self,
        user: &User,
        approval: &Approval,
        request: &AnswerRequest,
    ) -> Result<(Option<(Value, String)>, Option<Conditions>)> {
        let unchanged = (None, approval.remember_scope.clone());
        let Some(arguments) = request.arguments.clone().map(Value::Object) else {
            return Ok(unchanged);
        };
        if request.decision == Answer::Deny {
            let problem = "only an approval can change the arguments";
            return Err(AppError::field("/arguments", problem));
        }
        let tools = self.catalogue(user.id).await;
        let Some(tool) = tools.get(&approval.tool) else {
            return Err(AppError::Conflict("the tool is no longer available"));
        };
        let spec = tool.spec();
        let problems = tool.check(&arguments);
        if !problems.is_empty() {
            let problems = problems.into_iter().map(|ArgumentProblem { pointer, problem }| {
                FieldProblem::new(format!("/arguments{pointer}"), problem)
            });
            return Err(AppError::Unprocessable(problems.collect()));
        }
        let digest = digest::of_call(&spec.name, &arguments, &spec.schema_hash)
            .map_err(|error| AppError::field("/arguments", error.to_string()))?;
        // The same arguments again are no edit.
        if digest == approval.digest {
            return Ok(unchanged);
        }
        let scope = remember_scope(spec, &arguments);
        Ok((Some((arguments, digest)), scope))
    }
}

/// What the arguments of a call must be for a rule to speak of it.
type Conditions = BTreeMap<String, String>;

/// The rule that a remembered answer makes. What is allowed is limited to the scope; a refusal of
/// what no rule can say is one of the whole tool.
fn remembered(
    approval: &Approval,
    request: &AnswerRequest,
    scope: Option<Conditions>,
) -> Result<Option<Rule>> {
    let Some(reach) = request.remember else { return Ok(None) };
    if request.decision == Answer::Approve && !(approval.rememberable && scope.is_some()) {
        let problem = "a rule would have no effect on this call; approve it this once";
        return Err(AppError::field("/remember", problem));
    }
    Ok(Some(Rule {
        id: store::fresh(),
        verdict: match request.decision {
            Answer::Approve => Verdict::Allow,
            Answer::Deny => Verdict::Deny,
        },
        tool: approval.tool.clone(),
        when: scope.unwrap_or_default(),
        conversation_id: match reach {
            Remember::Conversation => Some(approval.conversation_id),
            Remember::Always => None,
        },
    }))
}

/// Refuses an answer that contradicts what is stored, before anything is changed.
pub(crate) fn refuse_contradiction(approval: &Approval, answer: Answer) -> Result<()> {
    if approval.status == ApprovalStatus::Pending || approval.status == answer.status() {
        return Ok(());
    }
    Err(decided(approval))
}

fn decided(approval: &Approval) -> AppError {
    AppError::ApprovalDecided(match approval.status {
        ApprovalStatus::Approved => "this was already approved".to_owned(),
        ApprovalStatus::Denied => "this was already denied".to_owned(),
        ApprovalStatus::Superseded => {
            "this no longer counts: the conversation went on without it".to_owned()
        }
        ApprovalStatus::Expired | ApprovalStatus::Pending => {
            "this can no longer be answered: its time ran out".to_owned()
        }
    })
}
