//! `smithers login` and `logout`: using a server elsewhere from this terminal.

use std::io::{self, IsTerminal as _, Write as _};

use anyhow::Context as _;
use clap::Args;
use http::{Method, StatusCode, header};
use reqwest::Url;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::config::ConfigError;
use crate::session::{CONNECT, Credential, Login as Kept, Refused, Session, version};
use crate::terminal::{read_line, say, tell};

/// Log in to a server; `ask` and `chat` use it from then on.
#[derive(Args)]
pub(crate) struct Login {
    /// Where it is, such as https://smithers.example.org.
    url: String,
}

impl Login {
    pub(crate) async fn run(self, is_json: bool) -> anyhow::Result<()> {
        let url = self.url.trim_end_matches('/');
        let parsed = Url::parse(url);
        if !parsed.is_ok_and(|url| matches!(url.scheme(), "https" | "http")) {
            let words = "give the server's address, such as https://smithers.example.org";
            return Err(ConfigError::of(words).into());
        }
        let door = Session::at(url, Credential::None)?;
        look(&door, url).await?;
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
        if is_json {
            say(json!({"url": url, "email": email}))?;
        } else {
            tell(format_args!("Logged in to {url} as {email}."));
        }
        Ok(())
    }
}

/// Makes sure that there is a server to log in to, before anybody is asked for a password.
async fn look(door: &Session, url: &str) -> anyhow::Result<()> {
    let config = match timeout(CONNECT, door.get("/api/config")).await {
        Ok(Err(error)) if error.is::<reqwest::Error>() => {
            let remedy = "check the address, and that the server runs";
            anyhow::bail!("{error:#}; {remedy}");
        }
        Ok(answer) => answer.unwrap_or(Value::Null),
        Err(_elapsed) => anyhow::bail!("{url} does not answer within {CONNECT:?}"),
    };
    anyhow::ensure!(version(&config).is_some(), "what answers at {url} is no Smithers server");
    anyhow::ensure!(
        config["auth"]["setupRequired"] != true,
        "nobody has an account at {url} yet; open the set-up link that the server printed"
    );
    Ok(())
}

/// Asked for at a terminal; else two lines of stdin.
fn credentials() -> anyhow::Result<(String, String)> {
    let missing = || ConfigError::of("two lines are needed: e-mail address, password");
    if !io::stdin().is_terminal() {
        let email = read_line()?.ok_or_else(missing)?;
        return Ok((email, read_line()?.ok_or_else(missing)?));
    }
    let mut stderr = io::stderr();
    write!(stderr, "E-mail: ")?;
    let email = read_line()?.ok_or_else(missing)?;
    write!(stderr, "Password: ")?;
    Ok((email, rpassword::read_password()?))
}

/// Ends the token that `login` made, and forgets it.
pub(crate) async fn log_out(is_json: bool) -> anyhow::Result<()> {
    let kept = Kept::kept()?.ok_or_else(|| ConfigError::of("you are not logged in"))?;
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
    if is_json {
        say(json!({"url": kept.url}))?;
    } else {
        tell(format_args!("Logged out of {}.", kept.url));
    }
    Ok(())
}
