//! Approvals: the inbox, and answering.

use std::collections::BTreeMap;
use std::sync::Arc;

use agent::vocabulary::Answer;
use agent::{ApprovalId, ApprovalStatus};
use app::{AnswerRequest, Approval, MAX_REASON, Page, Remember};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Reply;
use crate::access::{Approver, CurrentUser};
use crate::describe::{Id, Paging};
use crate::extract::{Body, Parameters, PathId, read};
use crate::problem::{Problem, ProblemBody, RequestId, Result};

/// One question put to a person about one tool call.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApprovalBody {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// Where it was asked.
    #[schema(format = "uuid")]
    conversation_id: String,
    /// In which turn.
    #[schema(format = "uuid")]
    turn_id: String,
    /// About which call.
    #[schema(format = "uuid")]
    tool_call_id: String,
    /// The tool.
    tool: ToolBody,
    /// What the call would do.
    #[schema(example = "Add the task “Send the offer”, due Friday 27 November 2026")]
    summary: String,
    /// Why it is asked, if it is not just the person's mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    because: Option<String>,
    /// The arguments.
    #[schema(value_type = BTreeMap<String, Value>, example = json!({"title": "Send the offer", "dueOn": "2026-11-27"}))]
    arguments: Value,
    /// What the answer binds to.
    #[schema(example = "5f2b51ca2fdc5baa31ec02e002f69aec1f6b9d6b1ee1b6e4a3c2f1e7c5f0a9d8")]
    digest: String,
    /// Whether remembering an approval would have an effect.
    rememberable: bool,
    /// To what a remembered answer is limited: JSON Pointer into the arguments → value there.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    remember_scope: BTreeMap<String, String>,
    /// Its state.
    #[schema(value_type = String, example = "pending")]
    status: ApprovalStatus,
    /// When it was asked.
    #[schema(format = "date-time")]
    created_at: String,
    /// Until when it can be answered.
    #[schema(format = "date-time")]
    expires_at: String,
    /// When it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "date-time", nullable = false)]
    decided_at: Option<String>,
    /// Who decided: a person's id, or `expiry`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    decided_by: Option<String>,
    /// The person's reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
    /// What the person made of the arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, nullable = false, required = false)]
    edited_arguments: Option<Value>,
    /// JSON Schema that edited arguments must fit; only with a single approval that is pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, nullable = false, required = false)]
    input_schema: Option<Arc<Value>>,
}

#[derive(Serialize, ToSchema)]
struct ToolBody {
    /// Its name.
    #[schema(example = "create_task")]
    name: String,
    /// Its name for people.
    #[schema(example = "Add task")]
    title: String,
    /// Where it comes from.
    #[schema(example = "smithers")]
    source: String,
    /// `read`, `write`, `destructive` or `outward`.
    #[schema(example = "write")]
    effect: String,
}

/// Several answers.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"items": [{"id": "01960000-0000-7000-8000-000000000000", "decision": "deny", "reason": "Not yet."}]}))]
pub(super) struct BatchBody {
    /// 1 to 100 answers.
    #[schema(value_type = Vec<BatchItem>, min_items = 1, max_items = 100)]
    items: Vec<Value>,
}

/// One answer of several.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BatchItem {
    /// The approval's id. One that is none is refused by itself, not with all the others.
    #[schema(example = "01960000-0000-7000-8000-000000000000")]
    id: String,
    /// `approve` or `deny`.
    #[schema(value_type = String, example = "approve")]
    decision: Answer,
    /// The digest that the person saw; another one is refused.
    digest: Option<String>,
    /// Arguments to run instead.
    arguments: Option<Map<String, Value>>,
    /// Why; the model is told.
    reason: Option<String>,
    /// Make a rule of it.
    remember: Option<Remember>,
}

/// What became of several answers, in their order.
#[derive(Serialize, ToSchema)]
pub(super) struct BatchResult {
    /// One for each answer.
    items: Vec<ItemResult>,
}

/// What became of one answer of several.
#[derive(Serialize, ToSchema)]
struct ItemResult {
    /// The approval's id, as it was sent.
    #[schema(example = "01960000-0000-7000-8000-000000000000")]
    id: String,
    /// The status that the answer alone would have had.
    #[schema(example = 200)]
    status: u16,
    /// The approval, if it was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    approval: Option<ApprovalBody>,
    /// Why it was not answered; its pointers begin at the item.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    problem: Option<ProblemBody>,
}

/// The most answers at once.
const MAX_BATCH: usize = 100;

