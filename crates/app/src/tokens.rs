//! Tokens with which programs act for a person.

use agent::{TokenId, UserId};
use serde::Deserialize;
use store::{NewToken, Scope, Token, Ts, User};
use utoipa::ToSchema;

use crate::accounts::is_one_line;
use crate::secret::{self, Secret};
use crate::{App, AppError, Result};

/// By what a token is known wherever it turns up.
const PREFIX: &str = "smithers_";

/// A token as it is wanted.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = TokenInput, example = json!({"name": "nightly report", "scopes": ["read", "chat"]}))]
pub struct TokenDraft {
    /// What it is called, 1 to 100 characters.
    pub name: String,
    /// What it gives leave to do: `read` and `chat` if left out, besides them `approve` (answering
    /// approvals, setting permissions) and `admin`.
    #[serde(default = "default_scopes")]
    #[schema(value_type = Option<Vec<String>>)]
    pub scopes: Vec<Scope>,
    /// When it ends; never if left out.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub expires_at: Option<Ts>,
}

fn default_scopes() -> Vec<Scope> {
    vec![Scope::Read, Scope::Chat]
}

impl App {
    /// Makes a token for a person; its text comes back this once. With `by`, it can do no more and
    /// lasts no longer than that one.
    pub async fn issue_token(
        &self,
        owner: UserId,
        draft: TokenDraft,
        by: Option<&Token>,
    ) -> Result<(Token, String)> {
        let (now, name) = (self.now(), draft.name.trim());
        let is_past = draft.expires_at.is_some_and(|end| end <= now);
        AppError::unless_right([
            (!is_one_line(name, 100), "/name", "1 to 100 characters on one line"),
            (draft.scopes.is_empty(), "/scopes", "at least one scope"),
            (is_past, "/expiresAt", "a time that is still to come"),
        ])?;
        let mut scopes = draft.scopes;
        scopes.sort_unstable();
        scopes.dedup();
        if by.is_some_and(|by| scopes.iter().any(|scope| !by.scopes.contains(scope))) {
            return Err(AppError::Forbidden(
                "a token cannot make one that may do more than itself",
            ));
        }
        let secret = Secret::random();
        let text = format!("{PREFIX}{}", secret.text());
        let bound = by.and_then(|by| by.expires_at);
        let token = NewToken {
            name: name.to_owned(),
            token_hash: secret::hash(&text),
            scopes,
            expires_at: draft.expires_at.into_iter().chain(bound).min(),
        };
        Ok((self.0.store.tokens().create(owner, token, now).await?, text))
    }

    /// Whose token this is.
    pub async fn bearer(&self, token: &str) -> Result<Option<(User, Token)>> {
        Ok(self.0.store.tokens().bearer(secret::hash(token), self.now()).await?)
    }

    /// Ends a token, and what watches under it; whether there was one.
    pub async fn delete_token(&self, owner: UserId, id: TokenId) -> Result<bool> {
        let was_there = self.0.store.tokens().delete(owner, id).await?;
        if was_there {
            self.announce_end(owner);
        }
        Ok(was_there)
    }

    /// Ends a token by its text; unknown ones are no error.
    pub async fn revoke_token(&self, token: &str) -> Result<()> {
        Ok(self.0.store.tokens().revoke(secret::hash(token)).await?)
    }
}
