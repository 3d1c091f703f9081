//! A client as a browser is one: it keeps its cookie and says where it comes from.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::events::Events;
use crate::server::Server;

#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    port: u16,
    /// The secret of the session.
    pub(crate) session: Option<String>,
    /// An API token.
    token: Option<String>,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    request: String,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Client {
    /// Somebody who is not signed in.
    pub(crate) fn of(server: &Server) -> Self {
        Self::at(server.url())
    }

    /// Somebody who is not signed in, behind the proxy of a server.
    pub(crate) fn at(url: &str) -> Self {
        // It fails only if a provider is installed already, which then serves as well.
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder()
            .timeout(Duration::from_mins(1))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        let port = url.rsplit_once(':').unwrap().1.parse().unwrap();
        Self { http, url: url.to_owned(), port, session: None, token: None }
    }

    /// The owner, signed in by the link that the server printed.
    pub(crate) async fn owner_of(server: &Server) -> Self {
        let mut client = Self::of(server);
        let token = server.sign_in_token();
        let answer = client.post("/api/auth/sign-in", json!({"token": token})).await;
        answer.expect(200);
        client.session = Some(answer.session());
        client
    }

    /// The same browser at a server that was started anew.
    pub(crate) fn moved_to(&self, server: &Server) -> Self {
        Self { session: self.session.clone(), ..Self::of(server) }
    }

    /// Somebody else's browser at the same server.
    pub(crate) fn signed_out(&self) -> Self {
        Self { session: None, ..self.clone() }
    }

    /// A program with this token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.signed_out() }
    }

    /// The browser of whoever has this session.
    pub(crate) fn with_session(&self, session: String) -> Self {
        Self { session: Some(session), ..self.clone() }
    }

    pub(crate) fn cookie(&self) -> String {
        format!("smithers_{}={}", self.port, self.session.as_deref().unwrap())
    }

    /// A request with the cookie but without an origin.
    pub(crate) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        match (&self.session, &self.token) {
            (Some(_), _) => request.header("cookie", self.cookie()),
            (None, Some(token)) => request.bearer_auth(token),
            (None, None) => request,
        }
    }

    /// A request as our own pages make it.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, path).header("origin", &self.url)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::DELETE, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(&body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::PUT, path).json(&body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::PATCH, path).json(&body)).await
    }

    /// Posts a body as it stands.
    pub(crate) async fn post_raw(&self, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        let request = self.request(Method::POST, path).header("content-type", "application/json");
        Answer::of(request.body(body)).await
    }

    /// The stream that a post to the agent gives.
    pub(crate) async fn agent(&self, body: Value) -> Events {
        let request = self.request(Method::POST, "/api/agent").json(&body);
        Events::of(request.send().await.unwrap())
    }

    /// The stream of what runs in a conversation, if anything does.
    pub(crate) async fn watch(&self, conversation: &str) -> Option<Events> {
        let path = format!("/api/agent/{conversation}/stream");
        let response = self.request(Method::GET, &path).send().await.unwrap();
        match response.status() {
            StatusCode::NO_CONTENT => None,
            _ => Some(Events::of(response)),
        }
    }
}

impl Answer {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let (client, request) = request.build_split();
        let request = request.unwrap();
        let name = format!("{} {}", request.method(), request.url().path());
        let response = client.execute(request).await.unwrap_or_else(|error| {
            panic!("{name}: {error:?}");
        });
        Self {
            request: name,
            status: response.status(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
        }
    }

    /// The body of an answer with this status.
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.request, self.body);
        assert!(self.headers.contains_key("x-request-id"), "{}", self.request);
        if self.body.is_empty() { Value::Null } else { serde_json::from_str(&self.body).unwrap() }
    }

    /// The body of a problem with this status and code, checked for all that the contract says.
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        let problem = self.expect(status);
        let name = &self.request;
        assert_eq!(self.header("content-type"), "application/problem+json", "{name}");
        assert_eq!(problem["type"], "about:blank", "{name}");
        assert_eq!(problem["status"], status, "{name}");
        assert_eq!(problem["code"], code, "{name}: {}", self.body);
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{name}");
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{name}");
        assert_eq!(problem["requestId"], self.header("x-request-id"), "{name}");
        if matches!(status, 429 | 503) {
            assert!(self.header("retry-after").parse::<u32>().is_ok(), "{name}");
        }
        problem
    }

    /// Which fields are wrong.
    pub(crate) fn wrong_fields(&self) -> Vec<String> {
        let problem = self.problem(422, "unprocessable");
        let fields = problem["fields"].as_array().expect("fields");
        fields.iter().map(|field| field["field"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The secret in the cookie that is set.
    pub(crate) fn session(&self) -> String {
        let pair = self.header("set-cookie").split(';').next().unwrap();
        pair.split_once('=').unwrap().1.to_owned()
    }
}
