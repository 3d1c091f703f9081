//! `smithers user`: people, from the machine itself.

use app::{App, NewPerson, PageRequest, UserRole};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{browser_url, refused, without_model};
use crate::config::{ConfigError, DataArgs};
use crate::terminal::{read_line, say};

/// Add or list people.
#[derive(Args)]
pub(crate) struct User {
    #[command(flatten)]
    data: DataArgs,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Add a person; the first one is the owner. Prints JSON with a link for their password.
    Add(Add),
    /// List everybody, one JSON object a line.
    List {
        /// Print them as one JSON object, as the lists of the HTTP API are.
        #[arg(long)]
        json: bool,
    },
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
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let config = self.data.read()?;
        let data = config.data();
        let store = data.open_or_make().await?;
        let app = without_model(&store, &config)?;
        match self.action {
            Action::Add(person) => {
                say(format_args!("{}", add(&app, person, &browser_url(&data, &config)).await?))?;
            }
            Action::List { json } => list(&app, json).await?,
        }
        store.close().await;
        Ok(())
    }
}

async fn add(app: &App, person: Add, url: &str) -> anyhow::Result<Value> {
    let password = if person.password_stdin {
        let line = read_line()?;
        Some(line.ok_or_else(|| ConfigError("there is no password on stdin".to_owned()))?)
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

async fn list(app: &App, is_one: bool) -> anyhow::Result<()> {
    let (mut request, mut items) = (PageRequest::default(), Vec::new());
    loop {
        let page = app.store().accounts().list(&request).await?;
        for user in page.items {
            let (id, email, name, role) = (user.id, user.email, user.name, user.role);
            items.push(json!({"id": id, "email": email, "name": name, "role": role}));
        }
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => break,
        }
    }
    if is_one {
        say(format_args!("{:#}", json!({"items": items, "nextCursor": null})))?;
    } else {
        for item in items {
            say(item)?;
        }
    }
    Ok(())
}
