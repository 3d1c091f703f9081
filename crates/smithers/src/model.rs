//! Which models may answer, by the configuration.

use std::sync::Arc;
use std::time::Duration;

use agent::model::Model;
use app::{Catalogue, NamedModel};
use models::anthropic::{Anthropic, AnthropicConfig};
use models::openai::{OpenAi, OpenAiConfig};
use models::{ApiKey, ConfigError as Unusable, Connection};
use offline::Offline;

use crate::config::models::{ModelEntry, Provider};
use crate::config::{Config, ConfigError, Configuration, Environment, Problem, secret_file};

/// How fast the offline model writes.
const OFFLINE_PACE: Duration = Duration::from_millis(25);

/// The models under their names, the one that answers by default first.
pub(crate) fn catalogue(
    config: &Config,
    found: &Configuration,
) -> Result<Catalogue, ConfigError> {
    let mut models = match &config.models {
        Some(entries) => listed(entries, config, found)?,
        None => vec![unnamed(config, found)?],
    };
    if let Some(name) = &config.default_model {
        let Some(chosen) = models.iter().position(|model| model.name == *name) else {
            let place = found.place("default_model", "");
            return Err(vec![Problem::new(place, "default_model names none of the models")].into());
        };
        models[..=chosen].rotate_right(1);
    }
    let fallback = config.fallback.clone().unwrap_or_default();
    Catalogue::new(models, fallback, config.small_model.clone())
        .map_err(|error| vec![Problem::new(found.place("models", ""), error.to_string())].into())
}

/// The built-in model.
pub(crate) fn offline() -> Arc<dyn Model> {
    Arc::new(Offline::new(OFFLINE_PACE))
}

fn listed(
    entries: &[ModelEntry],
    config: &Config,
    found: &Configuration,
) -> Result<Vec<NamedModel>, ConfigError> {
    let (mut models, mut problems) = (Vec::new(), Vec::new());
    for (index, entry) in entries.iter().enumerate() {
        let entry = Entry { entry, at: format!("/{index}"), config, found };
        match entry.model() {
            Ok(model) => models.push(NamedModel { name: entry.entry.name.clone(), model }),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(models) } else { Err(problems.into()) }
}

/// Claude with its key, else a server that speaks OpenAI's interface, else the built-in model.
fn unnamed(config: &Config, found: &Configuration) -> Result<NamedModel, ConfigError> {
    let model: Result<Arc<dyn Model>, Problem> = if let Some((setting, key)) = config.claude_key() {
        let mut claude = config.claude(key);
        if let Some(model) = &config.model {
            claude.model.clone_from(model);
        }
        let unusable = |error| blame(error, found, "anthropic_base_url", setting);
        Anthropic::new(claude).map_err(unusable).map(|model| Arc::new(model) as _)
    } else if config.openai_api_key.is_some() || config.openai_base_url.is_some() {
        match &config.model {
            None => Err(Problem::new(
                found.place("model", ""),
                "must name the model that is asked, such as qwen3:8b",
            )),
            Some(model) => OpenAi::new(config.chat(model))
                .map_err(|error| blame(error, found, "openai_base_url", "openai_api_key"))
                .map(|model| Arc::new(model) as _),
        }
    } else {
        Ok(offline())
    };
    let model = model.map_err(|problem| ConfigError::from(vec![problem]))?;
    Ok(NamedModel { name: model.info().id.clone(), model })
}

/// Names the setting that is wrong; the message itself never holds the key.
fn blame(error: Unusable, found: &Configuration, url: &str, key: &str) -> Problem {
    let setting = if matches!(error, Unusable::Key) { key } else { url };
    Problem::new(found.place(setting, ""), format!("{setting}: {}", reason(&error)))
}

fn reason(error: &Unusable) -> String {
    match error {
        Unusable::Url(source) => format!("this is no address of a model: {source}"),
        other => other.to_string(),
    }
}

impl Config {
    /// Claude's key, and the setting that holds it.
    fn claude_key(&self) -> Option<(&'static str, &String)> {
        let key = self.anthropic_api_key.as_ref().map(|key| ("anthropic_api_key", key));
        key.or_else(|| self.anthropic_auth_token.as_ref().map(|key| ("anthropic_auth_token", key)))
    }

    fn claude(&self, key: &str) -> AnthropicConfig {
        let mut claude = AnthropicConfig::new(ApiKey::new(key));
        if let Some(url) = &self.anthropic_base_url {
            claude.connection = Connection::to(url);
        }
        claude
    }

    fn chat(&self, model: &str) -> OpenAiConfig {
        let mut chat = OpenAiConfig::new(model, self.openai_api_key.as_ref().map(ApiKey::new));
        if let Some(url) = &self.openai_base_url {
            chat.connection = Connection::to(url);
        }
        chat
    }
}

/// One of `models`, with what surrounds it.
struct Entry<'a> {
    entry: &'a ModelEntry,
    /// Its JSON Pointer within `models`.
    at: String,
    config: &'a Config,
    found: &'a Configuration,
}

