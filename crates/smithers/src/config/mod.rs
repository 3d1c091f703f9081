//! The configuration: one table of settings, read from defaults, `config/database.json`, the
//! configuration file, the environment and flags; what comes later in this list wins.

pub(crate) mod example;
mod file;
mod kinds;
pub(crate) mod models;
mod sources;
mod table;

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use store::Location;

use kinds::Wrong;
pub(crate) use sources::{Environment, Found, Source, SourceKind, secret_file};
use table::is_later;
pub(crate) use table::{Config, Form, SETTINGS, Setting};

/// The configuration file's usual name.
const FILE: &str = "smithers.toml";

/// What cannot be meant, all of it; the process ends with code 2.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n"))]
pub(crate) struct ConfigError(pub(crate) Vec<Problem>);

/// Something that is wrong, or to be known, about one place of the configuration.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Problem {
    /// Where; empty if it is the command line.
    place: String,
    problem: String,
}

impl Problem {
    pub(crate) fn new(place: impl Display, problem: impl Into<String>) -> Self {
        Self { place: place.to_string(), problem: problem.into() }
    }
}

impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gap = if self.place.is_empty() { "" } else { ": " };
        write!(f, "{}{gap}{}", self.place, self.problem)
    }
}

impl ConfigError {
    /// One thing that is wrong with what was written on the command line.
    pub(crate) fn of(problem: impl Into<String>) -> Self {
        Self(vec![Problem::new("", problem)])
    }
}

/// Which configuration and which data: the same for every command.
#[derive(Args)]
pub(crate) struct DataArgs {
    /// Configuration file [default: smithers.toml here, then in the data folder]
    /// [env: SMITHERS_CONFIG].
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Folder of the SQLite database [default: smithers in the user's data folder]
    /// [env: SMITHERS_DATA_DIR].
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
}

/// Where the data is.
#[derive(Clone)]
pub(crate) struct Data {
    /// The data folder.
    pub(crate) folder: PathBuf,
    /// The database.
    pub(crate) location: Location,
}

impl DataArgs {
    /// Everything that is configured.
    pub(crate) fn read(&self) -> Result<Config, ConfigError> {
        self.found(&[]).config()
    }

    /// Where the data is.
    pub(crate) fn resolve(&self) -> Result<Data, ConfigError> {
        Ok(self.read()?.data())
    }

