//! Anthropic's Messages API, version 2026-10-21.

mod block;
mod config;
mod decode;
mod profile;
mod request;

use agent::model::{Capabilities, ModelInfo, ModelRequest, ModelStream};
use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::Value;

pub use config::{AnthropicConfig, AuthStyle, CacheTtl, Effort, ServerTool, Thinking};
pub use request::encode;

use crate::answer;
use crate::client::{Client, Dialect};
use crate::connection::ConfigError;
use crate::endpoint::{Endpoint, bearer, secret};
use decode::Decoder;
use profile::Profile;

/// A model behind Anthropic's Messages API, or behind another server that speaks it.
pub type Anthropic = Client<Messages>;

/// The Messages API, for one model.
#[derive(Clone)]
pub struct Messages {
    info: ModelInfo,
    config: AnthropicConfig,
}

impl Client<Messages> {
    /// A client with these settings. It connects when it is first asked.
    pub fn new(config: AnthropicConfig) -> Result<Self, ConfigError> {
        // Every model of the vendor's takes these.
        let capabilities =
            Capabilities { images: true, documents: true, schemas: true, ..Default::default() };
        let (provider, id) = ("anthropic".to_owned(), config.model.clone());
        let info = ModelInfo { provider, id, offline: false, capabilities };
        let headers = headers(&config)?;
        let endpoint = Endpoint::new(config.connection.clone(), Some(&config.key), headers)?;
        Ok(Self::to(endpoint, Messages { info, config }))
    }
}

impl Dialect for Messages {
    type Decoder = Decoder;

    const MODELS: &'static [&'static str] = &["v1", "models"];
    const ANSWERS: &'static [&'static str] = &["v1", "messages"];

    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn about(&self) -> Vec<&str> {
        vec!["v1", "models", &self.config.model]
    }

    fn learned(self, said: Value) -> Self {
        let profile = Profile::new(said);
        let capabilities = profile.capabilities(&self.info.capabilities);
        Self { info: ModelInfo { capabilities, ..self.info }, config: profile.fit(self.config) }
    }

    fn body(&self, request: ModelRequest) -> impl Serialize {
        encode(request, &self.config)
    }

    fn decoder(&self, _prompt_bytes: usize) -> Decoder {
        Decoder::new(&self.config.model)
    }
}

/// The events of an answer that is there already: a recorded body, for tests and measurements.
pub fn replay(body: impl Stream<Item = Bytes> + Send + 'static) -> ModelStream {
    answer::replay(body, Decoder::new("recorded"))
}

fn headers(config: &AnthropicConfig) -> Result<HeaderMap, ConfigError> {
    let (name, value) = match config.auth {
        AuthStyle::Bearer => bearer(&config.key)?,
        AuthStyle::XApiKey => {
            (HeaderName::from_static("x-api-key"), secret(&config.key, config.key.expose())?)
        }
    };
    let version = HeaderValue::try_from(&config.version)
        .map_err(|_invalid| ConfigError::Version(config.version.clone()))?;
    let pairs = [(name, value), (HeaderName::from_static("anthropic-version"), version)];
    Ok(HeaderMap::from_iter(pairs))
}
