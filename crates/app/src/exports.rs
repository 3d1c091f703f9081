//! Giving a conversation out: whole as JSON, which can be imported again, or the branch that is
//! shown as Markdown, to be read.

use std::fmt::Write as _;

use agent::{Role, words};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use store::{Conversation, Message, Ts, TurnRows, User};

use crate::turns::post::part_text;
use crate::{App, AppError, context, view};

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
#[derive(Clone, Debug)]
pub struct ConversationExport {
    /// The conversation's title.
    pub title: String,
    /// The text of the file.
    pub text: String,
}

impl App {
    /// Gives a conversation out.
    pub async fn export(
        &self,
        user: &User,
        key: &str,
        format: ExportFormat,
    ) -> Result<ConversationExport, AppError> {
        let conversations = self.0.store.conversations();
        let found = conversations.find(user.id, key).await?;
        let conversation = found.ok_or(AppError::NotFound("conversation"))?;
        let text = match format {
            ExportFormat::Json => {
                let messages = conversations.whole(user.id, conversation.id).await?;
                whole(&conversation, &messages).to_string()
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
                }
                text
            }
        };
        Ok(ConversationExport { title: conversation.title, text })
    }
}

fn whole(conversation: &Conversation, messages: &[(Message, Option<TurnRows>)]) -> Value {
    let message = |(message, turn): &(Message, Option<TurnRows>)| {
        json!({
            "id": message.id,
            "parentId": message.parent_id,
            "role": message.role,
            "createdAt": message.created_at.to_string(),
            "model": turn.as_ref().map(|rows| &rows.turn.model),
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
        if let Some(text) = part_text(part) {
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
