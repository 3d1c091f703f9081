//! Meetings. What a person does here is their own act: nobody is asked.

use agent::MeetingId;
use app::{
    AppError, Meeting, MeetingFields, MeetingFilter, MeetingStatus, in_order, period, present,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::List;
use crate::ServerState;
use crate::access::CurrentUser;
use crate::describe::{Id, Paging};
use crate::extract::{Body, Parameters, PathId};
use crate::problem::Problem;

/// A meeting.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MeetingBody {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// What it is about.
    #[schema(example = "Review")]
    title: String,
    /// When it begins.
    #[schema(format = "date-time", example = "2026-12-03T13:00:00Z")]
    starts_at: String,
    /// When it is over.
    #[schema(format = "date-time", example = "2026-12-03T14:00:00Z")]
    ends_at: String,
    /// The time zone it was made in.
    #[schema(example = "Europe/Berlin")]
    timezone: String,
    /// Whether it takes whole days of its zone; then it begins and ends at midnight there.
    #[schema(example = false)]
    all_day: bool,
    /// Where it is.
    #[schema(required, example = "Room 2")]
    location: Option<String>,
    /// Who takes part.
    #[schema(example = json!(["Ada", "Ben"]))]
    attendees: Vec<String>,
    /// More about it.
    #[schema(example = "Bring figures.")]
    notes: String,
    /// `confirmed` or `cancelled`.
    #[schema(value_type = String, example = "confirmed")]
    status: MeetingStatus,
    /// Where it lives.
    #[schema(example = "local")]
    source: String,
    /// Its id there.
    #[schema(required)]
    external_id: Option<String>,
    /// Its page there.
    #[schema(required)]
    external_url: Option<String>,
    /// When it was made.
    #[schema(format = "date-time")]
    created_at: String,
    /// When it last changed.
    #[schema(format = "date-time")]
    updated_at: String,
}

/// A new meeting, or a change of one. In a change, what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"title": "Review", "startsAt": "2026-12-03T13:00:00Z", "endsAt": "2026-12-03T14:00:00Z"}))]
pub(super) struct MeetingInput {
    /// 1 to 500 characters; a new meeting needs one.
    #[schema(example = "Review")]
    title: Option<String>,
    /// When it begins; a new meeting needs it.
    #[schema(format = "date-time", example = "2026-12-03T13:00:00Z")]
    starts_at: Option<String>,
    /// When it is over, later than it begins; a new meeting needs it.
    #[schema(format = "date-time", example = "2026-12-03T14:00:00Z")]
    ends_at: Option<String>,
    /// An IANA name; the person's own zone if left out of a new meeting.
    #[schema(example = "Europe/Berlin")]
    timezone: Option<String>,
    /// Whether it takes whole days: then it begins and ends at midnight in its zone.
    #[schema(example = false)]
    all_day: Option<bool>,
    /// At most 1 000 characters; `null` clears it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "Room 2")]
    location: Option<Option<String>>,
    /// At most 100 names of at most 200 characters.
    #[schema(example = json!(["Ada", "Ben"]))]
    attendees: Option<Vec<String>>,
    /// At most 20 000 characters.
    #[schema(example = "Bring figures.")]
    notes: Option<String>,
    /// `confirmed` or `cancelled`.
    #[schema(value_type = Option<String>, example = "confirmed")]
    status: Option<MeetingStatus>,
}

impl From<Meeting> for MeetingBody {
    fn from(meeting: Meeting) -> Self {
        Self {
            id: meeting.id.to_string(),
            title: meeting.title,
            starts_at: meeting.starts_at.to_string(),
            ends_at: meeting.ends_at.to_string(),
            timezone: meeting.timezone,
            all_day: meeting.all_day,
            location: meeting.location,
            attendees: meeting.attendees,
            notes: meeting.notes,
            status: meeting.status,
            source: meeting.source,
            external_id: meeting.external_id,
            external_url: meeting.external_url,
            created_at: meeting.created_at.to_string(),
            updated_at: meeting.updated_at.to_string(),
        }
    }
}

