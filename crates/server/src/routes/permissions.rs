//! Permission mode and rules, and the log of decisions.

use std::collections::BTreeMap;

use agent::RuleId;
use agent::permission::{Ceiling, Mode, Rule, Verdict};
use app::{Decision, Page};
use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Reply;
use crate::access::{Administrator, Approver, CurrentUser};
use crate::describe::Paging;
use crate::extract::{Body, Parameters};

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

/// One's own mode and rules.
#[utoipa::path(get, path = "/api/permissions", tag = "Approvals", responses((status = 200, body = PermissionsBody)))]
pub(super) async fn get(me: CurrentUser) -> Reply<PermissionsBody> {
    let (mode, rules) = me.store().permissions().get(me.id()).await?;
    Ok(Json(PermissionsBody { mode, rules: rules.into_iter().map(Into::into).collect() }))
}

/// Replaces one's own mode and rules.
#[utoipa::path(put, path = "/api/permissions", tag = "Approvals", request_body = PermissionsBody, responses((status = 200, body = PermissionsBody)))]
pub(super) async fn put(
    Approver(me): Approver,
    Body(body): Body<PermissionsBody>,
) -> Reply<PermissionsBody> {
    let rules = body.rules.into_iter().map(Into::into).collect();
    me.app.set_permissions(me.id(), body.mode, rules).await?;
    get(me).await
}

/// What an administrator has set for everybody.
#[utoipa::path(get, path = "/api/admin/permissions", tag = "Approvals", responses((status = 200, body = CeilingBody)))]
pub(super) async fn get_ceiling(Administrator(me): Administrator) -> Reply<CeilingBody> {
    let Ceiling { rules, paused, bypass_enabled, taint_asks } =
        me.store().permissions().ceiling().await?;
    let rules = rules.into_iter().map(Into::into).collect();
    Ok(Json(CeilingBody { paused, bypass_enabled, taint_asks, rules }))
}

/// Sets what holds for everybody; what is left out stays.
#[utoipa::path(put, path = "/api/admin/permissions", tag = "Approvals", request_body = CeilingInput, responses((status = 200, body = CeilingBody)))]
pub(super) async fn put_ceiling(
    Administrator(me): Administrator,
    Body(body): Body<CeilingInput>,
) -> Reply<CeilingBody> {
    let kept = me.store().permissions().ceiling().await?;
    let rules = body.rules.map(|rules| rules.into_iter().map(Into::into).collect());
    let ceiling = Ceiling {
        rules: rules.unwrap_or(kept.rules),
        paused: body.paused.unwrap_or(kept.paused),
        bypass_enabled: body.bypass_enabled.unwrap_or(kept.bypass_enabled),
        taint_asks: body.taint_asks.unwrap_or(kept.taint_asks),
    };
    me.app.set_ceiling(&ceiling).await?;
    get_ceiling(Administrator(me)).await
}

/// Who or what decided each call, newest first.
#[utoipa::path(get, path = "/api/decisions", tag = "Approvals",
    params(Paging),
    responses((status = 200, body = Page<Decision>)))]
pub(super) async fn decisions(me: CurrentUser, query: Parameters) -> Reply<Page<Decision>> {
    Ok(Json(me.store().permissions().decisions(me.id(), &query.page()?).await?))
}
