//! The commands, one file each.

pub(crate) mod ask;
pub(crate) mod chat;
pub(crate) mod config;
pub(crate) mod login;
pub(crate) mod migrate;
pub(crate) mod serve;
pub(crate) mod sign_in_link;
pub(crate) mod token;
pub(crate) mod user;

use std::sync::Arc;

use app::{App, AppError, Catalogue, FieldProblem, Parts, SystemClock};
use store::Store;

use crate::config::{Config, ConfigError, Data};
use crate::model::offline;

/// The application of a command that asks no model.
pub(crate) fn without_model(store: &Store, config: &Config) -> App {
    App::new(Parts {
        store: store.clone(),
        models: Catalogue::of(offline()),
        tools: Vec::new(),
        clock: Arc::new(SystemClock),
        settings: serve::settings(config),
    })
}

/// A refusal in words: wrong fields are a wrong command line.
fn refused(error: AppError) -> anyhow::Error {
    match error {
        AppError::Unprocessable(fields) => {
            let of = |field: FieldProblem| {
                format!("{}: {}", field.field.trim_start_matches('/'), field.problem)
            };
            ConfigError(fields.into_iter().map(of).collect::<Vec<_>>().join("; ")).into()
        }
        error => error.into(),
    }
}

/// How browsers reach the server of this data, as far as that is known here.
fn browser_url(data: &Data, config: &Config) -> String {
    let noted = || data.noted_address().map(|noted| noted.browsers);
    config.public_url.clone().or_else(noted).unwrap_or_else(serve::default_url)
}
