//! Anthropic's Messages API, version 2026-10-21.

mod answer;
mod block;
mod config;
mod decode;
mod refusal;
mod request;

use std::sync::Arc;
use std::time::Duration;

use agent::model::{Model, ModelError, ModelErrorKind, ModelInfo, ModelRequest, ModelStream};
use bytes::Bytes;
use futures_util::{TryStreamExt as _, stream};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::{sleep, timeout};

pub use config::{AnthropicConfig, ApiKey, AuthStyle, ConfigError, Effort, Thinking};
pub use request::encode;

use crate::fault::{Fault, Redactor};
use crate::sse::Events;
use answer::Answer;
use decode::Decoder;
use refusal::Refusal;

/// How long an idle connection is checked for being alive; the vendor's SDK does the same.
const KEEPALIVE: Duration = Duration::from_mins(1);

/// A model behind Anthropic's Messages API, or behind another server that speaks it.
pub struct Anthropic {
    info: ModelInfo,
    client: Arc<Client>,
}

impl Anthropic {
    /// A client with these settings. It connects when it is first asked.
    pub fn new(config: AnthropicConfig) -> Result<Self, ConfigError> {
        let info = ModelInfo {
            provider: "anthropic".to_owned(),
            id: config.model.clone(),
            offline: false,
        };
        let base = config.base_url.trim_end_matches('/');
        let url = reqwest::Url::parse(&format!("{base}/v1/messages")).map_err(ConfigError::Url)?;
        let client = Client {
            url,
            http: connector(&config)?,
            headers: headers(&config)?,
            redactor: Redactor::new(config.key.expose()),
            config,
        };
        Ok(Self { info, client: Arc::new(client) })
    }
}

impl Model for Anthropic {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn stream(&self, request: ModelRequest) -> ModelStream {
        let client = Arc::clone(&self.client);
        let answer = async move {
            let body = serde_json::to_vec(&encode(request, &client.config)).map_err(|error| {
                let fault = Fault::new(ModelErrorKind::InvalidRequest, error.to_string());
                client.redactor.error(&fault)
            })?;
            client.open(Bytes::from(body)).await
        };
        Box::pin(stream::once(answer).map_ok(Answer::into_stream).try_flatten())
    }
}

struct Client {
    config: AnthropicConfig,
    url: reqwest::Url,
    headers: HeaderMap,
    http: reqwest::Client,
    redactor: Redactor,
}

impl Client {
    /// Sends a request, if need be several times, until an answer has begun.
    async fn open(&self, body: Bytes) -> Result<Answer, ModelError> {
        let mut retries = 0;
        loop {
            let refusal = match self.attempt(body.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            };
            let wait = self.config.retry.wait(&refusal.failure, retries, rand::random());
            let Some(wait) = wait else {
                return Err(refusal.into_error(&self.redactor));
            };
            let fault = &refusal.fault;
            tracing::info!(kind = ?fault.kind, retries, ?wait, "the model is asked again");
            sleep(wait).await;
            retries += 1;
        }
    }

    /// Sends a request once. What fails before `message_start` has cost nothing.
    async fn attempt(&self, body: Bytes) -> Result<Answer, Refusal> {
        let sending =
            self.http.post(self.url.clone()).headers(self.headers.clone()).body(body).send();
        let response = match timeout(self.config.idle_timeout, sending).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(Refusal::before_answer(Fault::transport(error), None)),
            Err(_elapsed) => {
                let message = format!("no answer within {:?}", self.config.idle_timeout);
                let fault = Fault::new(ModelErrorKind::Timeout, message);
                return Err(Refusal::before_answer(fault, None));
            }
        };
        if !response.status().is_success() {
            return Err(Refusal::read(response).await);
        }
        let request_id = refusal::request_id(response.headers());
        if !is_event_stream(response.headers()) {
            let fault = Fault::protocol("the answer is no event stream");
            return Err(Refusal::before_answer(fault, request_id));
        }
        let decoder = Decoder::new(&self.config.model, request_id.clone());
        let events = Events::of(response, self.config.idle_timeout);
        let mut answer = Answer::new(events, decoder, self.redactor.clone());
        match answer.begin().await {
            Ok(()) => Ok(answer),
            Err(fault) => Err(Refusal::before_answer(fault, request_id)),
        }
    }
}

/// Some servers send no content type at all.
fn is_event_stream(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().to_ascii_lowercase().starts_with(b"text/event-stream"))
}

fn connector(config: &AnthropicConfig) -> Result<reqwest::Client, ConfigError> {
    // It fails only if a provider is installed already, which then serves as well.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .user_agent(concat!("smithers/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(config.connect_timeout)
        .tcp_keepalive(KEEPALIVE)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .map_err(ConfigError::Client)
}

fn headers(config: &AnthropicConfig) -> Result<HeaderMap, ConfigError> {
    let key = config.key.expose();
    let (name, value) = match config.auth {
        AuthStyle::Bearer => (AUTHORIZATION, format!("Bearer {key}")),
        AuthStyle::XApiKey => (HeaderName::from_static("x-api-key"), key.to_owned()),
    };
    let mut value = HeaderValue::try_from(value).map_err(|_invalid| ConfigError::Key)?;
    if key.trim().is_empty() {
        return Err(ConfigError::Key);
    }
    value.set_sensitive(true);
    let version = HeaderValue::try_from(&config.version)
        .map_err(|_invalid| ConfigError::Version(config.version.clone()))?;
    let json = HeaderValue::from_static("application/json");
    Ok(HeaderMap::from_iter([
        (name, value),
        (HeaderName::from_static("anthropic-version"), version),
        (CONTENT_TYPE, json.clone()),
        // The vendor's SDKs ask for JSON even when they stream.
        (ACCEPT, json),
    ]))
}
