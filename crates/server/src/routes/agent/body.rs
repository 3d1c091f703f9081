//! The body of `POST /api/agent`: our own, or what `useChat` sends as it is.

use std::collections::BTreeMap;

use agent::ApprovalId;
use agent::vocabulary::Answer;
use app::{ApprovalAnswer, MAX_REASON, Post, PostKind};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::parts;
use crate::extract::{read as read_object, syntax};
use crate::json::{Json, Object};
use crate::problem::{Problem, Result};
use crate::text::is_client_id;

/// Either of both forms: `{conversationId?, message, model?}`, or `{id, messages, trigger,
/// messageId?, model?}` as `useChat` sends it.
#[derive(ToSchema)]
#[schema(
    as = AgentRequest,
    rename_all = "camelCase",
    example = json!({"message": "Add a task to send the offer by Friday"})
)]
#[expect(
    dead_code,
    reason = "describes the body; it is read field by field, so that old messages stay unparsed"
)]
pub(super) struct AgentBody {
    /// The conversation, by our id or the client's; none for a new one.
    #[schema(max_length = 64)]
    conversation_id: Option<String>,
    /// The message: text, or `{id?, role: "user", parts}` with parts of type `text` and `file`; the
    /// `url` of a file is `/api/files/{id}` or a `data:` URL.
    #[schema(value_type = Option<Object>)]
    message: Option<Value>,
    /// `useChat`: the conversation.
    #[schema(max_length = 64)]
    id: Option<String>,
    /// `useChat`: the messages, of which only the last is read.
    #[schema(value_type = Option<Vec<Object>>)]
    messages: Option<Vec<Value>>,
    /// `useChat`: `submit-message` or `regenerate-message`.
    trigger: Option<String>,
    /// `useChat`: the message that is edited or answered anew.
    message_id: Option<String>,
    /// The model that answers from now on, by its name in `GET /api/config`.
    model: Option<String>,
}

type Fields<'a> = BTreeMap<String, &'a RawValue>;

#[derive(Deserialize)]
struct PostedMessage {
    id: Option<String>,
    role: String,
    parts: Vec<Value>,
}

/// Works out what is posted.
pub(super) fn read(bytes: &[u8]) -> Result<Post> {
    let whole: &RawValue = serde_json::from_slice(bytes).map_err(|error| syntax(&error, ""))?;
    if !whole.get().starts_with('{') {
        return Err(Problem::field("", "must be a JSON object"));
    }
    let fields = fields_of(whole, "")?;
    let own = ["conversationId", "message", "model"];
    let chat = ["id", "messages", "trigger", "messageId", "model"];
    let is_chat = fields.contains_key("messages");
    let known: &[&str] = if is_chat { &chat } else { &own };
    if let Some(unknown) = fields.keys().find(|name| !known.contains(&name.as_str())) {
        let pointer = format!("/{}", crate::text::escape(unknown));
        return Err(Problem::field(
            pointer,
            format!("unknown field; expected {}", known.join(", ")),
        ));
    }
    let model = optional(&fields, "model")?;
    let (conversation, kind) = if is_chat { read_chat(&fields)? } else { read_own(&fields)? };
    Ok(Post { conversation, model, kind })
}

/// In which conversation what is posted.
type Posted = (Option<String>, PostKind);

fn read_own(fields: &Fields<'_>) -> Result<Posted> {
    let conversation = client_id(fields, "conversationId")?;
    let Json(message) = required(fields, "message")?;
    let kind = match message {
        Value::String(text) => {
            let parts = parts::read(vec![json!({"type": "text", "text": text})], "/message")?;
            PostKind::Message { id: None, parts, replaces: None }
        }
        message => {
            let message: PostedMessage = read_object(message, "/message")?;
            if message.role != "user" {
                return Err(Problem::field("/message/role", "must be `user`"));
            }
            new_message(message, "/message", None)?
        }
    };
    Ok((conversation, kind))
}

fn read_chat(fields: &Fields<'_>) -> Result<Posted> {
    let missing = || Problem::field("/id", "is missing");
    let conversation = client_id(fields, "id")?.ok_or_else(missing)?;
    let message_id = client_id(fields, "messageId")?;
    let messages: Vec<&RawValue> = required(fields, "messages")?;
    let at = format!("/messages/{}", messages.len().saturating_sub(1));
    let trigger: String =
        optional(fields, "trigger")?.unwrap_or_else(|| "submit-message".to_owned());
    if let Some(answered) = messages.last().filter(|last| is_assistants(last)) {
        return Ok((Some(conversation), approval_answers(answered, &at)?));
    }
    let last = match messages.last() {
        Some(raw) => {
            let Json(value) =
                serde_json::from_str(raw.get()).map_err(|error| syntax(&error, &at))?;
            Some(read_object::<PostedMessage>(value, &at)?)
        }
        None => None,
    };
    let kind = match (last, trigger.as_str()) {
        (_, "regenerate-message") => PostKind::Regenerate { target: message_id },
        (Some(last), "submit-message") if last.role == "user" => {
            new_message(last, &at, message_id)?
        }
        (None, "submit-message") => return Err(Problem::field("/messages", "must not be empty")),
        (Some(_), "submit-message") => {
            return Err(Problem::field(format!("{at}/role"), "must be `user` or `assistant`"));
        }
        _ => {
            let problem = "must be `submit-message` or `regenerate-message`";
            return Err(Problem::field("/trigger", problem));
        }
    };
    Ok((Some(conversation), kind))
}

