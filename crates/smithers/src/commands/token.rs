//! `smithers token`: API tokens, from the machine itself.

use agent::TokenId;
use app::{App, PageRequest, Scope, TokenDraft};
use clap::{Args, Subcommand};
use serde_json::json;

use super::{beside, id_of, refused};
use crate::config::{Config, DataArgs};
use crate::session::known_person;
use crate::terminal::{list, say};

/// Make, list or revoke API tokens.
#[derive(Args)]
pub(crate) struct Token {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Make a token and print it; it is not shown again.
    Create(Create),
    /// List a person's tokens, without their secrets.
    List {
        /// Whose they are, by e-mail address [default: the owner's].
        #[arg(long)]
        user: Option<String>,
    },
    /// End a token: it opens nothing from now on.
    Revoke {
        /// Its id; the list shows it.
        id: String,
        /// Whose it is, by e-mail address [default: the owner's].
        #[arg(long)]
        user: Option<String>,
    },
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
        let config = data.read()?;
        match self.action {
            Action::Create(wanted) => create(&config, wanted, is_json).await,
            Action::List { user } => {
                let look = async |app: &App| {
                    let owner = known_person(app, user.as_deref()).await?.id;
                    let page = PageRequest { limit: u32::MAX, cursor: None };
                    Ok(app.store().tokens().list(owner, &page).await?)
                };
                let found = json!(beside(&config, look).await?);
                let columns = &["id", "name", "scopes", "createdAt", "expiresAt"];
                Ok(list(&found, columns, "no tokens", is_json)?)
            }
            Action::Revoke { id, user } => {
                let id: TokenId = id_of(&id)?;
                let revoke = async |app: &App| {
                    let owner = known_person(app, user.as_deref()).await?;
                    let was_there = app.delete_token(owner.id, id).await?;
                    anyhow::ensure!(was_there, "{} has no token {id}", owner.email);
                    Ok(())
                };
                beside(&config, revoke).await?;
                Ok(if is_json { say(json!({"id": id})) } else { say(id) }?)
            }
        }
    }
}

async fn create(config: &Config, wanted: Create, is_json: bool) -> anyhow::Result<()> {
    let create = async |app: &App| {
        let owner = known_person(app, Some(&wanted.user)).await?;
        let draft = TokenDraft { name: wanted.name, scopes: wanted.scope, expires_at: None };
        app.issue_token(owner.id, draft, None).await.map_err(refused)
    };
    let (token, text) = beside(config, create).await?;
    if is_json {
        let (id, name, scopes) = (token.id, token.name, token.scopes);
        say(json!({"id": id, "name": name, "scopes": scopes, "token": text}))?;
    } else {
        say(text)?;
    }
    Ok(())
}
