//! A client of our own HTTP contract. The same requests go to a server, or to the service in this
//! process; whoever makes them does not know which.

mod chunks;
mod login;
mod pages;
mod place;

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::Value;
use server::InProcess;

use crate::config::Data;
pub(crate) use chunks::{Chunks, CutOff};
pub(crate) use login::{Login, config_folder};
pub(crate) use place::{Place, PlaceArgs, known_person};

/// How long a connection may take.
pub(crate) const CONNECT: Duration = Duration::from_secs(5);

/// A way to the service, and leave to use it.
pub(crate) struct Session {
    reach: RwLock<Reach>,
    /// The data folder of a server on this machine, which may move when it starts anew.
    home: Option<Data>,
}

#[derive(Clone)]
struct Reach {
    way: Way,
    credential: Credential,
}

#[derive(Clone)]
enum Way {
    Http { http: reqwest::Client, url: String },
    Here(InProcess),
}

/// What a request shows of who sends it.
#[derive(Clone)]
pub(crate) enum Credential {
    /// Nothing.
    None,
    /// An API token.
    Token(String),
    /// A browser's session: name and value of its cookie.
    Cookie(String),
}

/// The request was understood and refused.
#[derive(Debug, thiserror::Error)]
#[error("{detail}")]
pub(crate) struct Refused {
    /// The HTTP status.
    pub(crate) status: StatusCode,
    detail: String,
}

impl Refused {
    /// The status, if that is why something failed.
    pub(crate) fn status_in(error: &anyhow::Error) -> Option<StatusCode> {
        error.downcast_ref::<Self>().map(|refused| refused.status)
    }

    /// Whether what was sent can never be right.
    pub(crate) fn is_bad_input(&self) -> bool {
        matches!(self.status, StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY)
    }
}

impl Refused {
    /// Whether it is refused again however often it is sent. A server that has just begun anew may
    /// not know our token yet.
    pub(crate) fn is_final(&self) -> bool {
        self.status.is_client_error()
            && !matches!(self.status, StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS)
    }
}

/// An answer whose body is still coming.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: BoxStream<'static, anyhow::Result<Bytes>>,
}

impl Session {
    /// With a server at this origin.
    pub(crate) fn at(url: &str, credential: Credential) -> anyhow::Result<Self> {
        // It fails only if a provider is installed already, which then serves as well.
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder()
            .user_agent(concat!("smithers/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        let url = url.trim_end_matches('/').to_owned();
        Ok(Self::by(Way::Http { http, url }, credential))
    }

    /// With the service in this process.
    pub(crate) const fn here(service: InProcess, token: String) -> Self {
        Self::by(Way::Here(service), Credential::Token(token))
    }

    const fn by(way: Way, credential: Credential) -> Self {
        Self { reach: RwLock::new(Reach { way, credential }), home: None }
    }

    fn reach(&self) -> Reach {
        self.reach.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(Method::GET, path, None).await?.json().await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(Method::POST, path, Some(body)).await?.json().await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(Method::PATCH, path, Some(body)).await?.json().await
    }

    /// The stream of an answer; none if nothing runs.
    pub(crate) async fn stream(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Option<Chunks>> {
        let reply = self.send(method, path, body).await?;
        let is_empty = reply.status == StatusCode::NO_CONTENT;
        Ok((!is_empty).then(|| Chunks::of(reply.body)))
    }

    /// Sends a request; anything but success is [`Refused`].
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Reply> {
        match self.send_once(method.clone(), path, body).await {
            Err(error) if is_elsewhere(&error) && self.find_again().await => {
                self.send_once(method, path, body).await
            }
            sent => sent,
        }
    }

    async fn send_once(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Reply> {
        let Reach { way, credential } = self.reach();
        let origin = match &way {
            Way::Http { url, .. } => url.as_str(),
            Way::Here(_) => "",
        };
        let mut request = Request::builder().method(method).uri(format!("{origin}{path}"));
        request = match credential {
            Credential::None => request,
            Credential::Token(token) => {
                request.header(header::AUTHORIZATION, format!("Bearer {token}"))
            }
            Credential::Cookie(pair) => {
                request.header(header::COOKIE, pair).header(header::ORIGIN, origin)
            }
        };
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(body.map(Value::to_string).unwrap_or_default())?;
        let reply = match &way {
            Way::Http { http, url } => {
                let response = http.execute(reqwest::Request::try_from(request)?).await;
                let response = response.with_context(|| format!("{url} does not answer"))?;
                Reply {
                    status: response.status(),
                    headers: response.headers().clone(),
                    body: response.bytes_stream().map_err(anyhow::Error::from).boxed(),
                }
            }
            Way::Here(service) => {
                let (parts, body) = service.answer(request).await.into_parts();
                let body = body.map_err(anyhow::Error::from).boxed();
                Reply { status: parts.status, headers: parts.headers, body }
            }
        };
        if reply.status.is_success() { Ok(reply) } else { Err(reply.refusal().await.into()) }
    }
}

/// Whether a request did not come to whom it was meant for, and so has done nothing.
fn is_elsewhere(error: &anyhow::Error) -> bool {
    error.downcast_ref().is_some_and(reqwest::Error::is_connect)
        || Refused::status_in(error) == Some(StatusCode::UNAUTHORIZED)
}

/// The version of the Smithers that describes itself so (`GET /api/config`); none if it is not one.
pub(crate) fn version(config: &Value) -> Option<String> {
    config["auth"]["mode"].as_str()?;
    config["version"].as_str().map(agent::visible)
}

impl Reply {
    /// The whole body.
    pub(crate) async fn text(self) -> anyhow::Result<String> {
        let pieces: Vec<Bytes> = self.body.try_collect().await?;
        Ok(String::from_utf8(pieces.concat())?)
    }

    async fn json(self) -> anyhow::Result<Value> {
        let text = self.text().await?;
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).context("this is no answer of a Smithers server")
    }

    async fn refusal(self) -> Refused {
        let status = self.status;
        let problem = self.json().await.unwrap_or(Value::Null);
        let fields = problem["fields"].as_array().into_iter().flatten();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let wrong: Vec<String> = fields
            .map(|field| format!("{}: {}", text(&field["field"]), text(&field["problem"])))
            .collect();
        let detail = match problem["detail"].as_str() {
            Some(_) if wrong.len() > 1 => wrong.join("; "),
            Some(detail) => detail.to_owned(),
            None => format!("the server answered {status}, as no Smithers server does"),
        };
        Refused { status, detail }
    }
}
