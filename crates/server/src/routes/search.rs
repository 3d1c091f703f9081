//! Search over what was said.

use app::{FoundMessage, Page};
use axum::Json;

use super::Reply;
use crate::access::CurrentUser;
use crate::describe::Paging;
use crate::extract::Parameters;
use crate::problem::Problem;

/// The messages in which every word of the query begins a word, newest first.
#[utoipa::path(get, path = "/api/search", tag = "Conversations",
    params(
        ("q" = String, Query, example = "offer", description = "words; case and accents do not matter"),
        Paging,
    ),
    responses(
        (status = 200, body = Page<FoundMessage>),
    ))]
pub(super) async fn messages(me: CurrentUser, query: Parameters) -> Reply<Page<FoundMessage>> {
    let words = query.text("q")?.unwrap_or_default();
    if words.trim().is_empty() {
        return Err(Problem::field("/q", "what to look for, at least one word"));
    }
    Ok(Json(me.store().search().messages(me.id(), words, &query.page()?).await?))
}
