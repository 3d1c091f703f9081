//! Where a command finds the service: at the server it is logged in to, at the server that runs on
//! this machine, or in its own process.

use std::time::Duration;

use agent::UserId;
use anyhow::Context as _;
use app::{App, NewPerson, Recovery, Secret, User, UserRole};
use clap::Args;
use http::{Method, StatusCode};
use server::{InProcess, ServerSettings};
use store::Location;

use super::{Credential, Login, PoisonError, Refused, Session, Way};
use crate::commands::serve::{DEFAULT_PORT, VERSION, application, default_url};
use crate::commands::{machine_token, without_model};
use crate::config::{Config, ConfigError, Configuration, Data, DataArgs};
use crate::data::{Address, Lock};
use crate::model;
use crate::signals::Signals;
use crate::terminal::tell;

/// How long a token of one command holds.
const TOKEN_TTL: Duration = Duration::from_hours(24);

/// How long a command finishes what it has begun, or has taken up of others that crashed.
const FINISH: Duration = Duration::from_mins(5);

/// After what time a person is told about that.
const NOTICE: Duration = Duration::from_secs(2);

/// How long the server of this machine may take to prove that it is there.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where the service is, and for whom.
#[derive(Args)]
pub(crate) struct PlaceArgs {
    /// Whom to act for, by e-mail address, with the data of this machine [default: the owner].
    #[arg(long, alias = "user-id")]
    user: Option<String>,
    /// Use the data of this machine, also if you are logged in elsewhere.
    #[arg(long)]
    local: bool,
}

/// A session, and what ends with it.
pub(crate) struct Place {
    /// The way to the service.
    pub(crate) session: Session,
    /// The origin of the server; none if this process answers.
    pub(crate) server: Option<String>,
    temporary: Option<Temporary>,
}

/// What a command has made for itself.
struct Temporary {
    app: App,
    person: UserId,
    token: String,
    recovery: Option<Recovery>,
    _lock: Lock,
}

impl PlaceArgs {
    /// Finds the service, or starts it; it then runs turns only if this command is to.
    async fn open(&self, data: &DataArgs, runs_turns: bool) -> anyhow::Result<Place> {
        if !self.local
            && self.user.is_none()
            && let Some(Login { url, token, .. }) = Login::kept()?
        {
            let session = Session::at(&url, Credential::Token(token))?;
            return Ok(Place { session, server: Some(url), temporary: None });
        }
        let found = data.found(&[]);
        let config = found.config()?;
        let data = config.data();
        match data.noted_address() {
            Some(noted) if is_at(&noted).await => self.beside(&config, data, noted.programs).await,
            _ => self.here(&config, &data, &found, runs_turns).await,
        }
    }

    /// With the server that runs on this machine.
    async fn beside(&self, config: &Config, data: Data, url: String) -> anyhow::Result<Place> {
        let kept = data.kept_token().filter(|_| self.user.is_none());
        if let Some(token) = kept
            && is_known(&url, &token).await?
        {
            let mut session = Session::at(&url, Credential::Token(token))?;
            session.home = Some(data);
            return Ok(Place { session, server: Some(url), temporary: None });
        }
        let app = without_model(&data.open_existing().await?, config)?;
        let person = person(&app, self.user.as_deref()).await?.ok_or_else(|| {
            ConfigError::of("there is no owner yet; open the set-up link of the server")
        })?;
        let token = command_token(&app, &person).await?;
        let session = Session::at(&url, Credential::Token(token.clone()))?;
        let temporary =
            Some(Temporary { app, person: person.id, token, recovery: None, _lock: None });
        Ok(Place { session, server: Some(url), temporary })
    }

    /// In this process.
    async fn here(
        &self,
        config: &Config,
        data: &Data,
        found: &Configuration,
        runs_turns: bool,
    ) -> anyhow::Result<Place> {
        let models = model::catalogue(config, found)?;
        let (store, lock) = data.open_to_work().await?;
        let app = application(store, models, config)?;
        let person = match (person(&app, self.user.as_deref()).await?, &data.location) {
            (Some(person), _) => person,
            (None, Location::Sqlite(_)) => local_person(&app).await?,
            (None, Location::Postgres(_)) => {
                let words =
                    "there is no owner yet; make one with `smithers user add EMAIL --name N`";
                return Err(ConfigError::of(words).into());
            }
        };
        let token = command_token(&app, &person).await?;
        let recovery = if runs_turns {
            Some(app.start_recovery().await?)
        } else {
            app.store().turns().expire_due(app.now()).await?;
            None
        };
        let settings = ServerSettings {
            public_url: default_url(),
            port: DEFAULT_PORT,
            version: VERSION,
            secret: Secret::random(),
        };
        let session = Session::here(InProcess::new(app.clone(), settings), token.clone());
        let temporary = Some(Temporary { app, person: person.id, token, recovery, _lock: lock });
        Ok(Place { session, server: None, temporary })
    }

