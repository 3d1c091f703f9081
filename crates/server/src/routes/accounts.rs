//! Signing in and out with accounts of this server.

use std::net::SocketAddr;

use app::{Registration, SignedIn};
use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::me::Me;
use crate::ServerState;
use crate::access::{SessionSecret, session_cookie};
use crate::extract::Body;
use crate::problem::Result;

/// A password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "email": "ada@example.org", "password": "correct horse battery staple",
}))]
pub(super) struct Login {
    /// The e-mail address.
    email: String,
    /// The password.
    password: String,
}

/// A one-use link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "fYd0pZ1c"}))]
pub(super) struct SignIn {
    /// From the sign-in link.
    token: String,
}

/// Makes the owner's account, once, and signs in.
#[utoipa::path(post, path = "/api/auth/setup", tag = "Identity", request_body = Registration, responses(
    (status = 201, body = Me),
    (status = 401, description = "the link is not valid"),
))]
pub(super) async fn setup(
    State(state): State<ServerState>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Body(person): Body<Registration>,
) -> Result<Response> {
    let signed_in = state.app.set_up(person, &from.ip().to_string()).await?;
    Ok((StatusCode::CREATED, respond(&state, signed_in)).into_response())
}

/// Signs in with a password.
#[utoipa::path(post, path = "/api/auth/login", tag = "Identity", request_body = Login, responses(
    (status = 200, body = Me),
    (status = 401, description = "wrong address or password"),
))]
pub(super) async fn login(
    State(state): State<ServerState>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Body(body): Body<Login>,
) -> Result<Response> {
    let from = from.ip().to_string();
    Ok(respond(&state, state.app.log_in(&body.email, body.password, &from).await?))
}

/// Signs in with a one-use link.
#[utoipa::path(post, path = "/api/auth/sign-in", tag = "Identity", request_body = SignIn, responses(
    (status = 200, body = Me),
    (status = 401, description = "the link was used or is too old"),
))]
pub(super) async fn sign_in(
    State(state): State<ServerState>,
    Body(body): Body<SignIn>,
) -> Result<Response> {
    Ok(respond(&state, state.app.sign_in_by_link(&body.token).await?))
}

/// Ends the session.
#[utoipa::path(post, path = "/api/auth/logout", tag = "Identity", responses((status = 204)))]
pub(super) async fn logout(
    State(state): State<ServerState>,
    SessionSecret(secret): SessionSecret,
) -> Result<Response> {
    if let Some(secret) = secret {
        state.app.log_out(&secret).await?;
    }
    let cookie = session_cookie(&state.settings, None);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

fn respond(state: &ServerState, signed_in: SignedIn) -> Response {
    let cookie = session_cookie(&state.settings, Some(&signed_in.session));
    ([(header::SET_COOKIE, cookie)], Json(Me::from(signed_in.user))).into_response()
}
