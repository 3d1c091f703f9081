//! People, their sessions, and one-use links.

use agent::permission::Mode;
use agent::{UserId, words};

use crate::Ts;

words! {
    /// What a person may do besides using their own things.
    #[derive(utoipa::ToSchema)]
    #[schema(as = Role, rename_all = "lowercase")]
    UserRole as "user role" {
        /// The first person; there is always one.
        Owner = "owner",
        /// Manages people and limits.
        Admin = "admin",
        /// Everybody else.
        Member = "member",
    }
}

words! {
    /// What a one-use link is for.
    LinkKind as "link kind" {
        /// Making the owner's account.
        Setup = "setup",
        /// Signing the owner's browser in.
        SignIn = "sign_in",
    }
}

/// A person with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Lower-case e-mail address, unique.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: UserRole,
    /// IANA time zone.
    pub timezone: String,
    /// BCP 47 language tag.
    pub locale: String,
    /// What they want the agent to know of them.
    pub instructions: String,
    /// When the account was made.
    pub created_at: Ts,
}

/// A person to be added.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// E-mail address; stored in lower case.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: UserRole,
    /// Hash of the password in PHC form; none if they cannot sign in with one.
    pub password_hash: Option<String>,
    /// IANA time zone.
    pub timezone: String,
    /// The permission mode they begin with.
    pub mode: Mode,
}

/// A change of a person's own profile; absent fields stay.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// New name.
    pub name: Option<String>,
    /// New time zone.
    pub timezone: Option<String>,
    /// New language tag.
    pub locale: Option<String>,
    /// New instructions.
    pub instructions: Option<String>,
}

/// A browser's session to be opened. Only the hash of its secret is ever stored.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// SHA-256 of the cookie's secret.
    pub token_hash: [u8; 32],
    /// When it ends.
    pub expires_at: Ts,
}
