//! What changes, as it changes: ids only, so that a page reads what is so now.

use std::convert::Infallible;

use app::{Change, News};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream, StreamExt as _};
use serde::Serialize;

use crate::access::Watcher;
use crate::problem::Result;
use crate::sse::KEEP_ALIVE;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChangeBody {
    id: uuid::Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_id: Option<agent::ConversationId>,
}

/// A changed task.
const EVENT: &str =
    concat!("event: task\n", r#"data: {"id":"01960000-0000-7000-8000-000000000000"}"#, "\n\n");

/// One's own changes as server-sent events: `event` is the kind of thing (`turn`, `approval`,
/// `task`, `meeting`, `memory`, `conversation`, `import`), `data` is `{id, conversationId?}`. After
/// `reset` some were missed: load everything anew.
#[utoipa::path(get, path = "/api/events", tag = "Server", responses((status = 200, description = "the stream", body = String, content_type = "text/event-stream", example = json!(EVENT))))]
pub(super) async fn events(
    Watcher { me, access_end }: Watcher,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let news = stream::unfold(me.app.news(me.id()), |mut news| async {
        let next = news.next().await?;
        Some((next, news))
    });
    // So that a client knows at once that it is connected.
    let hello = stream::iter([Event::default().comment("connected")]);
    let events = hello.chain(news.map(frame)).take_until(access_end).map(Ok);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

fn frame(news: News) -> Event {
    match news {
        News::Missed => Event::default().event("reset").data("{}"),
        News::Changed(Change { kind, id, conversation, .. }) => {
            let body = ChangeBody { id, conversation_id: conversation };
            let event = Event::default().event(kind.as_str());
            event.json_data(body).unwrap_or_else(|error| {
                tracing::error!(%error, "a change could not be written");
                Event::default().event("reset").data("{}")
            })
        }
    }
}
