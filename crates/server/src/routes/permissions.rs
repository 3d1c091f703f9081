//! Permission mode and rules, and the log of decisions.

use std::collections::BTreeMap;

use agent::RuleId;
use agent::permission::{Ceiling, Mode, Rule, Verdict};
use app::Decision;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::List;
use crate::ServerState;
use crate::access::{Administrator, Approver, CurrentUser};
use crate::describe::Paging;
use crate::extract::{Body, Parameters};
use crate::problem::Problem;

/// A person's permissions.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"mode": "default", "rules": [{"verdict": "allow", "tool": "create_task"}]}))]
pub(super) struct PermissionsBody {
    /// `default`, `acceptEdits`, `plan`, `dontAsk` or `bypassPermissions`.
    #[schema(value_type = String, example = "default")]
    mode: Mode,
    /// The rules.
    rules: Vec<RuleBody>,
}

/// One rule.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RuleBody {
    /// Its id; left out for a new rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    id: Option<RuleId>,
    /// `allow`, `ask` or `deny`.
    #[schema(value_type = String, example = "allow")]
    verdict: Verdict,
    /// A tool name, or a pattern with `*` and `?`.
    #[schema(example = "create_task")]
    tool: String,
    /// JSON Pointer into the arguments → pattern over the value there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    when: BTreeMap<String, String>,
    /// Only in this conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    conversation_id: Option<agent::ConversationId>,
}

/// What holds for everybody.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CeilingBody {
    /// Every write is stopped.
    paused: bool,
    /// People may choose the mode `bypassPermissions`.
    bypass_enabled: bool,
    /// After text from outside was read, writes ask even where a rule allows them.
    taint_asks: bool,
    /// Rules that `ask` or `deny`.
    #[schema(example = json!([{"verdict": "ask", "tool": "delete_*"}]))]
    rules: Vec<RuleBody>,
}

/// What is to hold for everybody. What is left out stays, so that nothing lifts a pause unmeant.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"paused": false, "rules": [{"verdict": "ask", "tool": "delete_*"}]}))]
pub(super) struct CeilingInput {
    /// Stop every write.
    paused: Option<bool>,
    /// Let people choose the mode `bypassPermissions`.
    bypass_enabled: Option<bool>,
    /// After text from outside was read, ask for writes even where a rule allows them.
    taint_asks: Option<bool>,
    /// All the rules: each `ask` or `deny`.
    rules: Option<Vec<RuleBody>>,
}

/// One entry of the log.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DecisionBody {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// Where.
    #[schema(format = "uuid")]
    conversation_id: String,
    /// In which turn.
    #[schema(format = "uuid")]
    turn_id: String,
    /// About which call.
    #[schema(format = "uuid")]
    tool_call_id: String,
    /// The tool.
    #[schema(example = "create_task")]
    tool: String,
    /// `allow` or `deny`.
    #[schema(value_type = String, example = "allow")]
    verdict: Verdict,
    /// Who or what decided.
    by: Decider,
    /// When.
    #[schema(format = "date-time")]
    at: String,
}

#[derive(Serialize, ToSchema)]
struct Decider {
    /// `user`, `rule`, `mode`, `admin`, `taint` or `expiry`.
    #[schema(value_type = String, example = "user")]
    kind: agent::permission::DeciderKind,
    /// The person or rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    id: Option<String>,
}

impl From<Rule> for RuleBody {
    fn from(rule: Rule) -> Self {
        Self {
            id: Some(rule.id),
            verdict: rule.verdict,
            tool: rule.tool,
            when: rule.when,
            conversation_id: rule.conversation_id,
        }
    }
}

impl From<RuleBody> for Rule {
    fn from(body: RuleBody) -> Self {
        Self {
            id: body.id.unwrap_or_else(app::fresh),
            verdict: body.verdict,
            tool: body.tool,
            when: body.when,
            conversation_id: body.conversation_id,
        }
    }
}

impl From<Decision> for DecisionBody {
    fn from(decision: Decision) -> Self {
        Self {
            id: decision.id.to_string(),
            conversation_id: decision.conversation_id.to_string(),
            turn_id: decision.turn_id.to_string(),
            tool_call_id: decision.tool_call_id.to_string(),
            tool: decision.tool,
            verdict: decision.verdict,
            by: Decider { kind: decision.by, id: decision.by_id },
            at: decision.at.to_string(),
        }
    }
}

/// One's own mode and rules.
#[utoipa::path(get, path = "/api/permissions", tag = "Approvals", responses((status = 200, body = PermissionsBody)))]
pub(super) async fn get(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
) -> Result<Json<PermissionsBody>, Problem> {
    let permissions = state.app.store().permissions();
    let (mode, rules) = permissions.get(user.id).await.map_err(app::AppError::from)?;
    Ok(Json(PermissionsBody { mode, rules: rules.into_iter().map(Into::into).collect() }))
}

/// Replaces one's own mode and rules.
#[utoipa::path(put, path = "/api/permissions", tag = "Approvals", request_body = PermissionsBody, responses((status = 200, body = PermissionsBody)))]
pub(super) async fn put(
    state: State<ServerState>,
    Approver(user): Approver,
    Body(body): Body<PermissionsBody>,
) -> Result<Json<PermissionsBody>, Problem> {
    let rules = body.rules.into_iter().map(Into::into).collect();
    state.app.set_permissions(user.id, body.mode, rules).await?;
    get(state, CurrentUser(user)).await
}

/// What an administrator has set for everybody.
#[utoipa::path(get, path = "/api/admin/permissions", tag = "Approvals", responses((status = 200, body = CeilingBody)))]
pub(super) async fn get_ceiling(
    State(state): State<ServerState>,
    Administrator: Administrator,
) -> Result<Json<CeilingBody>, Problem> {
    let ceiling = state.app.store().permissions().ceiling().await.map_err(app::AppError::from)?;
    Ok(Json(CeilingBody {
        paused: ceiling.paused,
        bypass_enabled: ceiling.bypass_enabled,
        taint_asks: ceiling.taint_asks,
        rules: ceiling.rules.into_iter().map(Into::into).collect(),
    }))
}

/// Sets what holds for everybody; what is left out stays.
#[utoipa::path(put, path = "/api/admin/permissions", tag = "Approvals", request_body = CeilingInput, responses((status = 200, body = CeilingBody)))]
pub(super) async fn put_ceiling(
    state: State<ServerState>,
    Administrator: Administrator,
    Body(body): Body<CeilingInput>,
) -> Result<Json<CeilingBody>, Problem> {
    let kept = state.app.store().permissions().ceiling().await.map_err(app::AppError::from)?;
    let rules = body.rules.map(|rules| rules.into_iter().map(Into::into).collect());
    let ceiling = Ceiling {
        rules: rules.unwrap_or(kept.rules),
        paused: body.paused.unwrap_or(kept.paused),
        bypass_enabled: body.bypass_enabled.unwrap_or(kept.bypass_enabled),
        taint_asks: body.taint_asks.unwrap_or(kept.taint_asks),
    };
    state.app.set_ceiling(&ceiling).await?;
    get_ceiling(state, Administrator).await
}

/// Who or what decided each call, newest first.
#[utoipa::path(get, path = "/api/decisions", tag = "Approvals",
    params(Paging),
    responses((status = 200, body = List<DecisionBody>)))]
pub(super) async fn decisions(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    query: Parameters,
) -> Result<Json<List<DecisionBody>>, Problem> {
    let permissions = state.app.store().permissions();
    let page = permissions.decisions(user.id, &query.page()?).await;
    Ok(Json(List::of(page.map_err(app::AppError::from)?)))
}
