//! The service without a socket, for a client in the same process.

use std::io;

use app::App;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, Response};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use tower::ServiceExt as _;

use crate::{ServerSettings, router};

/// The service without a socket. What it answers is what a server would.
#[derive(Clone, Debug)]
pub struct InProcess(Router);

impl InProcess {
    /// The service of an application.
    pub fn new(app: App, settings: ServerSettings) -> Self {
        Self(router(app, settings))
    }

    /// Answers a request; the body comes as it is made.
    pub async fn answer(
        &self,
        request: Request<String>,
    ) -> Response<BoxStream<'static, io::Result<Bytes>>> {
        let Ok(response) = self.0.clone().oneshot(request.map(Body::from)).await;
        response.map(|body| body.into_data_stream().map_err(io::Error::other).boxed())
    }
}
