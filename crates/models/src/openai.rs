//! The chat interface that OpenAI made and others copied: Ollama, llama.cpp, vLLM, OpenRouter.

mod call;
mod config;
mod decode;
mod profile;
mod request;

use std::sync::Arc;

use agent::model::{Capabilities, Discovery, Model, ModelInfo, ModelRequest, ModelStream};
use bytes::Bytes;
use futures_core::Stream;
use futures_util::{TryStreamExt as _, stream};
use http::HeaderMap;
use serde_json::Value;
use tokio::sync::OnceCell;

pub use config::OpenAiConfig;
pub use request::encode;

use crate::answer::{self, Answer};
use crate::connection::ConfigError;
use crate::endpoint::{Endpoint, bearer};
use decode::Decoder;

/// A model behind a server that speaks the chat interface.
pub struct OpenAi {
    client: Arc<Client>,
}

struct Client {
    endpoint: Endpoint,
    config: OpenAiConfig,
    assumed: ModelInfo,
    discovered: OnceCell<ModelInfo>,
}

impl OpenAi {
    /// A client with these settings. It connects when it is first asked.
    pub fn new(config: OpenAiConfig) -> Result<Self, ConfigError> {
        let assumed = ModelInfo {
            provider: "openai".to_owned(),
            id: config.model.clone(),
            offline: false,
            capabilities: Capabilities {
                context_window: config.context_window,
                images: true,
                documents: true,
                ..Default::default()
            },
        };
        let headers: HeaderMap = config.key.as_ref().map(bearer).transpose()?.into_iter().collect();
        let endpoint = Endpoint::new(config.connection.clone(), config.key.as_ref(), headers)?;
        let client = Client { endpoint, config, assumed, discovered: OnceCell::new() };
        Ok(Self { client: Arc::new(client) })
    }
}

impl Model for OpenAi {
    fn info(&self) -> &ModelInfo {
        self.client.known()
    }

    fn discover(&self) -> Discovery<'_> {
        Box::pin(self.client.discover())
    }

    fn stream(&self, request: ModelRequest) -> ModelStream {
        let client = Arc::clone(&self.client);
        let answer = async move {
            client.discover().await;
            let longest = client.known().capabilities.longest_answer();
            let max_tokens = request.max_tokens.min(longest);
            let request = ModelRequest { max_tokens, ..request };
            let is_vendor = client.endpoint.host() == "api.openai.com";
            let body = encode(&request, &client.config.model, is_vendor);
            let body = client.endpoint.body(&body)?;
            let decoder = || Decoder::new(&client.config.model, body.len());
            client.endpoint.open(&["chat", "completions"], body.clone(), decoder).await
        };
        Box::pin(stream::once(answer).map_ok(Answer::into_stream).try_flatten())
    }
}

impl Client {
    fn known(&self) -> &ModelInfo {
        self.discovered.get().unwrap_or(&self.assumed)
    }

    async fn discover(&self) {
        let info = self.assumed.clone();
        let read = |list: Option<Value>| match list {
            Some(list) => {
                let capabilities = profile::read(&list, &info.id, &info.capabilities);
                ModelInfo { capabilities, ..info }
            }
            None => info,
        };
        self.endpoint.discover(&self.discovered, &["models"], read).await;
    }
}

/// The events of an answer that is there already: a recorded body, for tests and measurements.
pub fn replay(body: impl Stream<Item = Bytes> + Send + 'static) -> ModelStream {
    answer::replay(body, Decoder::new("recorded", 0))
}
