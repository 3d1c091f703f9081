//! Conversations and their messages.

use agent::TurnStatus;
use app::{Conversation, ConversationChange, present};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::List;
use super::usage::Amounts;
use crate::ServerState;
use crate::access::CurrentUser;
use crate::describe::{Key, Paging};
use crate::extract::{Body, Parameters, PathKey};
use crate::problem::Problem;
use crate::text::is_client_id;

const UNKNOWN_HEAD: &str = "no message of this conversation";

/// The most characters of a title.
const MAX_TITLE: usize = 200;

/// A conversation, without its messages.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConversationBody {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// The id that a client gave it.
    #[schema(required)]
    client_id: Option<String>,
    /// Its title.
    #[schema(example = "Send the offer")]
    title: String,
    /// The beginning of what was said last.
    #[schema(example = "Remind me of the offer")]
    preview: String,
    /// When something was last said.
    #[schema(format = "date-time")]
    updated_at: String,
    /// Kept at the top.
    pinned: bool,
    /// Kept out of the list.
    archived: bool,
    /// The model that was chosen for it; none for the default one.
    #[schema(required, example = "offline")]
    model: Option<String>,
    /// Whether an answer is being written or waits for a person.
    status: ConversationStatus,
    /// The newest message of the branch that is shown.
    #[schema(required, format = "uuid")]
    head_id: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum ConversationStatus {
    Idle,
    Queued,
    Running,
    Waiting,
}

/// A conversation and what its answers have cost.
#[derive(Serialize, ToSchema)]
pub(super) struct ConversationWithUsage {
    #[serde(flatten)]
    conversation: ConversationBody,
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
#[derive(Serialize, ToSchema)]
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

impl From<Value> for MessageBody {
    fn from(mut message: Value) -> Self {
        let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
        let (id, role) = (text("id"), text("role"));
        Self { id, role, metadata: message["metadata"].take(), parts: message["parts"].take() }
    }
}

impl From<Conversation> for ConversationBody {
    fn from(conversation: Conversation) -> Self {
        Self {
            id: conversation.id.to_string(),
            client_id: conversation.client_id,
            title: conversation.title,
            preview: conversation.preview,
            updated_at: conversation.updated_at.to_string(),
            pinned: conversation.pinned,
            archived: conversation.archived,
            model: conversation.model,
            status: match conversation.active {
                Some(TurnStatus::Queued) => ConversationStatus::Queued,
                Some(TurnStatus::Running) => ConversationStatus::Running,
                Some(TurnStatus::Waiting) => ConversationStatus::Waiting,
                Some(
                    TurnStatus::Completed
                    | TurnStatus::Stopped
                    | TurnStatus::Superseded
                    | TurnStatus::Expired
                    | TurnStatus::Failed
                    | TurnStatus::Limited,
                )
                | None => ConversationStatus::Idle,
            },
            head_id: conversation.head_id.map(|id| id.to_string()),
        }
    }
}

/// The conversations, pinned first, then the newest.
#[utoipa::path(get, path = "/api/conversations", tag = "Conversations",
    params(
        ("q" = Option<String>, Query, example = "offer", description = "only with this in the title"),
        ("archived" = Option<bool>, Query, example = false, description = "only archived ones"),
        Paging,
    ),
    responses((status = 200, body = List<ConversationBody>)))]
pub(super) async fn list(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    query: Parameters,
) -> Result<Json<List<ConversationBody>>, Problem> {
    let archived = query.parsed("archived", "true or false")?.unwrap_or(false);
    let conversations = state.app.store().conversations();
    let page = conversations.list(user.id, archived, query.text("q")?, &query.page()?).await;
    Ok(Json(List::of(page.map_err(app::AppError::from)?)))
}

/// Makes an empty conversation.
#[utoipa::path(post, path = "/api/conversations", tag = "Conversations", request_body = NewConversation, responses((status = 201, body = ConversationBody)))]
pub(super) async fn create(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    Body(body): Body<NewConversation>,
) -> Result<(StatusCode, Json<ConversationBody>), Problem> {
    let title = body.title.unwrap_or_default();
    check_title(&title)?;
    let conversations = state.app.store().conversations();
    let made = conversations.create(user.id, title.trim(), state.app.now()).await;
    Ok((StatusCode::CREATED, Json(made.map_err(app::AppError::from)?.into())))
}

