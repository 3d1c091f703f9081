use std::time::Duration;

use agent::model::{ModelError, ModelErrorKind};
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::Url;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio::time::{sleep, timeout};

use crate::answer::{Answer, Decode, Limits};
use crate::connection::{ApiKey, ConfigError, Connection};
use crate::fault::{Fault, Redactor};
use crate::refusal::{self, Refusal};
use crate::sse::Events;

/// How long an idle connection is checked for being alive; the vendors' SDKs do the same.
const KEEPALIVE: Duration = Duration::from_mins(1);

/// How long an answer about the model itself is waited for; a person waits meanwhile.
const LOOK_UP: Duration = Duration::from_secs(5);

/// The longest answer about models, in bytes; a list of hundreds takes less than one megabyte.
const MAX_LOOK_UP: usize = 8 * 1024 * 1024;

/// A model's server, and how it is spoken to.
pub(crate) struct Endpoint {
    connection: Connection,
    base: Url,
    headers: HeaderMap,
    http: reqwest::Client,
    redactor: Redactor,
}

/// A server that gave no answer now, but may give one later.
struct Unanswered;

impl Endpoint {
    /// Connects when it is first asked. `headers` go with each request.
    pub(crate) fn new(
        connection: Connection,
        key: Option<&ApiKey>,
        mut headers: HeaderMap,
    ) -> Result<Self, ConfigError> {
        let base = Url::parse(&connection.base_url).map_err(ConfigError::Url)?;
        if !(matches!(base.scheme(), "http" | "https") && base.has_host()) {
            return Err(ConfigError::Host);
        }
        let json = HeaderValue::from_static("application/json");
        headers.insert(CONTENT_TYPE, json.clone());
        // The vendors' SDKs ask for JSON even when they stream.
        headers.insert(ACCEPT, json);
        let http = connector(&connection)?;
        let redactor = Redactor::new(key.map(ApiKey::expose));
        Ok(Self { connection, base, headers, http, redactor })
    }

    /// The server's name.
    pub(crate) fn host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    /// Asks once what the model can take, and keeps what `read` makes of the answer, or of there
    /// being none.
    pub(crate) async fn discover<T>(
        &self,
        known: &OnceCell<T>,
        path: &[&str],
        read: impl FnOnce(Option<Value>) -> T,
    ) {
        if self.connection.discover {
            let asking = async { self.look_up(path).await.map(read) };
            // What did not answer now is asked again with the next request.
            let _ = known.get_or_try_init(|| asking).await;
        }
    }

    /// Asks for something that costs nothing. That a server has no such thing is an answer too.
    pub(crate) async fn check(&self, path: &[&str]) -> Result<(), ModelError> {
        let fault = match self.send(self.http.get(self.url(path)), LOOK_UP).await {
            Ok(response) if matches!(response.status().as_u16(), 200..300 | 404 | 405) => {
                return Ok(());
            }
            Ok(response) => Refusal::read(response).await.fault,
            Err(fault) => fault,
        };
        Err(self.redactor.error(&fault))
    }

    /// The bytes of a request's body.
    pub(crate) fn body(&self, request: &impl Serialize) -> Result<Bytes, ModelError> {
        serde_json::to_vec(request).map(Bytes::from).map_err(|error| {
            self.redactor.error(&Fault::new(ModelErrorKind::InvalidRequest, error.to_string()))
        })
    }

    /// Sends a request, if need be several times, until an answer has begun.
    pub(crate) async fn open<D: Decode>(
        &self,
        path: &[&str],
        body: Bytes,
        decoder: impl Fn() -> (D, Limits),
    ) -> Result<Answer<D>, ModelError> {
        let mut retries = 0;
        loop {
            let mut refusal = match self.attempt(path, body.clone(), decoder()).await {
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            };
            refusal.request_id = refusal.request_id.map(|id| self.redactor.clean(&id));
            let wait = self.connection.retry.wait(&refusal.failure, retries, rand::random());
            let Some(wait) = wait else {
                return Err(refusal.into_error(&self.redactor));
            };
            let (kind, request_id) = (refusal.fault.kind, &refusal.request_id);
            tracing::info!(?kind, request_id, retries, ?wait, "the model is asked again");
            sleep(wait).await;
            retries += 1;
        }
    }

