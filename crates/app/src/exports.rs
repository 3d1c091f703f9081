//! Giving a conversation out: whole as JSON, which can be imported again, or the branch that is
//! shown as Markdown, to be read.

use std::fmt::Write as _;

use agent::message::text_of;
use agent::{Role, TurnStatus, UserId, words};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use store::{Conversation, File, Files, Message, StoreError, Ts, TurnRows, User};

use crate::files::plain_name;
use crate::{App, Result, context, view};

/// What an export says it is.
pub(crate) const FORMAT: &str = "smithers.conversation";

/// The version of its form.
pub(crate) const VERSION: u32 = 1;

words! {
    /// The form of an export.
    ExportFormat as "export format" {
        /// Everything, for programs and for importing it again.
        Json = "json",
        /// The branch that is shown, for people.
        Markdown = "markdown",
    }
}

/// A conversation to be kept elsewhere.
pub struct ConversationExport {
    /// The name of the file.
    pub name: String,
    /// Its text in pieces, of which each holds one file at most.
    pub text: BoxStream<'static, Result<String, StoreError>>,
}

impl App {
    /// Gives a conversation out.
    pub async fn export(
        &self,
        user: &User,
        key: &str,
        format: ExportFormat,
    ) -> Result<ConversationExport> {
        let conversations = self.0.store.conversations();
        let conversation = self.conversation(user.id, key).await?;
        let title = conversation.title.replace(['/', '\\'], "-");
        let title = if title.trim().is_empty() { "conversation" } else { &title };
        let (extension, text) = match format {
            ExportFormat::Json => {
                let messages = conversations.whole(user.id, conversation.id).await?;
                let files = self.0.store.files();
                let enclosed = files.of_conversation(user.id, conversation.id).await?;
                let whole = whole(&conversation, &messages).to_string();
                ("json", with_files(whole, files, user.id, enclosed))
            }
            ExportFormat::Markdown => {
                let branch = conversations.branch(user.id, conversation.id, None).await?;
                let zone = context::zone(user);
                let mut text = heading(&conversation, &zone);
                for entry in &branch {
                    let who = match entry.message.role {
                        Role::User => &user.name,
                        Role::Assistant => "Smithers",
                    };
                    let parts = view::message_parts(&entry.message, entry.turn.as_ref());
                    write_message(&mut text, who, &moment(entry.message.created_at, &zone), &parts);
                    if is_unfinished(entry.turn.as_ref()) {
                        text.push_str("\n*This answer was still being written.*\n");
                    }
                }
                ("md", stream::iter([Ok(text)]).boxed())
            }
        };
        Ok(ConversationExport { name: format!("{}.{extension}", plain_name(title)), text })
    }
}

/// Whether what is stored of an answer is not all of it.
fn is_unfinished(turn: Option<&TurnRows>) -> bool {
    let status = turn.map(|rows| rows.turn.status);
    matches!(status, Some(TurnStatus::Queued | TurnStatus::Running))
}

/// Adds the bytes of the files as the last member of an object, reading each when its turn comes.
fn with_files(
    mut object: String,
    files: Files,
    owner: UserId,
    enclosed: Vec<File>,
) -> BoxStream<'static, Result<String, StoreError>> {
    object.pop();
    object.push_str(",\"files\":[");
    let each = stream::iter(enclosed.into_iter().enumerate()).then(move |(place, file)| {
        let files = files.clone();
        async move {
            let data = files.read(owner, file.id, file.size).await?;
            let entry = json!({
                "id": file.id,
                "name": file.name,
                "mediaType": file.media_type,
                "data": data.map(|data| STANDARD.encode(data)),
            });
            let comma = if place == 0 { "" } else { "," };
            Ok(format!("{comma}{entry}"))
        }
    });
    let (begin, end) = (stream::iter([Ok(object)]), stream::iter([Ok("]}".to_owned())]));
    begin.chain(each).chain(end).boxed()
}

fn whole(conversation: &Conversation, messages: &[(Message, Option<TurnRows>)]) -> Value {
    let message = |(message, turn): &(Message, Option<TurnRows>)| {
        json!({
            "id": message.id,
            "parentId": message.parent_id,
            "role": message.role,
            "createdAt": message.created_at.to_string(),
            "model": turn.as_ref().map(|rows| &rows.turn.model),
            "status": turn.as_ref().map(|rows| rows.turn.status),
            "parts": view::message_parts(message, turn.as_ref()),
        })
    };
    json!({
        "format": FORMAT,
        "version": VERSION,
        "conversation": {
            "id": conversation.id,
            "title": conversation.title,
            "createdAt": conversation.created_at.to_string(),
            "updatedAt": conversation.updated_at.to_string(),
        },
        "messages": messages.iter().map(message).collect::<Vec<_>>(),
        "headId": conversation.head_id,
    })
}

fn heading(conversation: &Conversation, zone: &TimeZone) -> String {
    let title = if conversation.title.is_empty() { "Untitled" } else { &conversation.title };
    format!("# {title}\n\n*{}*\n", moment(conversation.created_at, zone))
}

fn moment(at: Ts, zone: &TimeZone) -> String {
    at.timestamp().to_zoned_datetime(zone.clone()).strftime("%a %Y-%m-%d %H:%M %Z").to_string()
}

fn write_message(out: &mut String, who: &str, when: &str, parts: &[Value]) {
    let _ = write!(out, "\n## {who}, {when}\n");
    for part in parts {
        if let Some(text) = text_of(part) {
            let _ = write!(out, "\n{}\n", text.trim_end());
        } else if let Some(line) = line_of(part) {
            let _ = write!(out, "\n- {line}\n");
        }
    }
}

/// What is no text in one line: a tool call with its outcome, a file.
fn line_of(part: &Value) -> Option<String> {
    match part["type"].as_str()? {
        "dynamic-tool" => {
            let name = part["title"].as_str().or_else(|| part["toolName"].as_str())?;
            let outcome = match part["state"].as_str()? {
                "output-available" => "done",
                "output-denied" => "denied",
                "output-error" => "failed",
                _ => "open",
            };
            Some(format!("Tool: {name} `{}`: {outcome}", part["input"]))
        }
        "file" => Some(format!("File: {}", part["filename"].as_str().unwrap_or("unnamed"))),
        _ => None,
    }
}
