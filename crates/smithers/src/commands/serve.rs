//! `smithers serve`: the whole product in one process.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use agent::model::Model;
use anyhow::Context as _;
use app::{App, Budgets, Catalogue, Parts, Scope, Settings, SystemClock, TokenDraft};
use clap::Args;
use offline::Offline;
use serde_json::json;
use server::ServerSettings;
use tokio::net::TcpListener;
use tools::BuiltIn;

use crate::config::{
    ConfigError, Data, DataArgs, count, dollars, duration, prices, switch, tokens, variable,
};
use crate::data::Address;
use crate::model;

const VERSION: &str = env!("CARGO_PKG_VERSION");

const DEFAULT_PORT: u16 = 8080;

/// How many ports after the default one are tried.
const PORTS: u16 = 20;

/// How fast the offline model writes.
const OFFLINE_PACE: Duration = Duration::from_millis(25);

/// How long running answers may take to reach a point where they can be left.
const DRAIN: Duration = Duration::from_secs(10);

/// How long connections may stay after that.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// Serve the web app and the API.
#[derive(Args)]
pub(crate) struct Serve {
    /// Address and port; port 0 takes any free one [default: 127.0.0.1:8080, or the next free port].
    #[arg(long, env = "SMITHERS_LISTEN")]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    data: DataArgs,
}

impl Serve {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let data = self.data.resolve()?;
        let settings = settings()?;
        let given_url = given_url()?;
        let model = model::chosen()?.unwrap_or_else(offline);
        data.make_folder()?;
        let lock = data.lock_for_serving()?;
        let store = data.open_migrated().await?;
        let app = App::new(Parts {
            tools: vec![Arc::new(BuiltIn::new(&store)?)],
            store: store.clone(),
            models: Catalogue::of(model),
            clock: Arc::new(SystemClock),
            settings,
        });
        let listener = listen(self.listen).await?;
        let address = listener.local_addr()?;
        let programs = listening_url(address);
        let browsers = given_url.unwrap_or_else(|| programs.clone());
        let reached = Address { browsers, programs };
        data.note_address(&reached).context("the data folder cannot be written")?;
        keep_token(&app, &data).await?;
        let url = reached.browsers;
        let server =
            ServerSettings { public_url: url.clone(), port: address.port(), version: VERSION };
        let router = server::router(app.clone(), server);
        let recovery = app.start_recovery().await?;
        announce(&app, &url, address).await?;

        let draining = app.clone();
        let (is_drained, drained) = tokio::sync::oneshot::channel::<()>();
        let shutdown = async move {
            stop_signal().await;
            tracing::info!("stopping: running answers are brought to a safe point");
            // A second signal means now.
            tokio::spawn(async {
                stop_signal().await;
                std::process::exit(1);
            });
            draining.drain(recovery, DRAIN).await;
            drop(is_drained);
        };
        tokio::select! {
            ended = server::serve(listener, router, shutdown) => ended?,
            () = grace(drained) => tracing::warn!("some connections were cut"),
        }
        store.close().await;
        drop(lock);
        Ok(())
    }
}

/// Replaces the token of commands on this machine. It acts for the owner, once there is one.
async fn keep_token(app: &App, data: &Data) -> anyhow::Result<()> {
    if let Some(former) = data.kept_token() {
        app.revoke_token(&former).await?;
    }
    if let Some(owner) = app.store().accounts().owner().await? {
        let draft = TokenDraft {
            name: "commands on the server's machine".to_owned(),
            scopes: vec![Scope::Read, Scope::Chat, Scope::Approve],
            expires_at: None,
        };
        let (_token, text) = app.issue_token(owner.id, draft, None).await?;
        data.keep_token(&text).context("the data folder cannot be written")?;
    }
    Ok(())
}

fn settings() -> Result<Settings, ConfigError> {
    let default = Settings::default();
    Ok(Settings {
        max_model_calls: count("AGENT_MAX_TURNS", default.max_model_calls)?,
        approval_ttl: duration("SMITHERS_APPROVAL_TTL", default.approval_ttl)?,
        lease_ttl: duration("SMITHERS_LEASE_TTL", default.lease_ttl)?,
        compact_at: tokens("SMITHERS_COMPACT_AT")?,
        titles: switch("SMITHERS_TITLES", default.titles)?,
        prices: prices()?,
        budgets: Budgets {
            turn: dollars("SMITHERS_BUDGET_TURN")?,
            user: dollars("SMITHERS_BUDGET_USER")?,
            day: dollars("SMITHERS_BUDGET_DAY")?,
            month: dollars("SMITHERS_BUDGET_MONTH")?,
        },
        ..default
    })
}