    /// What all sources say. `flags` are those of one command only, by the keys they stand for.
    pub(crate) fn found(&self, flags: &[(&'static str, Option<String>)]) -> Configuration {
        let mut found = Configuration::default();
        let folder = self.data_dir.as_ref().map(|folder| folder.display().to_string());
        for (key, text) in flags.iter().cloned().chain([("data_dir", folder)]) {
            let flag = Setting::of(key).and_then(|setting| setting.flag).unwrap_or_default();
            found.add(key, text.map(|text| Found::new(&text, SourceKind::Flag, flag)));
        }
        let environment = Environment::new();
        for setting in SETTINGS {
            found.take(setting.key, environment.setting(setting));
        }
        let given = match (&self.config, environment.variable("SMITHERS_CONFIG")) {
            (Some(path), _) => Some(path.clone()),
            (None, Ok(variable)) => variable.map(|found| PathBuf::from(found.text)),
            (None, Err(problem)) => {
                found.problems.push(problem);
                None
            }
        };
        if let Some(path) = given.or_else(|| usual_file(&found.data_folder())) {
            found.take_file(path);
        }
        if !found.values.contains_key("database_url") {
            found.take("database_url", sources::database_json());
        }
        for setting in SETTINGS.iter().filter(|setting| !setting.default.is_empty()) {
            let default = Found::new(setting.default, SourceKind::Default, "default");
            found.add(setting.key, Some(default));
        }
        found.check();
        found
    }
}

fn usual_file(folder: &Path) -> Option<PathBuf> {
    [PathBuf::from(FILE), folder.join(FILE)].into_iter().find(|path| path.exists())
}

/// What all sources say, and what is wrong with it.
#[derive(Default)]
pub(crate) struct Configuration {
    /// The configuration file that was read.
    pub(crate) file: Option<PathBuf>,
    values: BTreeMap<&'static str, Found>,
    /// What stands in it.
    text: String,
    /// What is wrong.
    pub(crate) problems: Vec<Problem>,
    /// What has no effect.
    pub(crate) notes: Vec<Problem>,
}

impl Configuration {
    /// The value of a setting, if any source has one.
    pub(crate) fn value(&self, setting: &Setting) -> Option<&Found> {
        self.values.get(setting.key)
    }

    /// Where a setting, or a part of it at a JSON Pointer, stands.
    pub(crate) fn place(&self, key: &str, at: &str) -> String {
        match (self.values.get(key), &self.file) {
            (Some(Found { source: Source { kind: SourceKind::File, .. }, .. }), Some(file)) => {
                format!("{}:{}", file.display(), file::line_of(&self.text, &format!("/{key}{at}")))
            }
            (Some(found), _) => found.source.place.clone(),
            (None, _) => Setting::of(key).map_or(key, |setting| setting.env).to_owned(),
        }
    }

    /// All values, if none of them is wrong.
    pub(crate) fn config(&self) -> Result<Config, ConfigError> {
        if !self.problems.is_empty() {
            return Err(ConfigError(self.problems.clone()));
        }
        Config::read(|key| self.values.get(key).map(|found| found.text.as_str()))
            .map_err(|wrong| ConfigError::of(wrong.why))
    }

    /// All values, with defaults in the place of wrong ones: to find what else is wrong.
    pub(crate) fn as_far_as_right(&self) -> Option<Config> {
        // Without the models nothing can be said of what names them.
        let right = |setting: &'static Setting| {
            let said = self.values.get(setting.key).map(|found| found.text.as_str());
            let default = Some(setting.default).filter(|default| !default.is_empty());
            said.filter(|text| (setting.check)(text).is_ok()).or(default)
        };
        let models = match self.values.get("models") {
            Some(found) => Some(kinds::models_by_name(&found.text)?),
            None => None,
        };
        let read = |key: &str| match (key, &models) {
            ("models", Some(models)) => Some(models.as_str()),
            _ => Setting::of(key).and_then(right),
        };
        Config::read(read).ok()
    }

    /// Adds what a weaker source says.
    fn add(&mut self, key: &'static str, found: Option<Found>) {
        if let Some(found) = found {
            self.values.entry(key).or_insert(found);
        }
    }

    fn take(&mut self, key: &'static str, found: Result<Option<Found>, Problem>) {
        match found {
            Ok(found) => self.add(key, found),
            Err(problem) => self.problems.push(problem),
        }
    }

    /// The data folder, as far as it is known without the configuration file.
    fn data_folder(&self) -> PathBuf {
        self.values.get("data_dir").map_or_else(default_folder, |found| (&found.text).into())
    }

    /// Tries every value, and looks for names in the environment that mean nothing.
    fn check(&mut self) {
        for setting in SETTINGS {
            let Some(found) = self.values.get(setting.key) else { continue };
            for Wrong { why, at } in setting.wrongs(&found.text) {
                let words = format!("{}{at} {why}", setting.key);
                self.problems.push(Problem::new(self.place(setting.key, &at), words));
            }
        }
        if let Some(found) = self.values.get("permission_mode").filter(|it| it.text != "default") {
            let words = "holds for new people only; yours is changed under Settings in the browser";
            self.notes.push(Problem::new(&found.source.place, words));
        }
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|text| !text.is_empty());
        for Setting { env, .. } in SETTINGS.iter().filter(|setting| setting.secret) {
            let file = format!("{env}_FILE");
            if is_set(env) && is_set(&file) {
                let words = format!("has no effect, because {env} is set");
                self.notes.push(Problem::new(file, words));
            }
        }
        self.notes.extend(std::env::vars_os().filter_map(|(name, _)| unused(name.to_str()?)));
    }
}

/// A note about a name of the environment that looks like ours and has no effect.
fn unused(name: &str) -> Option<Problem> {
    if is_later(name) && name.to_uppercase() == name {
        return Some(Problem::new(name, "has no effect yet"));
    }
    let is_known = |setting: &Setting| {
        let file = name.strip_suffix("_FILE").filter(|_| setting.secret);
        setting.env == name || file == Some(setting.env)
    };
    let is_ours = name.starts_with("SMITHERS_") && name != "SMITHERS_CONFIG";
    if !is_ours || SETTINGS.iter().any(is_known) {
        return None;
    }
    let hint = did_you_mean(name, SETTINGS.iter().map(|setting| setting.env));
    Some(Problem::new(name, format!("unknown, has no effect{hint}")))
}

/// The known word that an unknown one may be meant for.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const ALIKE: f64 = 0.85;
    let rated = known.map(|known| (strsim::jaro_winkler(word, known), known));
    let near = rated.filter(|(alike, _)| *alike > ALIKE);
    near.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, known)| known)
}

/// The same as a question, after what is said of the unknown word.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(word, known).map(|near| format!("; did you mean {near}?")).unwrap_or_default()
}

impl Config {
    /// Where the data is.
    pub(crate) fn data(&self) -> Data {
        let folder = self.data_dir.clone().unwrap_or_else(default_folder);
        let location = match &self.database_url {
            Some(url) => Location::Postgres(url.clone()),
            None => Location::Sqlite(folder.join("smithers.db")),
        };
        Data { folder, location }
    }
}

fn default_folder() -> PathBuf {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let base = variable("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".local/share")));
    base.map_or_else(|| PathBuf::from("smithers-data"), |base| base.join("smithers"))
}
