//! Where values come from besides the configuration file: the environment, files of secrets,
//! systemd's credentials, and the pattern's `config/database.json`.

use std::collections::BTreeMap;
use std::env::{self, VarError};
use std::fs;
use std::path::{Path, PathBuf};

use reqwest::Url;
use serde::Serialize;
use serde_json::Value;

use super::Problem;
use super::table::Setting;

/// Where the pattern keeps how its database is reached.
const DATABASE_JSON: &str = "config/database.json";

/// A value as it was found, and where.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) text: String,
    pub(crate) source: Source,
}

/// Where a value comes from.
#[derive(Clone, Serialize)]
pub(crate) struct Source {
    pub(crate) kind: SourceKind,
    /// In words: the variable, the flag, the file with its line.
    pub(crate) place: String,
}

/// The kinds of sources; a later one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum SourceKind {
    Default,
    DatabaseJson,
    File,
    Credential,
    Environment,
    Flag,
}

impl Found {
    pub(super) fn new(text: &str, kind: SourceKind, place: impl Into<String>) -> Self {
        Self { text: text.trim().to_owned(), source: Source { kind, place: place.into() } }
    }
}

/// The process's environment.
pub(crate) struct Environment {
    /// What a file `.env` added to it.
    dot_env: BTreeMap<String, String>,
}

impl Environment {
    /// The environment of this process, after `.env` was read into it.
    pub(crate) fn new() -> Self {
        let lines = dotenvy::dotenv_iter().into_iter().flatten();
        Self { dot_env: lines.filter_map(Result::ok).collect() }
    }

    /// What it says of a setting.
    pub(super) fn setting(&self, setting: &Setting) -> Result<Option<Found>, Problem> {
        if !setting.secret {
            return self.variable(setting.env);
        }
        match self.secret(setting.env)? {
            Some(found) => Ok(Some(found)),
            None => credential(setting.key),
        }
    }

    /// A secret from `NAME`, or from the file that `NAME_FILE` names.
    pub(crate) fn secret(&self, name: &str) -> Result<Option<Found>, Problem> {
        if let Some(found) = self.variable(name)? {
            return Ok(Some(found));
        }
        let Some(file) = self.variable(&format!("{name}_FILE"))? else { return Ok(None) };
        let place = file.source.place;
        let text = secret_file(Path::new(&file.text)).map_err(|why| Problem::new(&place, why))?;
        Ok(Some(Found::new(&text, SourceKind::Environment, format!("{place} ({})", file.text))))
    }

    /// A variable that is set and not empty.
    pub(super) fn variable(&self, name: &str) -> Result<Option<Found>, Problem> {
        let value = match env::var(name) {
            Ok(value) if !value.trim().is_empty() => value,
            Ok(_) | Err(VarError::NotPresent) => return Ok(None),
            Err(VarError::NotUnicode(_)) => {
                return Err(Problem::new(name, "must be valid Unicode"));
            }
        };
        let is_dot_env = self.dot_env.get(name) == Some(&value);
        let place = if is_dot_env { format!("{name} (.env)") } else { name.to_owned() };
        Ok(Some(Found::new(&value, SourceKind::Environment, place)))
    }
}

/// What systemd passes as a credential of that name (`LoadCredential=`).
fn credential(name: &str) -> Result<Option<Found>, Problem> {
    let Some(folder) = env::var_os("CREDENTIALS_DIRECTORY") else { return Ok(None) };
    let path = PathBuf::from(folder).join(name);
    if !path.exists() {
        return Ok(None);
    }
    let place = format!("$CREDENTIALS_DIRECTORY/{name}");
    let text = secret_file(&path).map_err(|why| Problem::new(&place, why))?;
    Ok(Some(Found::new(&text, SourceKind::Credential, place)))
}

/// The secret in a file of its own.
pub(crate) fn secret_file(path: &Path) -> Result<String, String> {
    let text = fs::read_to_string(path)
        .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    match text.trim() {
        "" => Err(format!("{} is empty", path.display())),
        secret => Ok(secret.to_owned()),
    }
}

/// What the pattern's file says of the database: a URL, or its parts.
pub(super) fn database_json() -> Result<Option<Found>, Problem> {
    let text = match fs::read_to_string(DATABASE_JSON) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Problem::new(DATABASE_JSON, format!("cannot be read: {error}"))),
    };
    let json: Value = serde_json::from_str(&text)
        .map_err(|error| Problem::new(DATABASE_JSON, format!("must be JSON: {error}")))?;
    let Some(url) = database_url(&json) else {
        let words = "must hold url, or host, database, user and password; to do without it, set \
                     DATABASE_URL or remove it";
        return Err(Problem::new(DATABASE_JSON, words));
    };
    Ok(Some(Found::new(&url, SourceKind::DatabaseJson, DATABASE_JSON)))
}

fn database_url(json: &Value) -> Option<String> {
    let said = |names: &[&str]| {
        names.iter().find_map(|name| match &json[*name] {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    };
    if let Some(url) = said(&["url", "database_url", "DATABASE_URL"]) {
        return Some(url);
    }
    let mut url = Url::parse(&format!("postgres://{}", said(&["host"])?)).ok()?;
    // What stands for another letter in a URL stands for itself here.
    let plain = |text: String| text.replace('%', "%25");
    url.set_path(&plain(said(&["database", "name", "dbname"])?));
    if let Some(port) = said(&["port"]) {
        url.set_port(Some(port.parse().ok()?)).ok()?;
    }
    if let Some(user) = said(&["user", "username"]) {
        url.set_username(&plain(user)).ok()?;
        url.set_password(said(&["password"]).map(plain).as_deref()).ok()?;
    }
    Some(url.into())
}
