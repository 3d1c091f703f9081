//! Tokens with which programs act for a person.

use agent::{TokenId, words};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Ts;

words! {
    /// What a token gives leave to do.
    Scope as "scope" {
        /// Looking at what the person has.
        Read = "read",
        /// Talking to the agent, and changing the person's own things.
        Chat = "chat",
        /// Answering approvals and setting permissions.
        Approve = "approve",
        /// Managing the server, if the person may.
        Admin = "admin",
    }
}

/// A token; its secret is not shown again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TokenBody)]
pub struct Token {
    /// Its id.
    #[schema(value_type = Uuid)]
    pub id: TokenId,
    /// What it is called.
    #[schema(example = "nightly report")]
    pub name: String,
    /// What it gives leave to do: `read`, `chat`, `approve`, `admin`.
    #[schema(value_type = Vec<String>, example = json!(["read", "chat"]))]
    pub scopes: Vec<Scope>,
    /// When it was made.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Ts,
    /// When it ends; `null` if it does not.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub expires_at: Option<Ts>,
}

/// A token to be kept. Only the hash of its secret is ever stored.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What the person calls it.
    pub name: String,
    /// SHA-256 of what is presented.
    pub token_hash: [u8; 32],
    /// What it gives leave to do.
    pub scopes: Vec<Scope>,
    /// When it ends, if it does.
    pub expires_at: Option<Ts>,
}
