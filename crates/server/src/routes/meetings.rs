//! Meetings. What a person does here is their own act: nobody is asked.

use agent::MeetingId;
use app::{Meeting, MeetingFields, MeetingFilter, Page, in_order, period};
use axum::Json;
use axum::http::StatusCode;

use super::{Made, Reply, found, gone};
use crate::access::CurrentUser;
use crate::describe::{Id, Paging};
use crate::extract::{Body, Parameters, PathId};
use crate::problem::Result;

/// The meetings, by when they begin.
#[utoipa::path(get, path = "/api/meetings", tag = "Meetings",
    params(
        ("from" = Option<String>, Query, example = "2026-12-03", description = "only what is not over then: a day, YYYY-MM-DD in the person's zone, or a moment"),
        ("to" = Option<String>, Query, example = "2026-12-04", description = "only what begins before then: a day, which is not included unless it is also `from`, or a moment"),
        ("q" = Option<String>, Query, example = "review", description = "only with all these words in title, location, attendees or notes"),
        ("status" = Option<String>, Query, example = "confirmed", description = "confirmed or cancelled"),
        Paging,
    ),
    responses((status = 200, body = Page<Meeting>)))]
pub(super) async fn list(me: CurrentUser, query: Parameters) -> Reply<Page<Meeting>> {
    let period = period(query.text("from")?, query.text("to")?, &me.user.timezone);
    let (from, to) = period.and_then(in_order)?;
    let filter = MeetingFilter {
        from,
        to,
        query: query.text("q")?.map(str::to_owned),
        status: query.parsed("status", "confirmed or cancelled")?,
    };
    Ok(Json(me.store().meetings().list(me.id(), &filter, &query.page()?).await?))
}

/// Makes a meeting.
#[utoipa::path(post, path = "/api/meetings", tag = "Meetings", request_body = MeetingFields, responses((status = 201, body = Meeting)))]
pub(super) async fn create(me: CurrentUser, Body(body): Body<MeetingFields>) -> Made<Meeting> {
    let meeting = body.into_new(&me.user.timezone, me.app.now())?;
    let made = me.store().meetings().create(me.id(), meeting, None).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// One meeting.
#[utoipa::path(get, path = "/api/meetings/{id}", tag = "Meetings", params(Id), responses((status = 200, body = Meeting)))]
pub(super) async fn get(me: CurrentUser, PathId(id): PathId<MeetingId>) -> Reply<Meeting> {
    found(me.store().meetings().get(me.id(), id).await?, "meeting")
}

/// Changes a meeting.
#[utoipa::path(patch, path = "/api/meetings/{id}", tag = "Meetings", params(Id), request_body = MeetingFields, responses((status = 200, body = Meeting)))]
pub(super) async fn patch(
    me: CurrentUser,
    PathId(id): PathId<MeetingId>,
    Body(body): Body<MeetingFields>,
) -> Reply<Meeting> {
    let change = body.into_change()?;
    let changed = me.store().meetings().update(me.id(), id, change, me.app.now()).await?;
    found(changed.transpose()?, "meeting")
}

/// Deletes a meeting.
#[utoipa::path(delete, path = "/api/meetings/{id}", tag = "Meetings", params(Id), responses((status = 204)))]
pub(super) async fn delete(me: CurrentUser, PathId(id): PathId<MeetingId>) -> Result<StatusCode> {
    gone(me.store().meetings().delete(me.id(), id).await?, "meeting")
}
