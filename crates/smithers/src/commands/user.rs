//! `smithers user`: people, from the machine itself.

use app::{App, NewPerson, PageRequest, UserRole};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{browser_url, refused, with_app};
use crate::config::{ConfigError, DataArgs};
use crate::terminal::{list, read_line, say};

/// Add or list people.
#[derive(Args)]
pub(crate) struct User {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Add a person; the first one is the owner. Prints JSON with a link for their password, and
    /// another one if that was lost or is too old.
    Add(Add),
    /// List everybody.
    List,
}

#[derive(Args)]
struct Add {
    /// Their e-mail address.
    email: String,
    /// Their name.
    #[arg(long)]
    name: String,
    /// What they may do besides using their own things: `member` or `admin`.
    #[arg(long, default_value = "member")]
    role: UserRole,
    /// Read their password from the first line of stdin; then there is no link.
    #[arg(long)]
    password_stdin: bool,
}

impl User {
    pub(crate) async fn run(self, data: &DataArgs, is_json: bool) -> anyhow::Result<()> {
        let config = data.read()?;
        let (store, _lock) = config.data().open_to_work().await?;
        let url = browser_url(&config);
        let work = async |app: &App| match self.action {
            Action::Add(person) => Ok(say(add(app, person, &url).await?)?),
            Action::List => {
                let people = everybody(app).await?;
                Ok(list(&people, &["id", "role", "email", "name"], "nobody yet", is_json)?)
            }
        };
        with_app(&config, store, work).await
    }
}

async fn add(app: &App, person: Add, url: &str) -> anyhow::Result<Value> {
    let password = if person.password_stdin {
        let line = read_line()?;
        Some(line.ok_or_else(|| ConfigError::of("there is no password on stdin"))?)
    } else {
        None
    };
    let Add { email, name, role, .. } = person;
    let person = NewPerson { email, name, role, password, timezone: None };
    let (user, link) = app.add_user(person).await.map_err(refused)?;
    Ok(json!({
        "id": user.id,
        "email": user.email,
        "role": user.role,
        "setupUrl": link.map(|secret| format!("{url}/setup?token={secret}")),
    }))
}

async fn everybody(app: &App) -> anyhow::Result<Value> {
    let (mut request, mut items) = (PageRequest::default(), Vec::new());
    loop {
        let page = app.store().accounts().list(&request).await?;
        for user in page.items {
            let (id, email, name, role) = (user.id, user.email, user.name, user.role);
            items.push(json!({"id": id, "email": email, "name": name, "role": role}));
        }
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => return Ok(json!({"items": items, "nextCursor": null})),
        }
    }
}
