//! The commands, one file each.

pub(crate) mod approvals;
pub(crate) mod ask;
pub(crate) mod chat;
pub(crate) mod config;
pub(crate) mod doctor;
pub(crate) mod documents;
pub(crate) mod lists;
pub(crate) mod login;
pub(crate) mod migrate;
pub(crate) mod serve;
pub(crate) mod sign_in_link;
pub(crate) mod tasks;
pub(crate) mod token;
pub(crate) mod turn;
pub(crate) mod user;

use std::fmt::Display;
use std::io;
use std::str::FromStr;

use agent::UserId;
use app::{App, AppError, Catalogue, FieldProblem, Scope, TokenDraft, Ts};
use serde_json::Value;
use store::Store;

use crate::config::{Config, ConfigError};
use crate::model::offline;
use crate::terminal::say;

/// The application of a command that asks no model.
pub(crate) fn without_model(store: &Store, config: &Config) -> anyhow::Result<App> {
    serve::application(store.clone(), Catalogue::of(offline()), config)
}

/// Does something with the application and a store that is there, and closes that.
async fn with_app<T>(
    config: &Config,
    store: Store,
    work: impl AsyncFnOnce(&App) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let done = work(&without_model(&store, config)?).await;
    store.close().await;
    done
}

/// The same with the store that this machine has already.
async fn beside<T>(
    config: &Config,
    work: impl AsyncFnOnce(&App) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    with_app(config, config.data().open_existing().await?, work).await
}

/// A refusal in words: wrong fields are a wrong command line.
fn refused(error: AppError) -> anyhow::Error {
    match error {
        AppError::Unprocessable(fields) => {
            let of = |field: FieldProblem| {
                format!("{}: {}", field.field.trim_start_matches('/'), field.problem)
            };
            ConfigError::of(fields.into_iter().map(of).collect::<Vec<_>>().join("; ")).into()
        }
        error => error.into(),
    }
}

/// A token for commands on the server's machine; none lets more than these do.
pub(crate) async fn machine_token(
    app: &App,
    person: UserId,
    expires_at: Option<Ts>,
) -> Result<String, AppError> {
    let scopes = vec![Scope::Read, Scope::Chat, Scope::Approve];
    let draft =
        TokenDraft { name: "commands on the server's machine".to_owned(), scopes, expires_at };
    Ok(app.issue_token(person, draft, None).await?.1)
}

/// The ways into a server at this address: to set it up while there is no owner, else to sign in,
/// if that may be.
async fn ways_in(app: &App, url: &str, may_sign_in: bool) -> Result<[Option<String>; 2], AppError> {
    Ok(if app.is_setup_required().await? {
        [Some(format!("{url}/setup?token={}", app.issue_setup_link().await?)), None]
    } else if may_sign_in {
        [None, Some(format!("{url}/sign-in?token={}", app.issue_sign_in_link().await?))]
    } else {
        [None, None]
    })
}

/// How browsers reach the server of this data, as far as that is known here.
fn browser_url(config: &Config) -> String {
    let noted = || config.data().noted_address().map(|noted| noted.browsers);
    config.public_url.clone().or_else(noted).unwrap_or_else(serve::default_url)
}

/// An id, if this can be one.
fn id_of<T: FromStr>(text: &str) -> Result<T, ConfigError> {
    text.parse()
        .map_err(|_malformed| ConfigError::of(format!("`{text}` is no id; the list shows them")))
}

/// The path of one thing of a list.
fn path_of<T: FromStr + Display>(list: &str, id: &str) -> Result<String, ConfigError> {
    Ok(format!("{list}/{}", id_of::<T>(id)?))
}

/// Says what came of a change: its id, or all of it.
fn report(changed: &Value, is_json: bool) -> io::Result<()> {
    if is_json { say(changed) } else { say(changed["id"].as_str().unwrap_or_default()) }
}
