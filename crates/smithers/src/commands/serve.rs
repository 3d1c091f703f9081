//! `smithers serve`: the whole product in one process.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use agent::permission::Mode;
use anyhow::Context as _;
use app::{App, Budgets, Catalogue, Parts, Secret, Settings, SystemClock};
use clap::Args;
use serde_json::json;
use server::ServerSettings;
use store::Store;
use tokio::net::TcpListener;
use tools::BuiltIn;

use super::{machine_token, ways_in};
use crate::config::{Config, Data, DataArgs};
use crate::data::Address;
use crate::model;
use crate::signals::Signals;
use crate::terminal::{say, tell};

pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(crate) const DEFAULT_PORT: u16 = 8080;

/// How many ports after the default one are tried.
const PORTS: u16 = 20;

/// How long running answers may take to reach a point where they can be left.
const DRAIN: Duration = Duration::from_secs(10);

/// How long connections may stay after that.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// Serve the web app and the API.
#[derive(Args)]
pub(crate) struct Serve {
    /// Address and port; port 0 takes any free one [default: 127.0.0.1:8080, or the next free port]
    /// [env: SMITHERS_LISTEN].
    #[arg(long)]
    listen: Option<SocketAddr>,
}

impl Serve {
    pub(crate) async fn run(self, data: &DataArgs) -> anyhow::Result<()> {
        let listen_at = self.listen.map(|address| address.to_string());
        let found = data.found(&[("listen", listen_at)]);
        let config = found.config()?;
        let data = config.data();
        let models = model::catalogue(&config, &found)?;
        data.make_folder()?;
        let serving = data.lock_for_serving()?;
        let (store, working) = data.open_to_work().await?;
        let app = application(store, models, &config)?;
        let listener = listen(config.listen).await?;
        let address = listener.local_addr()?;
        let programs = listening_url(address);
        let browsers = config.public_url.unwrap_or_else(|| programs.clone());
        let reached = Address { browsers, programs, secret: Secret::random() };
        data.note_address(&reached).context("the data folder cannot be written")?;
        let token = keep_token(&app, &data).await?;
        let (public_url, secret) = (reached.browsers.clone(), reached.secret.clone());
        let port = address.port();
        let server = ServerSettings { public_url, port, version: VERSION, secret };
        let router = server::router(app.clone(), server);
        let recovery = app.start_recovery().await?;
        let mut signals = Signals::all().context("signals cannot be listened for")?;
        announce(&app, &reached.browsers, address, config.permission_mode).await?;

        let draining = app.clone();
        let (is_drained, drained) = tokio::sync::oneshot::channel::<()>();
        let shutdown = async move {
            signals.next().await;
            tracing::info!("stopping: running answers are brought to a safe point");
            // A second signal means now.
            tokio::spawn(async move {
                signals.next().await;
                std::process::exit(1);
            });
            draining.drain(recovery, DRAIN).await;
            drop(is_drained);
        };
        let ended = tokio::select! {
            ended = server::serve(listener, router, shutdown) => ended,
            () = grace(drained) => {
                tracing::warn!("some connections were cut");
                Ok(())
            }
        };
        data.forget_address(&reached).context("the data folder cannot be written")?;
        if let Some(token) = token {
            app.revoke_token(&token).await?;
        }
        app.store().close().await;
        drop((serving, working));
        Ok(ended?)
    }
}

/// The application that answers.
pub(crate) fn application(store: Store, models: Catalogue, config: &Config) -> anyhow::Result<App> {
    Ok(App::new(Parts {
        tools: vec![Arc::new(BuiltIn::new(&store)?)],
        store,
        models,
        clock: Arc::new(SystemClock),
        settings: settings(config),
    }))
}

