//! Conversations and their messages.

use app::{Conversation, ConversationChange, Page, present};
use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::usage::Amounts;
use super::{Made, Reply, found};
use crate::access::CurrentUser;
use crate::describe::{Key, Paging};
use crate::extract::{Body, Parameters, PathKey};
use crate::problem::{Problem, Result};
use crate::text::is_client_id;

/// The most characters of a title.
const MAX_TITLE: usize = 200;

/// A conversation and what its answers have cost.
#[derive(Serialize, ToSchema)]
pub(super) struct ConversationWithUsage {
    #[serde(flatten)]
    conversation: Conversation,
    /// All of its answers, also those of other branches.
    usage: Amounts,
}

/// A new conversation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "The offer"}))]
pub(super) struct NewConversation {
    /// Its title.
    title: Option<String>,
}

/// A change; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"title": "The offer", "pinned": true}))]
pub(super) struct ConversationPatch {
    /// New title.
    title: Option<String>,
    /// Keep at the top.
    pinned: Option<bool>,
    /// Keep out of the list.
    archived: Option<bool>,
    /// The model that answers from now on, by its name in `GET /api/config`; null for the default
    /// one.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    model: Option<Option<String>>,
    /// Show the branch that this message belongs to.
    head_id: Option<String>,
}

/// What the model is sent from now on in place of older messages.
#[derive(Serialize, ToSchema)]
pub(super) struct Compacted {
    /// The summary; `null` if nothing was old enough.
    #[schema(required)]
    summary: Option<String>,
}

/// A message as the AI SDK's `UIMessage`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `App::messages` writes")]
pub(super) struct MessageBody {
    /// The client's id of a person's message if it has one, else the server's.
    #[schema(example = "msg-1")]
    id: String,
    /// `user` or `assistant`.
    #[schema(example = "user")]
    role: String,
    /// The server's id, siblings, and the turn of an answer.
    #[schema(value_type = BTreeMap<String, Value>, example = json!({
        "id": "01960000-0000-7000-8000-000000000000", "createdAt": "2026-11-25T13:00:00Z",
        "siblings": ["01960000-0000-7000-8000-000000000000"],
    }))]
    metadata: Value,
    /// The parts.
    #[schema(value_type = Vec<Object>, example = json!([{"type": "text", "text": "Remind me of the offer"}]))]
    parts: Value,
}

/// The conversations, pinned first, then the newest.
#[utoipa::path(get, path = "/api/conversations", tag = "Conversations",
    params(
        ("q" = Option<String>, Query, example = "offer", description = "only with this in the title"),
        ("archived" = Option<bool>, Query, example = false, description = "only archived ones"),
        Paging,
    ),
    responses((status = 200, body = Page<Conversation>)))]
pub(super) async fn list(me: CurrentUser, query: Parameters) -> Reply<Page<Conversation>> {
    let archived = query.parsed("archived", "true or false")?.unwrap_or(false);
    let (conversations, page) = (me.store().conversations(), query.page()?);
    Ok(Json(conversations.list(me.id(), archived, query.text("q")?, &page).await?))
}

/// Makes an empty conversation.
#[utoipa::path(post, path = "/api/conversations", tag = "Conversations", request_body = NewConversation, responses((status = 201, body = Conversation)))]
pub(super) async fn create(
    me: CurrentUser,
    Body(body): Body<NewConversation>,
) -> Made<Conversation> {
    let title = checked_title(&body.title.unwrap_or_default())?;
    let made = me.store().conversations().create(me.id(), &title, me.app.now()).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// One conversation.
#[utoipa::path(get, path = "/api/conversations/{id}", tag = "Conversations", params(Key), responses((status = 200, body = ConversationWithUsage)))]
pub(super) async fn get(me: CurrentUser, PathKey(id): PathKey) -> Reply<ConversationWithUsage> {
    let conversation = me.app.conversation(me.id(), &id).await?;
    let usage = me.store().bills().of_conversation(me.id(), conversation.id).await?.into();
    Ok(Json(ConversationWithUsage { conversation, usage }))
}

/// Changes a conversation.
#[utoipa::path(patch, path = "/api/conversations/{id}", tag = "Conversations", params(Key),
    request_body = ConversationPatch,
    responses((status = 200, body = Conversation)))]
pub(super) async fn patch(
    me: CurrentUser,
    PathKey(id): PathKey,
    Body(body): Body<ConversationPatch>,
) -> Reply<Conversation> {
    let title = body.title.map(|title| checked_title(&title)).transpose()?;
    if let Some(Some(name)) = &body.model {
        me.app.check_model("/model", name)?;
    }
    let conversation = me.app.conversation(me.id(), &id).await?;
    let conversations = me.store().conversations();
    let unknown = || Problem::field("/headId", "no message of this conversation");
    let head = match &body.head_id {
        Some(key) if !is_client_id(key) => return Err(unknown()),
        Some(key) => {
            let found = conversations.message(me.id(), conversation.id, key).await?;
            Some(found.ok_or_else(unknown)?.id)
        }
        None => None,
    };
    let ConversationPatch { archived, pinned, model, .. } = body;
    let change = ConversationChange { title, archived, pinned, model, head };
    found(conversations.update(me.id(), conversation.id, change).await?, "conversation")
}

/// Deletes a conversation with everything in it.
#[utoipa::path(delete, path = "/api/conversations/{id}", tag = "Conversations", params(Key), responses((status = 204)))]
pub(super) async fn delete(me: CurrentUser, PathKey(id): PathKey) -> Result<StatusCode> {
    me.app.delete_conversation(me.id(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The branch that is shown, as `useChat` takes it, oldest first.
#[utoipa::path(get, path = "/api/conversations/{id}/messages", tag = "Conversations",
    params(Key, Paging),
    responses((status = 200, body = Page<MessageBody>)))]
pub(super) async fn messages(
    me: CurrentUser,
    PathKey(id): PathKey,
    query: Parameters,
) -> Reply<Page<Value>> {
    Ok(Json(me.app.messages(me.id(), &id, &query.page()?).await?))
}

/// Summarises all but the newest exchange of the branch that is shown, for the model: messages stay
/// as they are.
#[utoipa::path(post, path = "/api/conversations/{id}/compact", tag = "Conversations", params(Key), responses((status = 200, body = Compacted)))]
pub(super) async fn compact(me: CurrentUser, PathKey(id): PathKey) -> Reply<Compacted> {
    Ok(Json(Compacted { summary: me.app.compact(&me.user, &id).await? }))
}

fn checked_title(title: &str) -> Result<String> {
    if title.chars().count() > MAX_TITLE || title.chars().any(char::is_control) {
        let problem = format!("at most {MAX_TITLE} characters on one line");
        return Err(Problem::field("/title", problem));
    }
    Ok(title.trim().to_owned())
}
