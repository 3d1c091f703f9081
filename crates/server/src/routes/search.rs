//! Search over what was said.

use agent::Role;
use app::{AppError, FoundMessage};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::List;
use crate::ServerState;
use crate::access::CurrentUser;
use crate::describe::Paging;
use crate::extract::Parameters;
use crate::problem::Problem;

/// A message that was found.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FoundBody {
    /// The conversation it is in.
    #[schema(format = "uuid")]
    conversation_id: String,
    /// The message.
    #[schema(format = "uuid")]
    message_id: String,
    /// `user` or `assistant`.
    #[schema(value_type = String, example = "user")]
    role: Role,
    /// The conversation's title.
    #[schema(example = "The offer")]
    title: String,
    /// What surrounds the first match: at most 200 characters of HTML, with matches in `<mark>`.
    #[schema(example = "Send the <mark>offer</mark> on Friday")]
    snippet: String,
    /// When it was written.
    #[schema(format = "date-time")]
    created_at: String,
}

impl From<FoundMessage> for FoundBody {
    fn from(found: FoundMessage) -> Self {
        Self {
            conversation_id: found.conversation_id.to_string(),
            message_id: found.message_id.to_string(),
            role: found.role,
            title: found.title,
            snippet: found.snippet,
            created_at: found.created_at.to_string(),
        }
    }
}

/// The messages in which every word of the query begins a word, newest first.
#[utoipa::path(get, path = "/api/search", tag = "Conversations",
    params(
        ("q" = String, Query, example = "offer", description = "words; case and accents do not matter"),
        Paging,
    ),
    responses(
        (status = 200, body = List<FoundBody>),
    ))]
pub(super) async fn messages(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    query: Parameters,
) -> Result<Json<List<FoundBody>>, Problem> {
    let words = query.text("q")?.unwrap_or_default();
    if words.trim().is_empty() {
        return Err(Problem::field("/q", "what to look for, at least one word"));
    }
    let found = state.app.store().search().messages(user.id, words, &query.page()?).await;
    Ok(Json(List::of(found.map_err(AppError::from)?)))
}
