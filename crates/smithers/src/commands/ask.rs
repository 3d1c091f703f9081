//! `smithers ask`: one message, and its answer as it comes.

use std::io::{self, IsTerminal as _, Read as _};

use clap::Args;
use http::StatusCode;

use crate::config::{ConfigError, DataArgs};
use crate::session::{Place, PlaceArgs, Refused};
use crate::terminal::{Editor, End, Show, Talk, Waiting};

/// Ask one thing and print the answer as it comes.
#[derive(Args)]
pub(crate) struct Ask {
    #[command(flatten)]
    place: PlaceArgs,
    /// What to ask; without it, stdin is read.
    message: Option<String>,
    /// What to ask.
    #[arg(long = "message", value_name = "MESSAGE", conflicts_with = "message")]
    named_message: Option<String>,
    /// Go on in this conversation, or begin one with this id.
    #[arg(long, alias = "conversation-id")]
    conversation: Option<String>,
}

impl Ask {
    pub(crate) async fn run(self, data: &DataArgs, is_json: bool) -> anyhow::Result<()> {
        let message = match self.message.or(self.named_message) {
            Some(message) => message,
            None if io::stdin().is_terminal() => {
                let words = "say what to ask: smithers ask \"What is on my list?\"";
                return Err(ConfigError::of(words).into());
            }
            None => {
                let mut text = String::new();
                let read = io::stdin().read_to_string(&mut text);
                read.map_err(|error| ConfigError::of(format!("stdin cannot be read: {error}")))?;
                text
            }
        };
        let work = async |place: &Place| ask(place, &message, self.conversation, is_json).await;
        match self.place.with_turns(data, work).await? {
            End::Answered => Ok(()),
            End::Waiting => Err(Waiting.into()),
            End::Stopped | End::Left => anyhow::bail!("stopped"),
            End::Failed => anyhow::bail!("there is no whole answer"),
        }
    }
}

async fn ask(
    place: &Place,
    message: &str,
    conversation: Option<String>,
    is_json: bool,
) -> anyhow::Result<End> {
    let is_asked = !is_json && io::stdin().is_terminal() && io::stderr().is_terminal();
    let editor = if is_asked { Some(Editor::of_terminal()?) } else { None };
    let mut talk = Talk::new(&place.session, Show::new(is_json), editor)?;
    if let Some(id) = conversation {
        if place.has_taken_up(&id).await? {
            talk.show.note("· an earlier answer was broken off; this finishes it first")?;
            if talk.resume(&id).await? == End::Left {
                return Ok(End::Left);
            }
        }
        let path = format!("/api/conversations/{id}");
        if let Err(error) = place.session.get(&path).await
            && Refused::status_in(&error) == Some(StatusCode::NOT_FOUND)
        {
            talk.show.note(&format!("· {error}; this begins one"))?;
        }
        talk.show.conversation = Some(id);
    }
    talk.say(message, None).await
}
