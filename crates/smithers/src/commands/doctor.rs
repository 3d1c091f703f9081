//! `smithers doctor`: everything that Smithers needs, checked, and what to do about what is wrong.

mod machine;
mod network;

use std::io;

use agent::words;
use app::{Catalogue, Clock as _, SystemClock};
use serde_json::{Value, json};
use store::{Location, MigrationState, MigrationStatus, Store};

use crate::config::{Config, Configuration, Data, DataArgs};
use crate::model;
use crate::terminal::say;

words! {
    /// What a check came to.
    State as "state of a check" {
        /// As it should be.
        Ok = "ok",
        /// Worth knowing.
        Warning = "warning",
        /// Smithers does not work this way.
        Failed = "failed",
    }
}

/// What a check found.
struct Finding {
    state: State,
    detail: String,
    remedy: Option<String>,
}

impl Finding {
    fn ok(detail: impl Into<String>) -> Self {
        Self { state: State::Ok, detail: detail.into(), remedy: None }
    }

    fn warning(detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { state: State::Warning, detail: detail.into(), remedy: Some(remedy.into()) }
    }

    fn failed(detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { state: State::Failed, detail: detail.into(), remedy: Some(remedy.into()) }
    }
}

/// All findings so far; each is shown as soon as it is there.
struct Report {
    is_json: bool,
    failed: usize,
    checks: Vec<Value>,
}

impl Report {
    fn add(&mut self, name: &str, finding: Finding) -> io::Result<()> {
        let Finding { state, detail, remedy } = finding;
        self.failed += usize::from(state == State::Failed);
        if !self.is_json {
            say(format_args!("{:<8} {name}: {detail}", state.as_str()))?;
            if let Some(remedy) = &remedy {
                say(format_args!("         → {remedy}"))?;
            }
        }
        self.checks
            .push(json!({"name": name, "status": state, "detail": detail, "remedy": remedy}));
        Ok(())
    }

    fn end(self) -> anyhow::Result<()> {
        if self.is_json {
            let told = json!({"ok": self.failed == 0, "checks": self.checks});
            say(format_args!("{told:#}"))?;
        }
        anyhow::ensure!(self.failed == 0, "checks that failed: {}", self.failed);
        Ok(())
    }
}

/// Checks everything, and fails if anything does.
pub(crate) async fn run(data: &DataArgs, is_json: bool) -> anyhow::Result<()> {
    let mut report = Report { is_json, failed: 0, checks: Vec::new() };
    let found = data.found(&[]);
    let configured = found.config().and_then(|config| {
        let models = model::catalogue(&config, &found)?;
        Ok((config, models))
    });
    match configured {
        Ok((config, models)) => {
            report.add("config", configuration(&found))?;
            installed(&found, &config, &models, &mut report).await?;
        }
        Err(error) => {
            let remedy = "mend this; `smithers config check` tries again";
            report.add("config", Finding::failed(error.to_string(), remedy))?;
        }
    }
    network::local_models(&mut report).await?;
    report.add("proxy", network::proxy())?;
    report.end()
}

/// What can be checked once the configuration is right.
async fn installed(
    found: &Configuration,
    config: &Config,
    models: &Catalogue,
    report: &mut Report,
) -> io::Result<()> {
    let data = config.data();
    report.add("data folder", machine::folder(&data))?;
    report.add("disk", machine::disk(&data))?;
    database(&data, &found.place("database_url", ""), report).await?;
    for model in models.all() {
        report.add("model", network::model(model).await)?;
    }
    report.add("port", network::port(config, &data).await)?;
    if let Some(url) = &config.public_url {
        report.add("public URL", network::public_url(url).await)?;
    }
    Ok(())
}

fn configuration(found: &Configuration) -> Finding {
    let file = found.file.as_ref().map(|file| file.display().to_string());
    match found.notes.first() {
        None => Finding::ok(file.unwrap_or_else(|| "no configuration file".to_owned())),
        Some(note) => Finding::warning(note.to_string(), "`smithers config check` lists all notes"),
    }
}

async fn database(data: &Data, url: &str, report: &mut Report) -> io::Result<()> {
    let kind = match &data.location {
        Location::Sqlite(path) if !path.exists() => {
            let detail = format!("{} is not there yet; the first start makes it", path.display());
            return report.add("database", Finding::ok(detail));
        }
        Location::Sqlite(path) => path.display().to_string(),
        Location::Postgres(_) => "Postgres".to_owned(),
    };
    let (migrations, clock) = match look_into(&data.location).await {
        Ok(found) => found,
        Err(error) => {
            let remedy = match data.location {
                Location::Sqlite(_) => {
                    "give the file back its rights, or restore it from a backup".to_owned()
                }
                Location::Postgres(_) => format!("check {url}, and that the database runs"),
            };
            let detail = format!("{kind}: {:#}", anyhow::Error::from(error));
            return report.add("database", Finding::failed(detail, remedy));
        }
    };
    report.add("database", schema(&kind, &migrations))?;
    report.add("clock", machine::clock(store::Ts::from(SystemClock.now()), clock))
}

async fn look_into(
    location: &Location,
) -> Result<(Vec<MigrationStatus>, store::Ts), store::StoreError> {
    let store = Store::open(location).await?;
    store.check_reader_version().await?;
    let found = (store.migration_status().await?, store.clock().await?);
    store.close().await;
    Ok(found)
}

fn schema(kind: &str, migrations: &[MigrationStatus]) -> Finding {
    let count = |state| migrations.iter().filter(|it| it.state == state).count();
    match (count(MigrationState::Changed), count(MigrationState::Pending)) {
        (0, 0) => Finding::ok(format!("{kind} is up to date")),
        (0, pending) => Finding::warning(
            format!("{kind} lacks {pending} migrations"),
            "`smithers migrate up`, or start the server, which does the same",
        ),
        (changed, _) => Finding::failed(
            format!("{kind}: {changed} migrations are not those of this binary"),
            "use the binary that made the database, or a newer one",
        ),
    }
}
