//! `smithers login` and `logout`: using a server elsewhere from this terminal.

use std::io::{self, IsTerminal as _};

use anyhow::Context as _;
use clap::Args;
use http::{Method, StatusCode, header};
use serde_json::json;

use crate::config::ConfigError;
use crate::session::{Credential, Login as Kept, Refused, Session};
use crate::terminal::read_line;

/// Log in to a server; `ask` and `chat` use it from then on.
#[derive(Args)]
pub(crate) struct Login {
    /// Where it is, such as https://smithers.example.org.
    url: String,
}

impl Login {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let url = self.url.trim_end_matches('/');
        if !url.starts_with("https://") && !url.starts_with("http://") {
            let words = "give the server's address, such as https://smithers.example.org";
            return Err(ConfigError(words.to_owned()).into());
        }
        let door = Session::at(url, Credential::None)?;
        let (email, password) = credentials()?;
        let body = json!({"email": email, "password": password});
        let reply = door.send(Method::POST, "/api/auth/login", Some(&body)).await?;
        let cookie = reply.headers.get(header::SET_COOKIE).and_then(|it| it.to_str().ok());
        let pair = cookie.and_then(|cookie| cookie.split(';').next());
        let pair = pair.context("this is no answer of a Smithers server")?.to_owned();
        let browser = Session::at(url, Credential::Cookie(pair))?;
        let name = std::env::var("HOSTNAME").unwrap_or_else(|_unset| "another machine".to_owned());
        let wanted =
            json!({"name": format!("terminal at {name}"), "scopes": ["read", "chat", "approve"]});
        let made = browser.post("/api/tokens", &wanted).await?;
        browser.post("/api/auth/logout", &json!({})).await?;
        let text = |field: &str| made[field].as_str().unwrap_or_default().to_owned();
        Kept { url: url.to_owned(), id: text("id"), token: text("token") }.keep()?;
        eprintln!("Logged in to {url} as {email}.");
        Ok(())
    }
}

/// Asked for at a terminal; else two lines of stdin.
fn credentials() -> anyhow::Result<(String, String)> {
    let missing = || ConfigError("two lines are needed: e-mail address, password".to_owned());
    if !io::stdin().is_terminal() {
        let email = read_line()?.ok_or_else(missing)?;
        return Ok((email, read_line()?.ok_or_else(missing)?));
    }
    eprint!("E-mail: ");
    let email = read_line()?.ok_or_else(missing)?;
    eprint!("Password: ");
    Ok((email, rpassword::read_password()?))
}

/// Ends the token that `login` made, and forgets it.
pub(crate) async fn log_out() -> anyhow::Result<()> {
    let kept = Kept::kept()?.ok_or_else(|| ConfigError("you are not logged in".to_owned()))?;
    let session = Session::at(&kept.url, Credential::Token(kept.token.clone()))?;
    let path = format!("/api/tokens/{}", kept.id);
    if let Err(error) = session.send(Method::DELETE, &path, None).await {
        match Refused::status_in(&error) {
            // It has ended already.
            Some(StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND) => {}
            _ => return Err(error.context("your token may still be valid; log out again later")),
        }
    }
    Kept::forget()?;
    eprintln!("Logged out of {}.", kept.url);
    Ok(())
}
