//! The commands, one file each.

pub(crate) mod migrate;
pub(crate) mod serve;
pub(crate) mod sign_in_link;
pub(crate) mod token;
pub(crate) mod user;

use std::sync::Arc;

use app::{App, AppError, Catalogue, FieldProblem, Parts, Settings, SystemClock};
use store::Store;

use crate::config::{ConfigError, Data, variable};

/// The application of a command that asks no model.
fn without_model(store: &Store) -> App {
    App::new(Parts {
        store: store.clone(),
        models: Catalogue::of(serve::offline()),
        tools: Vec::new(),
        clock: Arc::new(SystemClock),
        settings: Settings::default(),
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
fn browser_url(data: &Data) -> Result<String, ConfigError> {
    let noted = || data.noted_address().map(|noted| noted.browsers);
    Ok(variable("SMITHERS_PUBLIC_URL")?.or_else(noted).unwrap_or_else(serve::default_url))
}