impl Entry<'_> {
    fn model(&self) -> Result<Arc<dyn Model>, Problem> {
        let entry = self.entry;
        if let Some(key) = entry.misplaced() {
            let words = format!("{key} means nothing to the provider of {}", entry.name);
            return Err(self.problem(key, words));
        }
        match entry.provider {
            Provider::Anthropic => self.claude(),
            Provider::Openai => self.chat(),
            Provider::Offline => Ok(offline()),
        }
    }

    fn claude(&self) -> Result<Arc<dyn Model>, Problem> {
        let entry = self.entry;
        // A key of the environment belongs to the server that the environment names.
        let known = self.config.claude_key().filter(|_| entry.base_url.is_none());
        let mut claude = match (self.key()?, known) {
            (Some(key), _) => AnthropicConfig::new(ApiKey::new(key)),
            (None, Some((_, key))) => self.config.claude(key),
            (None, None) => {
                let words = format!("{} needs api_key_env, api_key_file or api_key", entry.name);
                return Err(self.problem("", words));
            }
        };
        if let Some(url) = &entry.base_url {
            claude.connection = Connection::to(url);
        }
        if let Some(model) = &entry.model {
            claude.model.clone_from(model);
        }
        claude.auth = entry.auth.unwrap_or(claude.auth);
        claude.thinking = entry.thinking;
        claude.effort = entry.effort;
        claude.cache_ttl = entry.cache_ttl.unwrap_or_default();
        claude.server_tools = entry.server_tools.clone().unwrap_or_default();
        Ok(Arc::new(Anthropic::new(claude).map_err(|error| self.blame(&error))?))
    }

    fn chat(&self) -> Result<Arc<dyn Model>, Problem> {
        let entry = self.entry;
        let Some(model) = &entry.model else {
            return Err(self.problem("", format!("{} needs model, such as qwen3:8b", entry.name)));
        };
        let mut chat = match (self.key()?, &entry.base_url) {
            (None, None) => self.config.chat(model),
            (key, _) => OpenAiConfig::new(model, key.map(ApiKey::new)),
        };
        if let Some(url) = &entry.base_url {
            chat.connection = Connection::to(url);
        }
        chat.context_window = entry.context_window;
        Ok(Arc::new(OpenAi::new(chat).map_err(|error| self.blame(&error))?))
    }

    /// The key that the entry itself names.
    fn key(&self) -> Result<Option<String>, Problem> {
        match (&self.entry.api_key, &self.entry.api_key_file, &self.entry.api_key_env) {
            (None, None, None) => Ok(None),
            (Some(key), None, None) => Ok(Some(key.clone())),
            (None, Some(file), None) => {
                secret_file(file).map(Some).map_err(|why| self.problem("api_key_file", why))
            }
            (None, None, Some(name)) => match Environment::new().secret(name)? {
                Some(found) => Ok(Some(found.text)),
                None => Err(self.problem("api_key_env", format!("{name} is not set"))),
            },
            _ => Err(self.problem("", format!("{} names more than one key", self.entry.name))),
        }
    }

    fn blame(&self, error: &Unusable) -> Problem {
        let key = if matches!(error, Unusable::Key) { "" } else { "base_url" };
        self.problem(key, format!("{}: {}", self.entry.name, reason(error)))
    }

    fn problem(&self, key: &str, words: String) -> Problem {
        let at = if key.is_empty() { self.at.clone() } else { format!("{}/{key}", self.at) };
        Problem::new(self.found.place("models", &at), words)
    }
}