/// Replaces the token of commands on this machine. It acts for the owner, once there is one.
async fn keep_token(app: &App, data: &Data) -> anyhow::Result<Option<String>> {
    if let Some(former) = data.kept_token() {
        app.revoke_token(&former).await?;
    }
    let Some(owner) = app.store().accounts().owner().await? else { return Ok(None) };
    let text = machine_token(app, owner.id, None).await?;
    data.keep_token(&text).context("the data folder cannot be written")?;
    Ok(Some(text))
}

/// What the rules need of the configuration.
pub(super) fn settings(config: &Config) -> Settings {
    let known = models::prices::built_in();
    Settings {
        max_model_calls: config.max_turns,
        first_mode: config.permission_mode,
        approval_ttl: config.approval_ttl,
        lease_ttl: config.lease_ttl,
        compact_at: config.compact_at,
        titles: config.titles,
        prices: match &config.prices {
            Some(prices) => known.overridden_by(prices.clone()),
            None => known,
        },
        budgets: Budgets {
            turn: config.budget_turn,
            user: config.budget_user,
            day: config.budget_day,
            month: config.budget_month,
        },
        ..Settings::default()
    }
}

/// A given address must be free; the default one moves on if it is taken.
async fn listen(given: Option<SocketAddr>) -> anyhow::Result<TcpListener> {
    if let Some(address) = given {
        let bound = TcpListener::bind(address).await;
        return bound.with_context(|| format!("{address} cannot be listened on"));
    }
    for port in DEFAULT_PORT..DEFAULT_PORT + PORTS {
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            return Ok(listener);
        }
    }
    anyhow::bail!("no port from {DEFAULT_PORT} on is free; choose one with --listen")
}

/// How browsers on this machine reach a server on this address.
fn listening_url(address: SocketAddr) -> String {
    let host = match address.ip() {
        ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(host, address.port()))
}

/// Where a server is if nobody said otherwise.
pub(crate) fn default_url() -> String {
    format!("http://127.0.0.1:{DEFAULT_PORT}")
}

/// The line for programs on stdout, and the same for people on stderr.
async fn announce(
    app: &App,
    url: &str,
    address: SocketAddr,
    first_mode: Mode,
) -> anyhow::Result<()> {
    let [setup_url, sign_in_url] = ways_in(app, url, address.ip().is_loopback()).await?;
    let model = app.model_info();
    tell(format_args!("\n  Smithers {VERSION} is at {url}"));
    match (&setup_url, &sign_in_url) {
        (Some(link), _) => tell(format_args!("  Make your account:  {link}")),
        (None, Some(link)) => tell(format_args!("  Sign in:  {link}")),
        (None, None) => {}
    }
    if model.offline {
        tell("  Model: the built-in offline one, which understands simple requests only.");
        tell("  Set ANTHROPIC_API_KEY to connect Claude, or OPENAI_BASE_URL for another.");
    } else {
        tell(format_args!("  Model: {} ({})", model.id, model.provider));
    }
    let owner = app.store().accounts().owner().await?;
    if let Some(owner) = owner.filter(|_| first_mode != Mode::Default) {
        let (mode, _rules) = app.store().permissions().get(owner.id).await?;
        if mode != first_mode {
            tell(format_args!(
                "  AGENT_PERMISSION_MODE={first_mode} holds for new people only; yours is `{mode}`.\n  \
                 Change it under Settings in the browser."
            ));
        }
    }
    tell("");
    let ready = json!({
        "url": url,
        "setupUrl": setup_url,
        "signInUrl": sign_in_url,
        "model": model.id,
        "version": VERSION,
    });
    // Whoever started the server may not read this; it serves all the same.
    if let Err(error) = say(format_args!("ready {ready}")) {
        tracing::warn!(%error, "nobody reads the ready line");
    }
    Ok(())
}

/// Ends a while after everything that can be left was left: a viewer may never hang up by itself.
async fn grace(drained: tokio::sync::oneshot::Receiver<()>) {
    let _ = drained.await;
    tokio::time::sleep(LAST_ANSWERS).await;
}
