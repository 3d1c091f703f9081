//! Which model answers, by the environment.

use std::sync::Arc;

use agent::model::Model;
use models::anthropic::{Anthropic, AnthropicConfig};
use models::openai::{OpenAi, OpenAiConfig};
use models::{ApiKey, ConfigError as ModelError, Connection};

use crate::config::{ConfigError, secret, variable};

/// Claude with its key, else a server that speaks OpenAI's interface; none if neither is named.
pub(crate) fn chosen() -> anyhow::Result<Option<Arc<dyn Model>>> {
    let name = variable("SMITHERS_MODEL")?;
    for variable in ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"] {
        if let Some(key) = secret(variable)? {
            let model = Anthropic::new(claude(key, name)?);
            let model = model.map_err(|error| blame(error, "ANTHROPIC_BASE_URL", variable))?;
            return Ok(Some(Arc::new(model)));
        }
    }
    let (key, base_url) = (secret("OPENAI_API_KEY")?, variable("OPENAI_BASE_URL")?);
    if key.is_none() && base_url.is_none() {
        return Ok(None);
    }
    let Some(name) = name else {
        let words = "SMITHERS_MODEL must name the model that is asked, such as qwen3:8b";
        return Err(ConfigError(words.to_owned()).into());
    };
    let mut config = OpenAiConfig::new(name, key.map(ApiKey::new));
    if let Some(url) = base_url {
        config.connection = Connection::to(url);
    }
    let model =
        OpenAi::new(config).map_err(|error| blame(error, "OPENAI_BASE_URL", "OPENAI_API_KEY"));
    Ok(Some(Arc::new(model?)))
}

fn claude(key: String, name: Option<String>) -> Result<AnthropicConfig, ConfigError> {
    let mut config = AnthropicConfig::new(ApiKey::new(key));
    if let Some(url) = variable("ANTHROPIC_BASE_URL")? {
        config.connection = Connection::to(url);
    }
    if let Some(name) = name {
        config.model = name;
    }
    Ok(config)
}

/// Names the variable that is wrong; the message itself never holds the key.
fn blame(error: ModelError, url: &str, key: &str) -> anyhow::Error {
    match error {
        ModelError::Url(source) => bad_url(url, &source).into(),
        ModelError::Host => bad_url(url, &"it must be https:// or http:// and a host").into(),
        ModelError::Key => ConfigError(format!("{key}: {error}")).into(),
        other => other.into(),
    }
}

fn bad_url(variable: &str, why: &dyn std::fmt::Display) -> ConfigError {
    ConfigError(format!("{variable} is no address of a model: {why}"))
}
