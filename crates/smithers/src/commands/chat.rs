//! `smithers chat`: a conversation in the terminal.

use std::io::{self, IsTerminal as _};

use clap::Args;
use http::Method;
use serde_json::json;

use crate::config::{DataArgs, did_you_mean};
use crate::session::{Place, PlaceArgs, Session, config_folder};
use crate::terminal::{Asked, Editor, End, Said, Show, Talk, Waiting, line_of, say, tell};

const HELP: &str = "\
/new             begin a new conversation
/list            the latest conversations
/open N          go on in one of them, by its number in the list or its id
/approvals       answer what waits, in all conversations
/tasks           open tasks
/model [NAME]    which model answers here, or another one
/compact         summarise what is old, so that less is sent
/export [FILE]   this conversation as Markdown
/quit            leave; Ctrl-D does too
Ctrl-C stops an answer; twice leaves.";

/// How many messages of a conversation are shown that is gone on with.
const NEWEST: usize = 200;

/// Talk in the terminal.
#[derive(Args)]
pub(crate) struct Chat {
    #[command(flatten)]
    place: PlaceArgs,
    /// Go on in this conversation, or begin one with this id.
    #[arg(long, alias = "conversation-id")]
    conversation: Option<String>,
}

/// What one chat keeps between lines.
struct Desk<'s> {
    talk: Talk<'s>,
    /// The model that the person chose for a conversation that has not begun.
    model: Option<String>,
    /// What `/list` showed last.
    listed: Vec<String>,
    last: End,
    is_json: bool,
}

impl Chat {
    pub(crate) async fn run(self, data: &DataArgs, is_json: bool) -> anyhow::Result<()> {
        let work = async |place: &Place| chat(place, self.conversation, is_json).await;
        match self.place.with_turns(data, work).await? {
            End::Waiting => Err(Waiting.into()),
            End::Answered | End::Stopped | End::Left => Ok(()),
            End::Failed => anyhow::bail!("the last message was not answered"),
        }
    }
}

async fn chat(place: &Place, conversation: Option<String>, is_json: bool) -> anyhow::Result<End> {
    let history = config_folder().map(|folder| folder.join("history"));
    let editor = Some(Editor::of_stdin(history)?);
    let talk = Talk::new(&place.session, Show::new(is_json), editor)?;
    let mut desk = Desk { talk, model: None, listed: Vec::new(), last: End::Answered, is_json };
    desk.greet(place.server.as_deref()).await?;
    if let Some(id) = conversation
        && let Err(error) = desk.open(&id).await
    {
        desk.note(&format!("· {error}; what you write begins one"))?;
        desk.talk.show.conversation = Some(id);
    }
    loop {
        let said = desk.talk.line()?;
        let line = match &said {
            Said::Line(line) => line.trim(),
            // Nobody is there to press it twice.
            Said::Interrupted if !io::stdin().is_terminal() => return Ok(desk.last),
            Said::Interrupted if desk.last == End::Stopped => return Ok(End::Left),
            Said::Interrupted => {
                desk.last = End::Stopped;
                desk.note("· Ctrl-C again leaves")?;
                ""
            }
            Said::End => return Ok(desk.last),
        };
        match desk.take(line).await {
            Ok(true) => {}
            Ok(false) => return Ok(desk.last),
            // A refusal is no reason to leave.
            Err(error) => desk.talk.show.note(&format!("{error:#}"))?,
        }
    }
}