    /// Does something with the service that runs no turns, and leaves nothing behind.
    pub(crate) async fn with<T>(
        &self,
        data: &DataArgs,
        work: impl AsyncFnOnce(&Place) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        in_place(self.open(data, false).await?, work).await
    }

    /// The same with turns, also those that a crash has left.
    pub(crate) async fn with_turns<T>(
        &self,
        data: &DataArgs,
        work: impl AsyncFnOnce(&Place) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        in_place(self.open(data, true).await?, work).await
    }
}

async fn in_place<T>(
    place: Place,
    work: impl AsyncFnOnce(&Place) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let done = work(&place).await;
    place.leave().await?;
    done
}

impl Place {
    /// Whether the answer that runs in a conversation is made here: a command that crashed has left
    /// it.
    pub(crate) async fn has_taken_up(&self, conversation: &str) -> anyhow::Result<bool> {
        match &self.temporary {
            Some(made) => Ok(made.app.is_driving(made.person, conversation).await?),
            None => Ok(false),
        }
    }

    /// Leaves nothing behind.
    async fn leave(self) -> anyhow::Result<()> {
        if let Some(Temporary { app, token, recovery, .. }) = self.temporary {
            if let Some(recovery) = recovery {
                let mut signals = Signals::of_terminal()?;
                let notice = async {
                    tokio::time::sleep(NOTICE).await;
                    tell("what was begun comes to its next step first; Ctrl-C leaves it as it is");
                    std::future::pending::<()>().await;
                };
                tokio::select! {
                    () = app.drain(recovery, FINISH) => {}
                    () = signals.next() => {}
                    () = notice => {}
                }
            }
            app.revoke_token(&token).await?;
            app.store().close().await;
        }
        Ok(())
    }
}

impl Session {
    /// Finds the server of this machine where it is by now, with the token that it takes now.
    pub(super) async fn find_again(&self) -> bool {
        let Some(data) = &self.home else { return false };
        let (Some(noted), Some(token)) = (data.noted_address(), data.kept_token()) else {
            return false;
        };
        if !is_at(&noted).await {
            return false;
        }
        let mut reach = self.reach.write().unwrap_or_else(PoisonError::into_inner);
        if let Way::Http { url, .. } = &mut reach.way {
            *url = noted.programs;
        }
        reach.credential = Credential::Token(token);
        true
    }
}

/// Whether the server that noted this address still answers there: a port that it has left may be
/// anybody's, who must not see a token.
async fn is_at(noted: &Address) -> bool {
    let challenge = Secret::random();
    let answer = async {
        let session = Session::at(&noted.programs, Credential::None)?;
        let path = format!("/healthz?challenge={}", challenge.text());
        session.send_once(Method::GET, &path, None).await?.text().await
    };
    let answer = tokio::time::timeout(PATIENCE, answer).await;
    matches!(answer, Ok(Ok(proof)) if proof == noted.secret.proof(challenge.text()))
}

/// Whether a token still holds.
async fn is_known(url: &str, token: &str) -> anyhow::Result<bool> {
    let session = Session::at(url, Credential::Token(token.to_owned()))?;
    match session.send(Method::GET, "/api/me", None).await {
        Err(error) if Refused::status_in(&error) == Some(StatusCode::UNAUTHORIZED) => Ok(false),
        answer => answer.map(|_known| true),
    }
}

/// The one who is named, else the owner; none if nobody is named and there is no owner.
async fn person(app: &App, named: Option<&str>) -> anyhow::Result<Option<User>> {
    let accounts = app.store().accounts();
    let Some(name) = named else { return Ok(accounts.owner().await?) };
    let found = match name.trim().parse() {
        Ok(id) => accounts.user(id).await?,
        Err(_address) => accounts.credentials(name.trim()).await?.map(|(user, _hash)| user),
    };
    let unknown = || ConfigError::of(format!("there is nobody {name}; see `smithers user list`"));
    Ok(Some(found.ok_or_else(unknown)?))
}

/// The same; there must be one.
pub(crate) async fn known_person(app: &App, named: Option<&str>) -> anyhow::Result<User> {
    let person = person(app, named).await?;
    person.context("there is no owner yet; open the server's set-up link")
}

/// The owner of a file that nobody has set up: whoever sits at this machine.
async fn local_person(app: &App) -> anyhow::Result<User> {
    let login = std::env::var("USER").unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let name = if login.is_empty() || !login.chars().all(is_plain) { "me" } else { &login };
    let zone = jiff::tz::TimeZone::system();
    let person = NewPerson {
        email: format!("{name}@localhost"),
        name: name.to_owned(),
        role: UserRole::Member,
        password: None,
        timezone: zone.iana_name().map(str::to_owned),
    };
    let (user, _link) = app.add_user(person).await.context("no account could be made")?;
    tell(format_args!(
        "You are {} from now on. `smithers serve` prints a link that signs you in.",
        user.email
    ));
    Ok(user)
}

async fn command_token(app: &App, person: &User) -> anyhow::Result<String> {
    Ok(machine_token(app, person.id, Some(app.now().plus(TOKEN_TTL))).await?)
}