/// The built-in model.
pub(super) fn offline() -> Arc<dyn Model> {
    Arc::new(Offline::new(OFFLINE_PACE))
}

/// A given address must be free; the default one moves on if it is taken.
async fn listen(given: Option<SocketAddr>) -> anyhow::Result<TcpListener> {
    if let Some(address) = given {
        let bound = TcpListener::bind(address).await;
        return bound.with_context(|| format!("{address} cannot be listened on"));
    }
    let mut last = None;
    for port in DEFAULT_PORT..DEFAULT_PORT + PORTS {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Ok(listener) => return Ok(listener),
            Err(error) => last = Some(error),
        }
    }
    match last {
        Some(error) => Err(error).context("no port from 8080 on is free; choose one with --listen"),
        None => anyhow::bail!("no port was tried"),
    }
}

/// How browsers reach the server, if somebody said so.
fn given_url() -> Result<Option<String>, ConfigError> {
    let Some(url) = variable("SMITHERS_PUBLIC_URL")? else { return Ok(None) };
    let origin = url.trim_end_matches('/');
    let is_origin = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"))
        .is_some_and(is_host);
    if !is_origin {
        return Err(ConfigError(
            "SMITHERS_PUBLIC_URL must be an origin such as https://smithers.example.org, without credentials, path or spaces"
                .to_owned(),
        ));
    }
    Ok(Some(origin.to_owned()))
}

/// Whether this is a host, perhaps with a port, and nothing more: no credentials, path or spaces.
fn is_host(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let is_name = !host.is_empty() && host.chars().all(is_plain);
    (is_name || is_address.is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok()))
        && port.is_none_or(|port| port.parse::<u16>().is_ok())
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
pub(super) fn default_url() -> String {
    format!("http://127.0.0.1:{DEFAULT_PORT}")
}

/// The line for programs on stdout, and the same for people on stderr.
async fn announce(app: &App, url: &str, address: SocketAddr) -> anyhow::Result<()> {
    let needs_setup = app.is_setup_required().await?;
    let setup_url = if needs_setup {
        Some(format!("{url}/setup?token={}", app.issue_setup_link().await?))
    } else {
        None
    };
    let sign_in_url = if !needs_setup && address.ip().is_loopback() {
        Some(format!("{url}/sign-in?token={}", app.issue_sign_in_link().await?))
    } else {
        None
    };
    let model = app.model_info();
    eprintln!("\n  Smithers {VERSION} is at {url}");
    match (&setup_url, &sign_in_url) {
        (Some(link), _) => eprintln!("  Make your account:  {link}"),
        (None, Some(link)) => eprintln!("  Sign in:  {link}"),
        (None, None) => {}
    }
    if model.offline {
        eprintln!("  Model: the built-in offline one, which understands simple requests only.");
        eprintln!("  Set ANTHROPIC_API_KEY to connect Claude, or OPENAI_BASE_URL for another.\n");
    } else {
        eprintln!("  Model: {} ({})\n", model.id, model.provider);
    }
    let ready = json!({
        "url": url,
        "setupUrl": setup_url,
        "signInUrl": sign_in_url,
        "model": model.id,
        "version": VERSION,
    });
    // Whoever started the server may not read this; it serves all the same.
    if let Err(error) = writeln!(std::io::stdout(), "ready {ready}") {
        tracing::warn!(%error, "nobody reads the ready line");
    }
    Ok(())
}

/// Ends a while after everything that can be left was left: a viewer may never hang up by itself.
async fn grace(drained: tokio::sync::oneshot::Receiver<()>) {
    let _ = drained.await;
    tokio::time::sleep(LAST_ANSWERS).await;
}

#[cfg(unix)]
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "only Ctrl-C stops the server");
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

#[cfg(not(unix))]
async fn stop_signal() {
    let _ = tokio::signal::ctrl_c().await;
}
