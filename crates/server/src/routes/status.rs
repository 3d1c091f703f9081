//! What this server is, and whether it works.

use agent::model::ModelInfo;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ServerState;
use crate::extract::Parameters;
use crate::problem::{Problem, Result};

/// What a client must know before anybody signs in.
#[derive(Serialize, ToSchema)]
pub(super) struct Config {
    /// The product.
    #[schema(example = "Smithers")]
    name: &'static str,
    /// The version of this server.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// How people sign in.
    auth: Auth,
    /// Which model answers where nobody chose.
    model: ModelBody,
    /// The models to choose from, that one first.
    models: Vec<Choice>,
    /// What this server can do besides.
    features: Features,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Auth {
    /// `local`: accounts of this server.
    mode: AuthMode,
    /// Nobody has an account yet: use the set-up link that the server printed.
    setup_required: bool,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum AuthMode {
    Local,
}

#[derive(Serialize, ToSchema)]
struct ModelBody {
    /// The vendor's interface.
    #[schema(example = "offline")]
    provider: String,
    /// The model.
    #[schema(example = "offline")]
    id: String,
    /// Whether it is the built-in one, which is no real language model.
    #[schema(example = true)]
    offline: bool,
}

/// A model under the name by which it is chosen.
#[derive(Serialize, ToSchema)]
struct Choice {
    /// The name.
    #[schema(example = "offline")]
    name: String,
    #[serde(flatten)]
    model: ModelBody,
}

impl From<&ModelInfo> for ModelBody {
    fn from(info: &ModelInfo) -> Self {
        Self { provider: info.provider.clone(), id: info.id.clone(), offline: info.offline }
    }
}

/// Optional parts.
#[derive(Serialize, ToSchema)]
struct Features {
    /// `GET /api/events` tells what changes.
    #[schema(example = true)]
    events: bool,
}

/// What this server is.
#[utoipa::path(get, path = "/api/config", tag = "Server", responses((status = 200, body = Config)))]
pub(super) async fn config(State(state): State<ServerState>) -> Result<Json<Config>> {
    let models = state.app.models().all();
    Ok(Json(Config {
        name: "Smithers",
        version: state.settings.version,
        auth: Auth { mode: AuthMode::Local, setup_required: state.app.is_setup_required().await? },
        model: state.app.model_info().into(),
        models: models
            .map(|it| Choice { name: it.name.clone(), model: it.model.info().into() })
            .collect(),
        features: Features { events: true },
    }))
}

/// The process is alive. To a challenge of a command on its machine it answers with a proof that
/// it is the server whose data folder they share.
#[utoipa::path(get, path = "/healthz", tag = "Server",
    params(("challenge" = Option<String>, Query, description = "Any text, which the proof is for.", example = "3q2-7w")),
    responses((status = 200, body = String, content_type = "text/plain")))]
pub(super) async fn health(State(state): State<ServerState>, query: Parameters) -> Result<String> {
    let challenge = query.text("challenge")?;
    Ok(challenge.map_or_else(|| "ok".to_owned(), |text| state.settings.secret.proof(text)))
}

/// The process takes requests: the database answers and no restart is under way.
#[utoipa::path(get, path = "/readyz", tag = "Server", responses(
    (status = 200, body = String, content_type = "text/plain"),
    (status = 503),
))]
pub(super) async fn ready(State(state): State<ServerState>) -> Result<&'static str> {
    if state.app.is_draining() {
        return Err(app::AppError::Draining.into());
    }
    match state.app.store().ping().await {
        Ok(()) => Ok("ready"),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            Err(Problem::unavailable("the database does not answer"))
        }
    }
}
