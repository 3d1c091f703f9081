//! Which models may answer, by the configuration.

use std::sync::Arc;
use std::time::Duration;

use agent::model::Model;
use app::{Catalogue, CatalogueError, NamedModel};
use models::anthropic::{Anthropic, AnthropicConfig};
use models::openai::{OpenAi, OpenAiConfig};
use models::{ApiKey, ConfigError as Unusable, Connection};
use offline::Offline;

use crate::config::models::{ModelEntry, Provider};
use crate::config::{Config, ConfigError, Configuration, Environment, Problem, secret_file};

/// How fast the offline model writes.
const OFFLINE_PACE: Duration = Duration::from_millis(25);

/// The models under their names, the one that answers by default first; or all that is wrong with
/// them and with the settings that name them.
pub(crate) fn catalogue(config: &Config, found: &Configuration) -> Result<Catalogue, ConfigError> {
    let implied = [config.implied()];
    let entries = config.models.as_deref().unwrap_or(&implied);
    let (mut models, mut problems) = (Vec::new(), Vec::new());
    for (index, said) in entries.iter().enumerate() {
        let at = config.models.is_some().then(|| format!("/{index}"));
        let entry = Entry { said, at, config, found };
        problems.extend(entry.misnamed(&entries[..index]));
        match entry.model() {
            Ok(model) => models.push(NamedModel { name: entry.name(&*model), model }),
            Err(problem) => problems.push(problem),
        }
    }
    let fallback = config.fallback.clone().unwrap_or_default();
    let one = |key, name: &Option<String>| name.clone().map(|name| (key, String::new(), name));
    let listed = fallback.iter().enumerate();
    let listed = listed.map(|(place, name)| ("fallback", format!("/{place}"), name.clone()));
    let named =
        [one("default_model", &config.default_model), one("small_model", &config.small_model)];
    for (key, at, name) in named.into_iter().flatten().chain(listed) {
        let is_known = entries.iter().any(|entry| entry.name == name)
            || models.iter().any(|model| model.name == name);
        if !is_known {
            let unknown = CatalogueError::Unknown(name);
            problems.push(Problem::new(found.place(key, &at), format!("{key}: {unknown}")));
        }
    }
    if !problems.is_empty() {
        return Err(ConfigError(problems));
    }
    let first = config.default_model.as_ref();
    if let Some(chosen) = first.and_then(|name| models.iter().position(|it| it.name == *name)) {
        models[..=chosen].rotate_right(1);
    }
    Catalogue::new(models, fallback, config.small_model.clone()).map_err(|error| {
        ConfigError(vec![Problem::new(found.place("models", ""), error.to_string())])
    })
}

/// The built-in model.
pub(crate) fn offline() -> Arc<dyn Model> {
    Arc::new(Offline::new(OFFLINE_PACE))
}

impl Config {
    /// Claude with its key, else a server that speaks OpenAI's interface, else the built-in model.
    fn implied(&self) -> ModelEntry {
        let (provider, model) = if self.claude_key().is_some() {
            (Provider::Anthropic, self.model.clone())
        } else if self.openai_api_key.is_some() || self.openai_base_url.is_some() {
            (Provider::Openai, self.model.clone())
        } else {
            (Provider::Offline, None)
        };
        ModelEntry { provider, model, ..ModelEntry::default() }
    }

    /// Claude's key, and the setting that holds it.
    fn claude_key(&self) -> Option<(&'static str, &String)> {
        let key = self.anthropic_api_key.as_ref().map(|key| ("anthropic_api_key", key));
        key.or_else(|| self.anthropic_auth_token.as_ref().map(|key| ("anthropic_auth_token", key)))
    }
}

/// One of `models`, with what surrounds it.
struct Entry<'a> {
    said: &'a ModelEntry,
    /// Its JSON Pointer within `models`, if it stands there.
    at: Option<String>,
    config: &'a Config,
    found: &'a Configuration,
}

