//! Who is calling: the session cookie. Authority is a type: a handler that takes [`CurrentUser`]
//! cannot forget the check.

use app::{User, UserRole};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::problem::Problem;
use crate::sse::KEEP_ALIVE;
use crate::{ServerSettings, ServerState};

/// The person who is signed in.
pub(crate) struct CurrentUser(pub(crate) User);

/// The person who is signed in, and what ends with their session: what they watch must not go on
/// without it.
pub(crate) struct Watcher {
    pub(crate) user: User,
    pub(crate) session_end: BoxFuture<'static, ()>,
}

/// The person who is signed in manages this server.
pub(crate) struct Administrator;

/// The secret of the caller's session, if they sent one.
pub(crate) struct SessionSecret(pub(crate) Option<String>);

impl FromRequestParts<ServerState> for CurrentUser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ServerState) -> Result<Self, Problem> {
        refuse_bearer(parts)?;
        let secret = session_secret(&parts.headers, &state.settings)
            .ok_or_else(|| Problem::unauthorized("sign in first"))?;
        let user = state.app.session_user(&secret).await?;
        let user =
            user.ok_or_else(|| Problem::unauthorized("your session has ended; sign in again"))?;
        check_origin(parts, &state.settings)?;
        Ok(Self(user))
    }
}

impl FromRequestParts<ServerState> for Watcher {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ServerState) -> Result<Self, Problem> {
        let CurrentUser(user) = CurrentUser::from_request_parts(parts, state).await?;
        let secret = session_secret(&parts.headers, &state.settings).unwrap_or_default();
        let session_end = state.app.session_end(secret, KEEP_ALIVE).boxed();
        Ok(Self { user, session_end })
    }
}

impl FromRequestParts<ServerState> for Administrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ServerState) -> Result<Self, Problem> {
        let CurrentUser(user) = CurrentUser::from_request_parts(parts, state).await?;
        match user.role {
            UserRole::Owner | UserRole::Admin => Ok(Self),
            UserRole::Member => Err(Problem::forbidden("only an administrator may do this")),
        }
    }
}

impl FromRequestParts<ServerState> for SessionSecret {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ServerState) -> Result<Self, Problem> {
        refuse_bearer(parts)?;
        check_origin(parts, &state.settings)?;
        Ok(Self(session_secret(&parts.headers, &state.settings)))
    }
}

/// A Bearer token that is not valid never falls back to the cookie.
fn refuse_bearer(parts: &Parts) -> Result<(), Problem> {
    if parts.headers.contains_key(header::AUTHORIZATION) {
        return Err(Problem::unauthorized("this token is not valid here"));
    }
    Ok(())
}

/// Another site's page can send our cookie along, but it cannot send our origin.
fn check_origin(parts: &Parts, settings: &ServerSettings) -> Result<(), Problem> {
    if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let text = |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let origin = text(header::ORIGIN)
        .ok_or_else(|| Problem::forbidden("a write by cookie needs an Origin header"))?;
    let scheme = if is_https(settings) { "https" } else { "http" };
    let is_same_host = origin
        .split_once("://")
        .is_some_and(|(said, host)| said == scheme && text(header::HOST) == Some(host));
    if is_same_host || origin == settings.public_url {
        Ok(())
    } else {
        Err(Problem::forbidden("a write by cookie must come from our own pages"))
    }
}

fn session_secret(headers: &HeaderMap, settings: &ServerSettings) -> Option<String> {
    let name = cookie_name(settings);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, secret)| secret.to_owned())
}

fn is_https(settings: &ServerSettings) -> bool {
    settings.public_url.starts_with("https://")
}

fn cookie_name(settings: &ServerSettings) -> String {
    if is_https(settings) {
        "__Host-smithers".to_owned()
    } else {
        format!("smithers_{}", settings.port)
    }
}

/// The `Set-Cookie` header that signs a browser in, or out if there is no secret.
pub(crate) fn session_cookie(settings: &ServerSettings, secret: Option<&str>) -> String {
    let age = if secret.is_some() { 30 * 24 * 3600 } else { 0 };
    let secure = if is_https(settings) { "; Secure" } else { "" };
    format!(
        "{}={}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}",
        cookie_name(settings),
        secret.unwrap_or_default()
    )
}
