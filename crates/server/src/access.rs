//! Who is calling: an API token, else the session cookie. Authority is a type: a handler that takes
//! [`CurrentUser`], [`Approver`] or [`Administrator`] cannot forget the check.

use agent::UserId;
use app::{App, Credential, Scope, Store, Token, User, UserRole};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::problem::{Problem, Result};
use crate::sse::KEEP_ALIVE;
use crate::{ServerSettings, ServerState};

/// Who is calling, and with what.
pub(crate) struct Caller {
    pub(crate) me: CurrentUser,
    /// The token they showed; none for a browser's session, which may do everything.
    pub(crate) token: Option<Token>,
    credential: Credential,
}

/// The person who is calling; a token must give leave to read, or to chat if something changes.
pub(crate) struct CurrentUser {
    pub(crate) user: User,
    pub(crate) app: App,
}

/// The person who is calling, who may read, and the end of what lets them: what they watch must not
/// go on without it.
pub(crate) struct Watcher {
    pub(crate) me: CurrentUser,
    pub(crate) access_end: BoxFuture<'static, ()>,
}

/// The person who is calling may answer approvals and set permissions.
pub(crate) struct Approver(pub(crate) CurrentUser);

/// The person who is calling manages this server.
pub(crate) struct Administrator(pub(crate) CurrentUser);

/// The secret of the caller's session, if they sent one.
pub(crate) struct SessionSecret(pub(crate) Option<String>);

impl Caller {
    /// Refuses a token that does not give leave to this.
    pub(crate) fn must_have(&self, scope: Scope) -> Result<()> {
        match &self.token {
            Some(token) if !token.scopes.contains(&scope) => {
                Err(Problem::forbidden(&format!("this token lacks the scope `{scope}`")))
            }
            _ => Ok(()),
        }
    }

    /// The end of what lets them in.
    pub(crate) fn access_end(&self) -> BoxFuture<'static, ()> {
        self.me.app.access_end(self.me.id(), self.credential.clone(), KEEP_ALIVE).boxed()
    }
}

impl CurrentUser {
    pub(crate) fn id(&self) -> UserId {
        self.user.id
    }

    /// The entity handles, for what is one transaction and no more.
    pub(crate) fn store(&self) -> &Store {
        self.app.store()
    }

    async fn with(scope: Scope, parts: &mut Parts, state: &ServerState) -> Result<Self> {
        let caller = Caller::from_request_parts(parts, state).await?;
        caller.must_have(scope)?;
        Ok(caller.me)
    }
}

impl FromRequestParts<ServerState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ServerState) -> Result<Self> {
        let app = state.app.clone();
        // A token that is not valid never falls back to the cookie.
        if let Some(text) = bearer(&parts.headers) {
            let (user, token) = app.bearer(&text).await?.ok_or_else(|| {
                Problem::unauthorized("this token is not valid here, or not any more")
            })?;
            let (me, token) = (CurrentUser { user, app }, Some(token));
            return Ok(Self { me, token, credential: Credential::Token(text) });
        }
        let secret = session_secret(&parts.headers, &state.settings)
            .ok_or_else(|| Problem::unauthorized("sign in first"))?;
        let user = app.session_user(&secret).await?;
        let user =
            user.ok_or_else(|| Problem::unauthorized("your session has ended; sign in again"))?;
        check_origin(parts, &state.settings)?;
        let (me, credential) = (CurrentUser { user, app }, Credential::Session(secret));
        Ok(Self { me, token: None, credential })
    }
}

impl FromRequestParts<ServerState> for CurrentUser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ServerState) -> Result<Self> {
        let scope = if is_safe(&parts.method) { Scope::Read } else { Scope::Chat };
        Self::with(scope, parts, state).await
    }
}

impl FromRequestParts<ServerState> for Approver {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ServerState) -> Result<Self> {
        Ok(Self(CurrentUser::with(Scope::Approve, parts, state).await?))
    }
}

impl FromRequestParts<ServerState> for Watcher {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ServerState) -> Result<Self> {
        let caller = Caller::from_request_parts(parts, state).await?;
        caller.must_have(Scope::Read)?;
        Ok(Self { access_end: caller.access_end(), me: caller.me })
    }
}

impl FromRequestParts<ServerState> for Administrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ServerState) -> Result<Self> {
        let me = CurrentUser::with(Scope::Admin, parts, state).await?;
        match me.user.role {
            UserRole::Owner | UserRole::Admin => Ok(Self(me)),
            UserRole::Member => Err(Problem::forbidden("only an administrator may do this")),
        }
    }
}

impl FromRequestParts<ServerState> for SessionSecret {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ServerState) -> Result<Self> {
        if bearer(&parts.headers).is_some() {
            return Err(Problem::unauthorized("only a browser's session can be ended here"));
        }
        check_origin(parts, &state.settings)?;
        Ok(Self(session_secret(&parts.headers, &state.settings)))
    }
}

/// The token of an `Authorization: Bearer` header, however malformed. What has another scheme is
/// for a proxy before us.
fn bearer(headers: &HeaderMap) -> Option<String> {
    headers.get_all(header::AUTHORIZATION).iter().find_map(|header| {
        let text = header.as_bytes();
        let end = text.iter().position(u8::is_ascii_whitespace).unwrap_or(text.len());
        let (scheme, token) = text.split_at(end);
        let is_bearer = scheme.eq_ignore_ascii_case(b"bearer");
        is_bearer.then(|| String::from_utf8_lossy(token.trim_ascii()).into_owned())
    })
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Another site's page can send our cookie along, but it cannot send our origin.
fn check_origin(parts: &Parts, settings: &ServerSettings) -> Result<()> {
    if is_safe(&parts.method) {
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