impl Entry<'_> {
    /// What the model is called: one that no entry names goes by its id.
    fn name(&self, model: &dyn Model) -> String {
        if self.at.is_some() { self.said.name.clone() } else { model.info().id.clone() }
    }

    /// What is wrong with its name, beside those of earlier entries.
    fn misnamed(&self, earlier: &[ModelEntry]) -> Option<Problem> {
        let name = &self.said.name;
        let error = if name.trim().is_empty() {
            CatalogueError::Nameless
        } else if earlier.iter().any(|it| it.name == *name) {
            CatalogueError::Twice(name.clone())
        } else {
            return None;
        };
        self.at.is_some().then(|| self.problem("", format!("models: {error}")))
    }

    fn model(&self) -> Result<Arc<dyn Model>, Problem> {
        let entry = self.said;
        if let Some(key) = entry.misplaced() {
            return Err(self.problem(key, format!("{key} means nothing to this provider")));
        }
        match entry.provider {
            Provider::Anthropic => self.claude(),
            Provider::Openai => self.chat(),
            Provider::Offline => Ok(offline()),
        }
    }

    fn claude(&self) -> Result<Arc<dyn Model>, Problem> {
        let entry = self.said;
        // A key of the environment belongs to the server that the environment names.
        let known = self.config.claude_key().filter(|_| entry.base_url.is_none());
        let (key, url) = match (self.key()?, known) {
            (Some(key), _) => (key, &entry.base_url),
            (None, Some((_, key))) => (key.clone(), &self.config.anthropic_base_url),
            (None, None) => {
                let words = "the model needs api_key_env, api_key_file or api_key";
                return Err(self.problem("", words));
            }
        };
        let mut claude = AnthropicConfig::new(ApiKey::new(key));
        if let Some(url) = url {
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
        let entry = self.said;
        let Some(model) = &entry.model else {
            return Err(
                self.problem("model", "model must say which one is asked, such as qwen3:8b")
            );
        };
        let (key, url) = match (self.key()?, &entry.base_url) {
            (None, None) => (self.config.openai_api_key.clone(), &self.config.openai_base_url),
            own => own,
        };
        let mut chat = OpenAiConfig::new(model, key.map(ApiKey::new));
        if let Some(url) = url {
            chat.connection = Connection::to(url);
        }
        chat.context_window = entry.context_window;
        Ok(Arc::new(OpenAi::new(chat).map_err(|error| self.blame(&error))?))
    }

    /// The key that the entry itself names.
    fn key(&self) -> Result<Option<String>, Problem> {
        match (&self.said.api_key, &self.said.api_key_file, &self.said.api_key_env) {
            (None, None, None) => Ok(None),
            (Some(key), None, None) => Ok(Some(key.clone())),
            (None, Some(file), None) => {
                secret_file(file).map(Some).map_err(|why| self.problem("api_key_file", why))
            }
            (None, None, Some(name)) => match Environment::new().secret(name)? {
                Some(found) => Ok(Some(found.text)),
                None => Err(self.problem("api_key_env", format!("{name} is not set"))),
            },
            _ => Err(self.problem("", "the model has more than one key")),
        }
    }

    /// Names the setting that is wrong; the message itself never holds the key.
    fn blame(&self, error: &Unusable) -> Problem {
        let said = self.said;
        let has_own_key =
            said.api_key.is_some() || said.api_key_env.is_some() || said.api_key_file.is_some();
        let words = match error {
            Unusable::Url(source) => format!("this is no address of a model: {source}"),
            other => other.to_string(),
        };
        let setting = match (error, said.provider) {
            (Unusable::Key, _) if has_own_key => return self.problem("", words),
            (Unusable::Key, Provider::Openai) => "openai_api_key",
            (Unusable::Key, _) => self.config.claude_key().map_or("", |(setting, _)| setting),
            _ if said.base_url.is_some() => return self.problem("base_url", words),
            (_, Provider::Openai) => "openai_base_url",
            _ => "anthropic_base_url",
        };
        Problem::new(self.found.place(setting, ""), words)
    }

    fn problem(&self, key: &str, words: impl Into<String>) -> Problem {
        let place = match &self.at {
            Some(at) if key.is_empty() => self.found.place("models", at),
            Some(at) => self.found.place("models", &format!("{at}/{key}")),
            None => self.found.place(key, ""),
        };
        Problem::new(place, words)
    }
}
