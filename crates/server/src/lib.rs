//! HTTP: routes, extractors, the mapping of errors, the UI message stream, OpenAPI and the
//! embedded web app. It translates between the contract and the use cases of crate `app`, and
//! decides nothing itself.

mod access;
mod describe;
mod examples;
mod extract;
mod in_process;
mod json;
mod problem;
mod routes;
mod sse;
mod text;
mod upload;
mod web;

use std::net::SocketAddr;
use std::sync::Arc;

use app::{App, Secret};
use axum::Router;
use axum::middleware;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use utoipa::openapi::OpenApi;

pub use in_process::InProcess;

/// What the server needs besides the application.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// How browsers reach it, without a slash at the end.
    pub public_url: String,
    /// The port it listens on, which names the cookie on loopback.
    pub port: u16,
    /// This build's version.
    pub version: &'static str,
    /// What this server shares with the commands on its machine.
    pub secret: Secret,
}

#[derive(Clone)]
struct ServerState {
    app: App,
    settings: Arc<ServerSettings>,
}

/// The whole service.
pub fn router(app: App, settings: ServerSettings) -> Router {
    let state = ServerState { app, settings: Arc::new(settings) };
    let (api, document) = described();
    api.merge(routes::documentation(Arc::new(document)))
        .fallback(web::serve)
        .layer(middleware::from_fn(problem::finish_response))
        .with_state(state)
}

/// The OpenAPI document of every route, as JSON.
pub fn openapi_json() -> Result<String, serde_json::Error> {
    described().1.to_pretty_json()
}

fn described() -> (Router<ServerState>, OpenApi) {
    let (api, mut document) = routes::api().split_for_parts();
    describe::complete(&mut document);
    (api, document)
}

/// Serves until `shutdown` is done and the requests that are being answered are over.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    // Without this each small piece of a stream would wait for the one before to be acknowledged.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
    });
    axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(shutdown)
        .await
}
