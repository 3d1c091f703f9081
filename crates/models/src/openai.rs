//! The chat interface that OpenAI made and others copied: Ollama, llama.cpp, vLLM, OpenRouter.

mod call;
mod config;
mod decode;
mod profile;
mod request;

use agent::model::{Capabilities, ModelInfo, ModelRequest, ModelStream};
use bytes::Bytes;
use futures_core::Stream;
use http::HeaderMap;
use serde::Serialize;
use serde_json::Value;

pub use config::OpenAiConfig;
pub use request::encode;

use crate::answer;
use crate::client::{Client, Dialect};
use crate::connection::ConfigError;
use crate::endpoint::{Endpoint, bearer};
use decode::Decoder;

/// A model behind a server that speaks the chat interface.
pub type OpenAi = Client<Chat>;

/// The chat interface, for one model.
#[derive(Clone)]
pub struct Chat {
    info: ModelInfo,
    is_vendor: bool,
}

impl Client<Chat> {
    /// A client with these settings. It connects when it is first asked.
    pub fn new(config: OpenAiConfig) -> Result<Self, ConfigError> {
        let capabilities = Capabilities {
            context_window: config.context_window,
            images: true,
            documents: true,
            schemas: true,
            ..Default::default()
        };
        let (provider, id) = ("openai".to_owned(), config.model);
        let info = ModelInfo { provider, id, offline: false, capabilities };
        let headers: HeaderMap = config.key.as_ref().map(bearer).transpose()?.into_iter().collect();
        let endpoint = Endpoint::new(config.connection, config.key.as_ref(), headers)?;
        let is_vendor = endpoint.host() == "api.openai.com";
        Ok(Self::to(endpoint, Chat { info, is_vendor }))
    }
}

impl Dialect for Chat {
    type Decoder = Decoder;

    const MODELS: &'static [&'static str] = &["models"];
    const ANSWERS: &'static [&'static str] = &["chat", "completions"];

    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn about(&self) -> Vec<&str> {
        Self::MODELS.to_vec()
    }

    fn learned(self, said: Value) -> Self {
        let capabilities = profile::read(&said, &self.info.id, &self.info.capabilities);
        Self { info: ModelInfo { capabilities, ..self.info }, ..self }
    }

    fn body(&self, request: ModelRequest) -> impl Serialize {
        encode(&request, &self.info.id, self.is_vendor)
    }

    fn decoder(&self, prompt_bytes: usize) -> Decoder {
        Decoder::new(&self.info.id, prompt_bytes)
    }
}

/// The events of an answer that is there already: a recorded body, for tests and measurements.
pub fn replay(body: impl Stream<Item = Bytes> + Send + 'static) -> ModelStream {
    answer::replay(body, Decoder::new("recorded", 0))
}