/// One conversation.
#[utoipa::path(get, path = "/api/conversations/{id}", tag = "Conversations", params(Key), responses((status = 200, body = ConversationWithUsage)))]
pub(super) async fn get(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    PathKey(id): PathKey,
) -> Result<Json<ConversationWithUsage>, Problem> {
    let conversation = find(&state, &user, &id).await?;
    let spent = state.app.store().bills().of_conversation(user.id, conversation.id).await;
    let usage = spent.map_err(app::AppError::from)?.into();
    Ok(Json(ConversationWithUsage { conversation: conversation.into(), usage }))
}

/// Changes a conversation.
#[utoipa::path(patch, path = "/api/conversations/{id}", tag = "Conversations", params(Key),
    request_body = ConversationPatch,
    responses((status = 200, body = ConversationBody)))]
pub(super) async fn patch(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    PathKey(id): PathKey,
    Body(body): Body<ConversationPatch>,
) -> Result<Json<ConversationBody>, Problem> {
    if let Some(title) = &body.title {
        check_title(title)?;
    }
    if let Some(Some(name)) = &body.model {
        state.app.check_model("/model", name)?;
    }
    let conversation = find(&state, &user, &id).await?;
    let conversations = state.app.store().conversations();
    let head = match &body.head_id {
        Some(key) if !is_client_id(key) => return Err(Problem::field("/headId", UNKNOWN_HEAD)),
        Some(key) => {
            let found = conversations.message(user.id, conversation.id, key).await;
            let found = found.map_err(app::AppError::from)?;
            let unknown = || Problem::field("/headId", UNKNOWN_HEAD);
            Some(found.ok_or_else(unknown)?.id)
        }
        None => None,
    };
    let change = ConversationChange {
        title: body.title.map(|title| title.trim().to_owned()),
        archived: body.archived,
        pinned: body.pinned,
        model: body.model,
        head,
    };
    let changed = conversations.update(user.id, conversation.id, change).await;
    let changed = changed.map_err(app::AppError::from)?;
    Ok(Json(changed.ok_or_else(|| Problem::not_found("conversation"))?.into()))
}

/// Deletes a conversation with everything in it.
#[utoipa::path(delete, path = "/api/conversations/{id}", tag = "Conversations", params(Key), responses((status = 204)))]
pub(super) async fn delete(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    PathKey(id): PathKey,
) -> Result<StatusCode, Problem> {
    state.app.delete_conversation(user.id, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The branch that is shown, as `useChat` takes it, oldest first.
#[utoipa::path(get, path = "/api/conversations/{id}/messages", tag = "Conversations",
    params(Key, Paging),
    responses((status = 200, body = List<MessageBody>)))]
pub(super) async fn messages(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    PathKey(id): PathKey,
    query: Parameters,
) -> Result<Json<List<MessageBody>>, Problem> {
    Ok(Json(List::of(state.app.messages(user.id, &id, &query.page()?).await?)))
}

/// Summarises all but the newest exchange of the branch that is shown, for the model: messages stay
/// as they are.
#[utoipa::path(post, path = "/api/conversations/{id}/compact", tag = "Conversations", params(Key), responses((status = 200, body = Compacted)))]
pub(super) async fn compact(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    PathKey(id): PathKey,
) -> Result<Json<Compacted>, Problem> {
    Ok(Json(Compacted { summary: state.app.compact(&user, &id).await? }))
}

async fn find(state: &ServerState, user: &app::User, key: &str) -> Result<Conversation, Problem> {
    let conversations = state.app.store().conversations();
    let found = conversations.find(user.id, key).await.map_err(app::AppError::from)?;
    found.ok_or_else(|| Problem::not_found("conversation"))
}

fn check_title(title: &str) -> Result<(), Problem> {
    if title.chars().count() > MAX_TITLE || title.chars().any(char::is_control) {
        return Err(Problem::field(
            "/title",
            format!("at most {MAX_TITLE} characters on one line"),
        ));
    }
    Ok(())
}
