//! Anthropic's Messages API, version 2026-10-21.

mod block;
mod config;
mod decode;
mod profile;
mod request;

use std::sync::Arc;

use agent::model::{Capabilities, Discovery, Model, ModelInfo, ModelRequest, ModelStream};
use bytes::Bytes;
use futures_core::Stream;
use futures_util::{TryStreamExt as _, stream};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use tokio::sync::OnceCell;

pub use config::{AnthropicConfig, AuthStyle, CacheTtl, Effort, ServerTool, Thinking};
pub use request::encode;

use crate::answer::{self, Answer};
use crate::connection::ConfigError;
use crate::endpoint::{Endpoint, bearer, secret};
use decode::Decoder;
use profile::Profile;

/// A model behind Anthropic's Messages API, or behind another server that speaks it.
pub struct Anthropic {
    client: Arc<Client>,
}

struct Client {
    endpoint: Endpoint,
    assumed: Known,
    discovered: OnceCell<Known>,
}

/// What is known of the model, and the settings as far as it can take them.
#[derive(Clone)]
struct Known {
    info: ModelInfo,
    config: AnthropicConfig,
}

impl Anthropic {
    /// A client with these settings. It connects when it is first asked.
    pub fn new(config: AnthropicConfig) -> Result<Self, ConfigError> {
        let info = ModelInfo {
            provider: "anthropic".to_owned(),
            id: config.model.clone(),
            offline: false,
            // Every model of the vendor's takes them.
            capabilities: Capabilities { images: true, documents: true, ..Default::default() },
        };
        let headers = headers(&config)?;
        let endpoint = Endpoint::new(config.connection.clone(), Some(&config.key), headers)?;
        let assumed = Known { info, config };
        Ok(Self { client: Arc::new(Client { endpoint, assumed, discovered: OnceCell::new() }) })
    }
}

impl Model for Anthropic {
    fn info(&self) -> &ModelInfo {
        &self.client.known().info
    }

    fn discover(&self) -> Discovery<'_> {
        Box::pin(self.client.discover())
    }

    fn stream(&self, request: ModelRequest) -> ModelStream {
        let client = Arc::clone(&self.client);
        let answer = async move {
            client.discover().await;
            let Known { info, config } = client.known();
            let max_tokens = request.max_tokens.min(info.capabilities.longest_answer());
            let request = ModelRequest { max_tokens, ..request };
            let body = client.endpoint.body(&encode(request, config))?;
            client.endpoint.open(&["v1", "messages"], body, || Decoder::new(&config.model)).await
        };
        Box::pin(stream::once(answer).map_ok(Answer::into_stream).try_flatten())
    }
}

impl Client {
    fn known(&self) -> &Known {
        self.discovered.get().unwrap_or(&self.assumed)
    }

    async fn discover(&self) {
        let Known { info, config } = self.assumed.clone();
        let path = ["v1", "models", &self.assumed.config.model];
        let read = |entry: Option<Value>| match entry.map(Profile::new) {
            Some(profile) => {
                let capabilities = profile.capabilities(&info.capabilities);
                Known { info: ModelInfo { capabilities, ..info }, config: profile.fit(config) }
            }
            None => Known { info, config },
        };
        self.endpoint.discover(&self.discovered, &path, read).await;
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
