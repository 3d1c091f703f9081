//! Tokens with which programs act for a person.

use agent::{TokenId, words};

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

/// A token as its person sees it; its secret is known to nobody any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// What the person calls it.
    pub name: String,
    /// What it gives leave to do.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Ts,
    /// When it ends, if it does.
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
