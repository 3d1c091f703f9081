use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use agent::model::{
    Check, Discovery, Model, ModelError, ModelErrorKind, ModelInfo, ModelRequest, ModelStream,
};
use futures_util::{TryStreamExt as _, stream};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::answer::{Answer, Decode, Limits};
use crate::endpoint::Endpoint;

/// How one vendor is spoken to about one model, with settings that the model takes.
pub(crate) trait Dialect: Clone + Send + Sync + 'static {
    /// Reads the answers.
    type Decoder: Decode;

    /// Where models are listed.
    const MODELS: &'static [&'static str];

    /// Where answers come from.
    const ANSWERS: &'static [&'static str];

    /// Which model it is, and what it takes as far as is known.
    fn info(&self) -> &ModelInfo;

    /// Where the server says what the model takes.
    fn about(&self) -> Vec<&str>;

    /// The same with what the server says there.
    #[must_use]
    fn learned(self, said: Value) -> Self;

    /// The body of a request.
    fn body(&self, request: ModelRequest) -> impl Serialize;

    /// For the answer to a request of so many bytes.
    fn decoder(&self, prompt_bytes: usize) -> Self::Decoder;
}

/// A model behind a server.
pub struct Client<D>(Arc<Inner<D>>);

struct Inner<D> {
    endpoint: Endpoint,
    assumed: D,
    learned: OnceCell<D>,
    /// The server has refused a request because of its schema.
    refuses_schemas: AtomicBool,
}

impl<D> Client<D> {
    pub(crate) fn to(endpoint: Endpoint, assumed: D) -> Self {
        let (learned, refuses_schemas) = (OnceCell::new(), AtomicBool::new(false));
        Self(Arc::new(Inner { endpoint, assumed, learned, refuses_schemas }))
    }
}

impl<D: Dialect> Model for Client<D> {
    fn info(&self) -> &ModelInfo {
        self.0.dialect().info()
    }

    fn discover(&self) -> Discovery<'_> {
        Box::pin(self.0.discover())
    }

    fn check(&self) -> Check<'_> {
        Box::pin(self.0.endpoint.check(D::MODELS))
    }

    fn stream(&self, request: ModelRequest) -> ModelStream {
        let inner = Arc::clone(&self.0);
        let answer = async move { inner.answer(request).await };
        Box::pin(stream::once(answer).map_ok(Answer::into_stream).try_flatten())
    }
}

impl<D: Dialect> Inner<D> {
    fn dialect(&self) -> &D {
        self.learned.get().unwrap_or(&self.assumed)
    }

    async fn discover(&self) {
        let assumed = self.assumed.clone();
        let read = |said| match said {
            Some(said) => assumed.learned(said),
            None => assumed,
        };
        self.endpoint.discover(&self.learned, &self.assumed.about(), read).await;
    }

    /// An answer that has begun. What a server does not know it often ignores, but some refuse a
    /// schema; they get it in words.
    async fn answer(&self, request: ModelRequest) -> Result<Answer<D::Decoder>, ModelError> {
        self.discover().await;
        let capabilities = &self.dialect().info().capabilities;
        let max_tokens = request.max_tokens.min(capabilities.longest_answer());
        let request = ModelRequest { max_tokens, ..request };
        let takes_schemas = capabilities.schemas && !self.refuses_schemas.load(Ordering::Relaxed);
        if request.schema.is_none() || !takes_schemas {
            return self.ask(request.with_schema_in_words()).await;
        }
        match self.ask(request.clone()).await {
            Err(error) if error.kind == ModelErrorKind::InvalidRequest => {
                self.refuses_schemas.store(true, Ordering::Relaxed);
                self.ask(request.with_schema_in_words()).await
            }
            answer => answer,
        }
    }

    async fn ask(&self, request: ModelRequest) -> Result<Answer<D::Decoder>, ModelError> {
        let (dialect, max_tokens) = (self.dialect(), request.max_tokens);
        let body = self.endpoint.body(&dialect.body(request))?;
        let decoder = || (dialect.decoder(body.len()), Limits::of(max_tokens));
        self.endpoint.open(D::ANSWERS, body.clone(), decoder).await
    }
}
