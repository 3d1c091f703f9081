//! Configuration from flags and environment. A secret may also stand in a file that `NAME_FILE`
//! names.

use std::path::PathBuf;
use std::time::Duration;

use agent::price::{self, Prices};
use clap::Args;
use jiff::{Span, SpanRelativeTo, Unit};
use store::Location;

/// A setting that cannot be meant; the process ends with code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ConfigError(pub(crate) String);

/// Where the data is: the same for every command.
#[derive(Args, Clone, Debug)]
pub(crate) struct DataArgs {
    /// Folder of the SQLite database [default: smithers in the user's data folder].
    #[arg(long, env = "SMITHERS_DATA_DIR")]
    data_dir: Option<PathBuf>,
}

/// Where the data is.
pub(crate) struct Data {
    /// The data folder.
    pub(crate) folder: PathBuf,
    /// The database.
    pub(crate) location: Location,
}

impl DataArgs {
    pub(crate) fn resolve(&self) -> Result<Data, ConfigError> {
        let folder = self.data_dir.clone().unwrap_or_else(default_folder);
        let location = match secret("DATABASE_URL")? {
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Location::Postgres(url)
            }
            Some(_) => {
                return Err(ConfigError(
                    "DATABASE_URL must begin with postgres://; without it SQLite is used, in the folder of --data-dir"
                        .to_owned(),
                ));
            }
            None => Location::Sqlite(folder.join("smithers.db")),
        };
        Ok(Data { folder, location })
    }
}

fn default_folder() -> PathBuf {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let base = variable("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".local/share")));
    base.map_or_else(|| PathBuf::from("smithers-data"), |base| base.join("smithers"))
}

/// A setting that is set and not empty.
pub(crate) fn variable(name: &str) -> Result<Option<String>, ConfigError> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.trim().is_empty())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(ConfigError(format!("{name} is not valid Unicode")))
        }
    }
}

/// A secret from `NAME`, or from the file that `NAME_FILE` names.
pub(crate) fn secret(name: &str) -> Result<Option<String>, ConfigError> {
    if let Some(value) = variable(name)? {
        return Ok(Some(value.trim().to_owned()));
    }
    let file_name = format!("{name}_FILE");
    let Some(path) = variable(&file_name)? else { return Ok(None) };
    let text = std::fs::read_to_string(&path)
        .map_err(|error| ConfigError(format!("{file_name}: {path} cannot be read: {error}")))?;
    let text = text.trim();
    if text.is_empty() {
        return Err(ConfigError(format!("{file_name}: {path} is empty")));
    }
    Ok(Some(text.to_owned()))
}

/// A duration such as `15s`, `10m` or `7d`; at least a second.
pub(crate) fn duration(name: &str, default: Duration) -> Result<Duration, ConfigError> {
    let Some(text) = variable(name)? else { return Ok(default) };
    let seconds = text
        .trim()
        .parse::<Span>()
        .and_then(|span| span.total((Unit::Second, SpanRelativeTo::days_are_24_hours())));
    match seconds {
        Ok(seconds) if seconds >= 1.0 => Duration::try_from_secs_f64(seconds)
            .map_err(|error| ConfigError(format!("{name}={text}: {error}"))),
        _ => Err(ConfigError(format!(
            "{name}={text} is no duration; write it like 15s, 10m or 7d, at least 1s"
        ))),
    }
}

/// The prices that are known, and before them those that `SMITHERS_PRICES` names as JSON.
pub(crate) fn prices() -> Result<Prices, ConfigError> {
    let known = models::prices::built_in();
    let Some(text) = variable("SMITHERS_PRICES")? else { return Ok(known) };
    match serde_json::from_str(&text) {
        Ok(others) => Ok(known.overridden_by(others)),
        Err(error) => Err(ConfigError(format!("SMITHERS_PRICES is no list of prices: {error}"))),
    }
}

/// An amount of US dollars such as `2.50`, in billionths.
pub(crate) fn dollars(name: &str) -> Result<Option<u64>, ConfigError> {
    let Some(text) = variable(name)? else { return Ok(None) };
    let wrong = || ConfigError(format!("{name}={text} must be US dollars, such as 2.50"));
    price::nanos(text.trim()).map(Some).ok_or_else(wrong)
}

/// A number of tokens, at least 1000: with fewer a conversation would be summaries and nothing else.
pub(crate) fn tokens(name: &str) -> Result<Option<u64>, ConfigError> {
    let Some(text) = variable(name)? else { return Ok(None) };
    match text.trim().parse() {
        Ok(number) if number >= 1_000 => Ok(Some(number)),
        _ => Err(ConfigError(format!("{name}={text} must be a whole number from 1000"))),
    }
}

/// `on` or `off`.
pub(crate) fn switch(name: &str, default: bool) -> Result<bool, ConfigError> {
    match variable(name)?.as_deref().map(str::trim) {
        None => Ok(default),
        Some("on") => Ok(true),
        Some("off") => Ok(false),
        Some(text) => Err(ConfigError(format!("{name}={text} must be on or off"))),
    }
}

/// A whole number from 1.
pub(crate) fn count(name: &str, default: i64) -> Result<i64, ConfigError> {
    let Some(text) = variable(name)? else { return Ok(default) };
    match text.trim().parse() {
        Ok(number) if number >= 1 => Ok(number),
        _ => Err(ConfigError(format!("{name}={text} must be a whole number from 1"))),
    }
}
