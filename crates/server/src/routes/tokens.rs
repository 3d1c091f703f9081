//! Tokens with which programs act for a person.

use agent::TokenId;
use app::{AppError, Scope, Token, TokenDraft, Ts};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::List;
use crate::ServerState;
use crate::access::{Caller, CurrentUser};
use crate::describe::{Id, Paging};
use crate::extract::{Body, Parameters, PathId};
use crate::problem::Problem;

/// A token; its secret is not shown again.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenBody {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// What it is called.
    #[schema(example = "nightly report")]
    name: String,
    /// What it gives leave to do: `read`, `chat`, `approve`, `admin`.
    #[schema(value_type = Vec<String>, example = json!(["read", "chat"]))]
    scopes: Vec<Scope>,
    /// When it was made.
    #[schema(format = "date-time")]
    created_at: String,
    /// When it ends; `null` if it does not.
    #[schema(format = "date-time")]
    expires_at: Option<String>,
}

/// A token that was just made.
#[derive(Serialize, ToSchema)]
pub(super) struct NewTokenBody {
    #[serde(flatten)]
    token: TokenBody,
    /// What is sent as `Authorization: Bearer …`; shown this once.
    #[serde(rename = "token")]
    #[schema(example = "smithers_3q2-7w")]
    text: String,
}

/// A token as it is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "nightly report", "scopes": ["read", "chat"]}))]
pub(super) struct TokenInput {
    /// What it is called, 1 to 100 characters.
    name: String,
    /// What it gives leave to do: `read` and `chat` if left out, besides them `approve` (answering
    /// approvals, setting permissions) and `admin`.
    #[serde(default = "default_scopes")]
    #[schema(value_type = Option<Vec<String>>)]
    scopes: Vec<Scope>,
    /// When it ends; never if left out.
    #[schema(value_type = Option<String>, format = "date-time")]
    expires_at: Option<Ts>,
}

fn default_scopes() -> Vec<Scope> {
    vec![Scope::Read, Scope::Chat]
}

impl From<Token> for TokenBody {
    fn from(token: Token) -> Self {
        Self {
            id: token.id.to_string(),
            name: token.name,
            scopes: token.scopes,
            created_at: token.created_at.to_string(),
            expires_at: token.expires_at.map(|at| at.to_string()),
        }
    }
}

/// One's tokens, newest first.
#[utoipa::path(get, path = "/api/tokens", tag = "Identity", params(Paging), responses((status = 200, body = List<TokenBody>)))]
pub(super) async fn list(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    query: Parameters,
) -> Result<Json<List<TokenBody>>, Problem> {
    let page = state.app.store().tokens().list(user.id, &query.page()?).await;
    Ok(Json(List::of(page.map_err(AppError::from)?)))
}

/// Makes a token: from a browser, or with a token that has `admin`, and then one that can do no
/// more and lasts no longer.
#[utoipa::path(post, path = "/api/tokens", tag = "Identity", request_body = TokenInput, responses((status = 201, body = NewTokenBody)))]
pub(super) async fn create(
    State(state): State<ServerState>,
    caller: Caller,
    Body(body): Body<TokenInput>,
) -> Result<(StatusCode, Json<NewTokenBody>), Problem> {
    caller.must_have(Scope::Admin)?;
    let TokenInput { name, scopes, expires_at } = body;
    let draft = TokenDraft { name, scopes, expires_at };
    let (token, text) = state.app.issue_token(caller.user.id, draft, caller.token.as_ref()).await?;
    Ok((StatusCode::CREATED, Json(NewTokenBody { token: token.into(), text })))
}

/// Ends a token at once: from a browser, with a token that has `admin`, or with itself.
#[utoipa::path(delete, path = "/api/tokens/{id}", tag = "Identity", params(Id), responses((status = 204)))]
pub(super) async fn delete(
    State(state): State<ServerState>,
    caller: Caller,
    PathId(id): PathId<TokenId>,
) -> Result<StatusCode, Problem> {
    if caller.token.as_ref().is_none_or(|token| token.id != id) {
        caller.must_have(Scope::Admin)?;
    }
    if state.app.delete_token(caller.user.id, id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("token"))
    }
}