    /// Asks with little patience. None is an answer too: many servers have no such list.
    async fn look_up(&self, path: &[&str]) -> Result<Option<Value>, Unanswered> {
        let asking = async {
            let mut response = self.send(self.http.get(self.url(path)), LOOK_UP).await.ok()?;
            let status = response.status();
            if !status.is_success() {
                let is_final = !matches!(status.as_u16(), 408 | 409 | 429 | 500..);
                return is_final.then_some(None);
            }
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await.ok()? {
                body.extend_from_slice(&chunk);
                if body.len() > MAX_LOOK_UP {
                    return Some(None);
                }
            }
            Some(serde_json::from_slice(&body).ok())
        };
        timeout(LOOK_UP, asking).await.ok().flatten().ok_or(Unanswered)
    }

    /// Sends a request once. What fails before the answer begins has cost nothing.
    async fn attempt<D: Decode>(
        &self,
        path: &[&str],
        body: Bytes,
        (decoder, limits): (D, Limits),
    ) -> Result<Answer<D>, Refusal> {
        let idle = self.connection.idle_timeout;
        let sent = self.send(self.http.post(self.url(path)).body(body), idle).await;
        let response = sent.map_err(|fault| Refusal::before_answer(fault, None))?;
        if !response.status().is_success() {
            return Err(Refusal::read(response).await);
        }
        let request_id = refusal::request_id(response.headers());
        if !is_event_stream(response.headers()) {
            let fault = Fault::protocol("the answer is no event stream");
            return Err(Refusal::before_answer(fault, request_id));
        }
        let events = Events::of(response.bytes_stream().map_err(Fault::transport), idle);
        let id = request_id.as_deref().map(|id| self.redactor.clean(id));
        let redactor = self.redactor.clone();
        let mut answer = Answer::new(events, decoder, limits, id, redactor);
        match answer.begin().await {
            Ok(()) => Ok(answer),
            Err(fault) => Err(Refusal::before_answer(fault, request_id)),
        }
    }

    async fn send(
        &self,
        request: reqwest::RequestBuilder,
        within: Duration,
    ) -> Result<reqwest::Response, Fault> {
        match timeout(within, request.headers(self.headers.clone()).send()).await {
            Ok(sent) => sent.map_err(Fault::transport),
            Err(_elapsed) => {
                Err(Fault::new(ModelErrorKind::Timeout, format!("no answer within {within:?}")))
            }
        }
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        // Only a base without a host has no segments, and `new` refuses those.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }
}

/// The header that carries a key as `authorization: Bearer …`.
pub(crate) fn bearer(key: &ApiKey) -> Result<(HeaderName, HeaderValue), ConfigError> {
    Ok((AUTHORIZATION, secret(key, &format!("Bearer {}", key.expose()))?))
}

/// A header's value that holds the key and is never shown.
pub(crate) fn secret(key: &ApiKey, value: &str) -> Result<HeaderValue, ConfigError> {
    let mut value = HeaderValue::try_from(value).map_err(|_invalid| ConfigError::Key)?;
    if key.expose().trim().is_empty() {
        return Err(ConfigError::Key);
    }
    value.set_sensitive(true);
    Ok(value)
}

/// Some servers send no content type at all.
fn is_event_stream(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().to_ascii_lowercase().starts_with(b"text/event-stream"))
}

fn connector(connection: &Connection) -> Result<reqwest::Client, ConfigError> {
    // It fails only if a provider is installed already, which then serves as well.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .user_agent(concat!("smithers/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(connection.connect_timeout)
        .tcp_keepalive(KEEPALIVE)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .map_err(ConfigError::Client)
}