impl From<Approval> for ApprovalBody {
    fn from(approval: Approval) -> Self {
        Self {
            id: approval.id.to_string(),
            conversation_id: approval.conversation_id.to_string(),
            turn_id: approval.turn_id.to_string(),
            tool_call_id: approval.tool_call_id.to_string(),
            tool: ToolBody {
                name: approval.tool,
                title: approval.title,
                source: approval.source,
                effect: approval.effect,
            },
            summary: approval.summary,
            because: approval.because,
            arguments: approval.arguments,
            digest: approval.digest,
            rememberable: approval.rememberable,
            remember_scope: approval.remember_scope.unwrap_or_default(),
            status: approval.status,
            created_at: approval.created_at.to_string(),
            expires_at: approval.expires_at.to_string(),
            decided_at: approval.decided_at.map(|at| at.to_string()),
            decided_by: approval.decided_by,
            reason: approval.reason,
            edited_arguments: approval.edited_arguments,
            input_schema: None,
        }
    }
}

/// The approvals, newest first.
#[utoipa::path(get, path = "/api/approvals", tag = "Approvals",
    params(
        ("status" = Option<String>, Query, example = "pending", description = "only those in this state"),
        Paging,
    ),
    responses((status = 200, body = Page<ApprovalBody>)))]
pub(super) async fn list(me: CurrentUser, query: Parameters) -> Reply<Page<ApprovalBody>> {
    let expected = "pending, approved, denied, expired or superseded";
    let status: Option<ApprovalStatus> = query.parsed("status", expected)?;
    let Page { items, next } = me.store().approvals().list(me.id(), status, &query.page()?).await?;
    Ok(Json(Page { items: items.into_iter().map(Into::into).collect(), next }))
}

/// One approval.
#[utoipa::path(get, path = "/api/approvals/{id}", tag = "Approvals", params(Id), responses((status = 200, body = ApprovalBody)))]
pub(super) async fn get(me: CurrentUser, PathId(id): PathId<ApprovalId>) -> Reply<ApprovalBody> {
    let found = me.store().approvals().get(me.id(), id).await?;
    let found = found.ok_or_else(|| Problem::not_found("approval"))?;
    let input_schema = match found.status {
        ApprovalStatus::Pending => me.app.input_schema(me.id(), &found.tool).await,
        ApprovalStatus::Approved
        | ApprovalStatus::Denied
        | ApprovalStatus::Expired
        | ApprovalStatus::Superseded => None,
    };
    Ok(Json(ApprovalBody { input_schema, ..found.into() }))
}

/// Answers an approval; the turn goes on by itself.
#[utoipa::path(post, path = "/api/approvals/{id}", tag = "Approvals", params(Id),
    request_body = AnswerRequest,
    responses(
        (status = 200, body = ApprovalBody),
        (status = 409, description = "decided otherwise before, or other arguments"),
    ))]
pub(super) async fn decide(
    Approver(me): Approver,
    PathId(id): PathId<ApprovalId>,
    Body(body): Body<AnswerRequest>,
) -> Reply<ApprovalBody> {
    Ok(Json(answer(&me, id, body).await?))
}

/// Answers several approvals, each for itself: one that is refused leaves the others as they are.
#[utoipa::path(post, path = "/api/approvals/batch", tag = "Approvals", request_body = BatchBody, responses((status = 200, body = BatchResult)))]
pub(super) async fn decide_batch(
    Approver(me): Approver,
    Extension(RequestId(request_id)): Extension<RequestId>,
    Body(body): Body<BatchBody>,
) -> Reply<BatchResult> {
    if !(1..=MAX_BATCH).contains(&body.items.len()) {
        return Err(Problem::field("/items", format!("1 to {MAX_BATCH} answers")));
    }
    let mut items = Vec::with_capacity(body.items.len());
    for item in body.items {
        let id = item["id"].as_str().unwrap_or_default().to_owned();
        let (status, approval, problem) = match answer_item(&me, item).await {
            Ok(approval) => (StatusCode::OK, Some(approval), None),
            Err(problem) => (problem.status(), None, Some(problem.into_body(&request_id))),
        };
        items.push(ItemResult { id, status: status.as_u16(), approval, problem });
    }
    Ok(Json(BatchResult { items }))
}

async fn answer_item(me: &CurrentUser, item: Value) -> Result<ApprovalBody> {
    let BatchItem { id, decision, digest, arguments, reason, remember } = read(item, "")?;
    let id = id.parse().map_err(|_malformed| Problem::not_found("approval"))?;
    answer(me, id, AnswerRequest { decision, digest, arguments, reason, remember }).await
}

async fn answer(me: &CurrentUser, id: ApprovalId, body: AnswerRequest) -> Result<ApprovalBody> {
    if body.reason.as_ref().is_some_and(|reason| reason.chars().count() > MAX_REASON) {
        return Err(Problem::field("/reason", format!("at most {MAX_REASON} characters")));
    }
    Ok(me.app.answer(&me.user, id, body).await?.into())
}