impl From<MeetingInput> for MeetingFields {
    fn from(input: MeetingInput) -> Self {
        Self {
            title: input.title,
            starts_at: input.starts_at,
            ends_at: input.ends_at,
            timezone: input.timezone,
            all_day: input.all_day,
            location: input.location,
            attendees: input.attendees,
            notes: input.notes,
            status: input.status,
        }
    }
}

/// The meetings, by when they begin.
#[utoipa::path(get, path = "/api/meetings", tag = "Meetings",
    params(
        ("from" = Option<String>, Query, example = "2026-12-03", description = "only what is not over then: a day, YYYY-MM-DD in the person's zone, or a moment"),
        ("to" = Option<String>, Query, example = "2026-12-04", description = "only what begins before then: a day, which is not included unless it is also `from`, or a moment"),
        ("q" = Option<String>, Query, example = "review", description = "only with all these words in title, location, attendees or notes"),
        ("status" = Option<String>, Query, example = "confirmed", description = "confirmed or cancelled"),
        Paging,
    ),
    responses(
        (status = 200, body = List<MeetingBody>),
    ))]
pub(super) async fn list(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    query: Parameters,
) -> Result<Json<List<MeetingBody>>, Problem> {
    let period = period(query.text("from")?, query.text("to")?, &user.timezone);
    let (from, to) = period.and_then(in_order)?;
    let filter = MeetingFilter {
        from,
        to,
        query: query.text("q")?.map(str::to_owned),
        status: query.parsed("status", "confirmed or cancelled")?,
    };
    let page = state.app.store().meetings().list(user.id, &filter, &query.page()?).await;
    Ok(Json(List::of(page.map_err(AppError::from)?)))
}

/// Makes a meeting.
#[utoipa::path(post, path = "/api/meetings", tag = "Meetings", request_body = MeetingInput, responses(
    (status = 201, body = MeetingBody),
))]
pub(super) async fn create(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    Body(body): Body<MeetingInput>,
) -> Result<(StatusCode, Json<MeetingBody>), Problem> {
    let meeting = MeetingFields::from(body).into_new(&user.timezone)?;
    let made = state.app.store().meetings().create(user.id, meeting, state.app.now()).await;
    Ok((StatusCode::CREATED, Json(made.map_err(AppError::from)?.into())))
}

/// One meeting.
#[utoipa::path(get, path = "/api/meetings/{id}", tag = "Meetings", params(Id), responses(
    (status = 200, body = MeetingBody),
))]
pub(super) async fn get(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    PathId(id): PathId<MeetingId>,
) -> Result<Json<MeetingBody>, Problem> {
    let found = state.app.store().meetings().get(user.id, id).await.map_err(AppError::from)?;
    Ok(Json(found.ok_or_else(|| Problem::not_found("meeting"))?.into()))
}

/// Changes a meeting.
#[utoipa::path(patch, path = "/api/meetings/{id}", tag = "Meetings", params(Id), request_body = MeetingInput, responses(
    (status = 200, body = MeetingBody),
))]
pub(super) async fn patch(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    PathId(id): PathId<MeetingId>,
    Body(body): Body<MeetingInput>,
) -> Result<Json<MeetingBody>, Problem> {
    let change = MeetingFields::from(body).into_change()?;
    let meetings = state.app.store().meetings();
    let changed = meetings.update(user.id, id, change, state.app.now()).await;
    let changed = changed.map_err(AppError::from)?;
    Ok(Json(changed.ok_or_else(|| Problem::not_found("meeting"))??.into()))
}

/// Deletes a meeting.
#[utoipa::path(delete, path = "/api/meetings/{id}", tag = "Meetings", params(Id), responses(
    (status = 204),
))]
pub(super) async fn delete(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    PathId(id): PathId<MeetingId>,
) -> Result<StatusCode, Problem> {
    let meetings = state.app.store().meetings();
    let deleted = meetings.delete(user.id, id).await.map_err(AppError::from)?;
    if deleted { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found("meeting")) }
}
