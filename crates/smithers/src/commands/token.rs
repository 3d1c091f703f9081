//! `smithers token`: API tokens, from the machine itself.

use app::{App, Scope, TokenDraft};
use clap::{Args, Subcommand};
use serde_json::json;

use super::{beside, refused};
use crate::config::{ConfigError, DataArgs};
use crate::terminal::say;

/// Make API tokens.
#[derive(Args)]
pub(crate) struct Token {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Make a token and print it; it is not shown again.
    Create(Create),
}

#[derive(Args)]
struct Create {
    /// The e-mail address of the person it acts for.
    #[arg(long)]
    user: String,
    /// What it is called.
    #[arg(long)]
    name: String,
    /// What it may do: `read`, `chat`, `approve`, `admin`; separated by commas, or said again.
    #[arg(long, value_delimiter = ',', default_value = "read,chat")]
    scope: Vec<Scope>,
}

impl Token {
    pub(crate) async fn run(self, data: &DataArgs, is_json: bool) -> anyhow::Result<()> {
        let Action::Create(wanted) = self.action;
        let config = data.read()?;
        let create = async |app: &App| {
            let known = app.store().accounts().credentials(wanted.user.trim()).await?;
            let (user, _hash) = known.ok_or_else(|| {
                let whom = &wanted.user;
                ConfigError::of(format!(
                    "nobody here has the address {whom}; see `smithers user list`"
                ))
            })?;
            let draft = TokenDraft { name: wanted.name, scopes: wanted.scope, expires_at: None };
            app.issue_token(user.id, draft, None).await.map_err(refused)
        };
        let (token, text) = beside(&config, create).await?;
        if is_json {
            let (id, name, scopes) = (token.id, token.name, token.scopes);
            say(json!({"id": id, "name": name, "scopes": scopes, "token": text}))?;
        } else {
            say(text)?;
        }
        Ok(())
    }
}
