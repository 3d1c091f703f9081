//! Tokens with which programs act for a person.

use agent::TokenId;
use app::{Page, Scope, Token, TokenDraft};
use axum::Json;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Made, Reply, gone};
use crate::access::{Caller, CurrentUser};
use crate::describe::{Id, Paging};
use crate::extract::{Body, Parameters, PathId};
use crate::problem::Result;

/// A token that was just made.
#[derive(Serialize, ToSchema)]
pub(super) struct NewTokenBody {
    #[serde(flatten)]
    token: Token,
    /// What is sent as `Authorization: Bearer …`; shown this once.
    #[serde(rename = "token")]
    #[schema(example = "smithers_3q2-7w")]
    text: String,
}

/// One's tokens, newest first.
#[utoipa::path(get, path = "/api/tokens", tag = "Identity", params(Paging), responses((status = 200, body = Page<Token>)))]
pub(super) async fn list(me: CurrentUser, query: Parameters) -> Reply<Page<Token>> {
    Ok(Json(me.store().tokens().list(me.id(), &query.page()?).await?))
}

/// Makes a token: from a browser, or with a token that has `admin`, and then one that can do no
/// more and lasts no longer.
#[utoipa::path(post, path = "/api/tokens", tag = "Identity", request_body = TokenDraft, responses((status = 201, body = NewTokenBody)))]
pub(super) async fn create(caller: Caller, Body(draft): Body<TokenDraft>) -> Made<NewTokenBody> {
    caller.must_have(Scope::Admin)?;
    let (token, text) =
        caller.me.app.issue_token(caller.me.id(), draft, caller.token.as_ref()).await?;
    Ok((StatusCode::CREATED, Json(NewTokenBody { token, text })))
}

/// Ends a token at once: from a browser, with a token that has `admin`, or with itself.
#[utoipa::path(delete, path = "/api/tokens/{id}", tag = "Identity", params(Id), responses((status = 204)))]
pub(super) async fn delete(caller: Caller, PathId(id): PathId<TokenId>) -> Result<StatusCode> {
    if caller.token.as_ref().is_none_or(|token| token.id != id) {
        caller.must_have(Scope::Admin)?;
    }
    gone(caller.me.app.delete_token(caller.me.id(), id).await?, "token")
}