fn new_message(message: PostedMessage, at: &str, replaces: Option<String>) -> Result<PostKind> {
    if message.id.as_ref().is_some_and(|id| !is_client_id(id)) {
        return Err(Problem::field(format!("{at}/id"), CLIENT_ID));
    }
    let parts = parts::read(message.parts, &format!("{at}/parts"))?;
    Ok(PostKind::Message { id: message.id, parts, replaces })
}

/// The fields of an object, none of them parsed.
fn fields_of<'a>(object: &'a RawValue, at: &str) -> Result<Fields<'a>> {
    let Object(fields): Object<&RawValue> =
        serde_json::from_str(object.get()).map_err(|error| syntax(&error, at))?;
    Ok(fields.into_iter().collect())
}

/// Whether this field is that word.
fn says(fields: &Fields<'_>, name: &str, word: &str) -> bool {
    let text = fields.get(name).and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
    text.is_some_and(|text| text == word)
}

fn is_assistants(message: &RawValue) -> bool {
    fields_of(message, "").is_ok_and(|fields| says(&fields, "role", "assistant"))
}

/// Of an assistant message only what a person answered is read: id, decision, reason. What else it
/// holds is not looked at, as it may be anything that a model or a tool has said.
fn approval_answers(message: &RawValue, at: &str) -> Result<PostKind> {
    let fields = fields_of(message, at)?;
    let problem = |words| Problem::field(format!("{at}/parts"), words);
    let parts = fields.get("parts").ok_or_else(|| problem("is missing"))?;
    let parts: Vec<&RawValue> =
        serde_json::from_str(parts.get()).map_err(|_no_list| problem("must be a list"))?;
    let mut answers = Vec::new();
    for (place, part) in parts.into_iter().enumerate() {
        let at = format!("{at}/parts/{place}");
        if !part.get().starts_with('{') {
            continue;
        }
        let part = fields_of(part, &at)?;
        if !says(&part, "state", "approval-responded") {
            continue;
        }
        let at = format!("{at}/approval");
        let approval = match part.get("approval") {
            Some(raw) => serde_json::from_str(raw.get()).map_err(|error| syntax(&error, &at))?,
            None => Json(Value::Null),
        };
        let Json(approval) = approval;
        let id: ApprovalId = approval["id"]
            .as_str()
            .and_then(|id| id.parse().ok())
            .ok_or_else(|| Problem::field(format!("{at}/id"), "must be the id of an approval"))?;
        let approved = approval["approved"]
            .as_bool()
            .ok_or_else(|| Problem::field(format!("{at}/approved"), "must be true or false"))?;
        let reason = approval["reason"].as_str();
        if reason.is_some_and(|reason| reason.chars().count() > MAX_REASON) {
            let problem = format!("at most {MAX_REASON} characters");
            return Err(Problem::field(format!("{at}/reason"), problem));
        }
        answers.push(ApprovalAnswer {
            id,
            answer: if approved { Answer::Approve } else { Answer::Deny },
            reason: reason.map(str::to_owned),
        });
    }
    Ok(PostKind::Approvals(answers))
}

const CLIENT_ID: &str = "must be 1 to 64 characters of A-Z, a-z, 0-9, _ and -";

fn client_id(fields: &Fields<'_>, name: &str) -> Result<Option<String>> {
    let id: Option<String> = optional(fields, name)?;
    if id.as_ref().is_some_and(|id| !is_client_id(id)) {
        return Err(Problem::field(format!("/{name}"), CLIENT_ID));
    }
    Ok(id)
}

fn optional<'a, T: Deserialize<'a>>(fields: &Fields<'a>, name: &str) -> Result<Option<T>> {
    match fields.get(name).map(|raw| raw.get()) {
        None | Some("null") => Ok(None),
        Some(raw) => serde_json::from_str(raw).map_err(|error| syntax(&error, &format!("/{name}"))),
    }
}

fn required<'a, T: Deserialize<'a>>(fields: &Fields<'a>, name: &str) -> Result<T> {
    optional(fields, name)?.ok_or_else(|| Problem::field(format!("/{name}"), "is missing"))
}