impl Desk<'_> {
    async fn greet(&mut self, server: Option<&str>) -> anyhow::Result<()> {
        let me = self.session().get("/api/me").await?;
        let config = self.session().get("/api/config").await?;
        let at = server.unwrap_or("this machine");
        let name = me["name"].as_str().unwrap_or_default();
        let model = config["model"]["id"].as_str().unwrap_or_default();
        self.note(&format!("Smithers at {at} for {name}; model: {model}. /help lists commands."))
    }

    /// Does what a line says; whether to go on.
    async fn take(&mut self, line: &str) -> anyhow::Result<bool> {
        let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        match command {
            "" => {}
            "/help" if self.is_json => tell(HELP),
            "/help" => self.note(HELP)?,
            "/quit" | "/exit" => return Ok(false),
            "/new" => {
                self.talk.show.conversation = None;
                self.last = End::Answered;
                self.note("· a new conversation")?;
            }
            "/list" => self.list().await?,
            "/open" => {
                let listed = rest.parse().ok().and_then(|number: usize| number.checked_sub(1));
                let id = listed.and_then(|place| self.listed.get(place).cloned());
                self.open(&id.unwrap_or_else(|| rest.to_owned())).await?;
            }
            "/approvals" => self.approvals().await?,
            "/tasks" => self.tasks().await?,
            "/model" => self.model(rest).await?,
            "/compact" => {
                let path = format!("/api/conversations/{}/compact", self.current()?);
                let made = self.session().post(&path, &json!({})).await?;
                self.note(if made["summary"].is_null() {
                    "· there is nothing to summarise yet"
                } else {
                    "· older messages are summarised for the model; all stay readable"
                })?;
            }
            "/export" => self.export(rest).await?,
            _ if command.starts_with('/') => {
                let known = HELP.lines().filter_map(|line| line.split(' ').next());
                let hint = did_you_mean(command, known);
                let stop = if hint.is_empty() { "." } else { "" };
                self.note(&format!("· no such command{hint}{stop} /help lists them"))?;
            }
            _ => self.say(line).await?,
        }
        Ok(self.last != End::Left)
    }

    async fn say(&mut self, line: &str) -> anyhow::Result<()> {
        let model = self.model.take();
        self.last = self.talk.say(line, model).await?;
        Ok(())
    }

    async fn list(&mut self) -> anyhow::Result<()> {
        let found = self.session().get("/api/conversations?limit=20").await?;
        if self.is_json {
            say(&found)?;
        }
        self.listed.clear();
        let items = found["items"].as_array().into_iter().flatten();
        for (place, item) in items.enumerate() {
            let text = |name: &str| item[name].as_str().unwrap_or_default();
            self.listed.push(text("id").to_owned());
            let (day, title) = (text("updatedAt").get(..10).unwrap_or_default(), text("title"));
            let state = if text("status") == "idle" { "" } else { text("status") };
            if self.is_json {
                continue;
            }
            say(format_args!("{:>2}  {day}  {}  {state}", place + 1, line_of(title)))?;
        }
        Ok(())
    }

    /// Goes on in a conversation: shows its newest messages, and what runs or waits.
    async fn open(&mut self, id: &str) -> anyhow::Result<()> {
        if id.is_empty() || id.contains(['/', '?', '#', '%', ' ']) {
            return self.note("· say which: /open 1, after /list");
        }
        let conversation = self.session().get(&format!("/api/conversations/{id}")).await?;
        let id = conversation["id"].as_str().unwrap_or(id).to_owned();
        let path = format!("/api/conversations/{id}/messages");
        let mut messages = self.session().all(&path, None).await?;
        if conversation["status"] != "idle" {
            messages.pop();
        }
        for message in &messages[messages.len().saturating_sub(NEWEST)..] {
            if message["role"] == "assistant" {
                self.talk.show.stored(message)?;
                continue;
            }
            let texts = message["parts"].as_array().into_iter().flatten();
            for text in texts.filter_map(|part| part["text"].as_str()) {
                self.note(&format!("› {}", line_of(text)))?;
            }
        }
        self.last = self.talk.resume(&id).await?;
        Ok(())
    }

    async fn approvals(&mut self) -> anyhow::Result<()> {
        let found = self.session().all("/api/approvals", Some("pending")).await?;
        if found.is_empty() {
            return self.note("· nothing waits");
        }
        for approval in &found {
            let is_ours =
                approval["conversationId"].as_str() == self.talk.show.conversation.as_deref();
            if !is_ours {
                self.talk.ask(&Asked::of_approval(approval)).await?;
            }
        }
        if let Some(id) = self.talk.show.conversation.clone() {
            self.last = self.talk.resume(&id).await?;
        }
        Ok(())
    }

    async fn tasks(&mut self) -> anyhow::Result<()> {
        let found = self.session().all("/api/tasks", Some("open")).await?;
        if self.is_json {
            return Ok(say(json!({"items": found, "nextCursor": null}))?);
        }
        for task in &found {
            let due = task["dueOn"].as_str().or_else(|| task["dueAt"].as_str());
            say(format_args!(
                "• {}  {}",
                line_of(task["title"].as_str().unwrap_or_default()),
                due.unwrap_or_default()
            ))?;
        }
        if found.is_empty() {
            self.note("· no open tasks")?;
        }
        Ok(())
    }

    /// Chooses who answers here, or says who does and who else may.
    async fn model(&mut self, name: &str) -> anyhow::Result<()> {
        let config = self.session().get("/api/config").await?;
        let known = config["models"].as_array().into_iter().flatten();
        let names: Vec<&str> = known.filter_map(|model| model["name"].as_str()).collect();
        if !name.is_empty() && !names.contains(&name) {
            anyhow::bail!("there is no model {name}; choose one of {}", names.join(", "));
        }
        let path = self.current().ok().map(|id| format!("/api/conversations/{id}"));
        let chosen = match path {
            None => {
                self.model =
                    Some(name).filter(|it| !it.is_empty()).map(str::to_owned).or(self.model.take());
                json!(self.model)
            }
            Some(path) if name.is_empty() => self.session().get(&path).await?["model"].take(),
            Some(path) => {
                self.session().patch(&path, &json!({"model": name})).await?["model"].take()
            }
        };
        let chosen = chosen.as_str().or(names.first().copied()).unwrap_or_default();
        let others: Vec<&str> = names.iter().copied().filter(|name| *name != chosen).collect();
        let others = if others.is_empty() { "none".to_owned() } else { others.join(", ") };
        self.note(&format!("· model: {chosen}; others: {others}"))
    }

    async fn export(&mut self, file: &str) -> anyhow::Result<()> {
        let path = format!("/api/conversations/{}/export?format=markdown", self.current()?);
        let text = self.session().send(Method::GET, &path, None).await?.text().await?;
        if file.is_empty() && self.is_json {
            say(json!({"markdown": text}))?;
        } else if file.is_empty() {
            self.talk.show.whole(&text)?;
        } else {
            std::fs::write(file, text)?;
            self.note(&format!("· written to {file}"))?;
        }
        Ok(())
    }

    fn current(&self) -> anyhow::Result<&str> {
        let id = self.talk.show.conversation.as_deref();
        id.ok_or_else(|| anyhow::anyhow!("there is no conversation yet; write something first"))
    }

    const fn session(&self) -> &Session {
        self.talk.session
    }

    fn note(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(self.talk.show.note(text)?)
    }
}
