//! Meetings.

use agent::{MeetingId, words};
use serde::Serialize;
use utoipa::ToSchema;

use super::field::LOCAL;
use crate::{Ts, fresh};

words! {
    /// Whether a meeting takes place.
    MeetingStatus as "meeting status" {
        /// It takes place.
        Confirmed = "confirmed",
        /// It was called off.
        Cancelled = "cancelled",
    }
}

/// A meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MeetingBody)]
pub struct Meeting {
    /// Its id.
    #[schema(value_type = Uuid)]
    pub id: MeetingId,
    /// What it is about.
    #[schema(example = "Review")]
    pub title: String,
    /// When it begins.
    #[schema(value_type = String, format = "date-time", example = "2026-12-03T13:00:00Z")]
    pub starts_at: Ts,
    /// When it is over.
    #[schema(value_type = String, format = "date-time", example = "2026-12-03T14:00:00Z")]
    pub ends_at: Ts,
    /// The time zone it was made in.
    #[schema(example = "Europe/Berlin")]
    pub timezone: String,
    /// Whether it takes whole days of its zone; then it begins and ends at midnight there.
    #[schema(example = false)]
    pub all_day: bool,
    /// Where it is.
    #[schema(required, example = "Room 2")]
    pub location: Option<String>,
    /// Who takes part.
    #[schema(example = json!(["Ada", "Ben"]))]
    pub attendees: Vec<String>,
    /// More about it.
    #[schema(example = "Bring figures.")]
    pub notes: String,
    /// `confirmed` or `cancelled`.
    #[schema(value_type = String, example = "confirmed")]
    pub status: MeetingStatus,
    /// Where it lives.
    #[schema(example = "local")]
    pub source: String,
    /// Its id there.
    #[schema(required)]
    pub external_id: Option<String>,
    /// Its page there.
    #[schema(required)]
    pub external_url: Option<String>,
    /// When it was made.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Ts,
    /// When it last changed.
    #[schema(value_type = String, format = "date-time")]
    pub updated_at: Ts,
}

/// A change of a meeting; absent fields stay.
#[derive(Clone, Debug, Default)]
pub struct MeetingChange {
    /// New title.
    pub title: Option<String>,
    /// New beginning.
    pub starts_at: Option<Ts>,
    /// New end.
    pub ends_at: Option<Ts>,
    /// New time zone.
    pub timezone: Option<String>,
    /// Whether it takes whole days from now on.
    pub all_day: Option<bool>,
    /// New place; `Some(None)` clears it.
    pub location: Option<Option<String>>,
    /// Who takes part from now on.
    pub attendees: Option<Vec<String>>,
    /// New notes.
    pub notes: Option<String>,
    /// New state.
    pub status: Option<MeetingStatus>,
}

/// Which meetings are wanted.
#[derive(Clone, Debug, Default)]
pub struct MeetingFilter {
    /// Only what is not over at this moment.
    pub from: Option<Ts>,
    /// Only what begins before this moment.
    pub to: Option<Ts>,
    /// Only with every word of this in title, place, attendees or notes, case and accents aside.
    pub query: Option<String>,
    /// Only in this state.
    pub status: Option<MeetingStatus>,
}

impl Meeting {
    /// The beginning of a meeting of the person's own: without words, people or a place.
    #[must_use]
    pub fn new(starts_at: Ts, ends_at: Ts, timezone: &str, now: Ts) -> Self {
        Self {
            id: fresh(),
            title: String::new(),
            starts_at,
            ends_at,
            timezone: timezone.to_owned(),
            all_day: false,
            location: None,
            attendees: Vec::new(),
            notes: String::new(),
            status: MeetingStatus::Confirmed,
            source: LOCAL.to_owned(),
            external_id: None,
            external_url: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// The meeting after a change.
    #[must_use]
    pub fn changed(self, change: MeetingChange) -> Self {
        Self {
            title: change.title.unwrap_or(self.title),
            starts_at: change.starts_at.unwrap_or(self.starts_at),
            ends_at: change.ends_at.unwrap_or(self.ends_at),
            timezone: change.timezone.unwrap_or(self.timezone),
            all_day: change.all_day.unwrap_or(self.all_day),
            location: change.location.unwrap_or(self.location),
            attendees: change.attendees.unwrap_or(self.attendees),
            notes: change.notes.unwrap_or(self.notes),
            status: change.status.unwrap_or(self.status),
            ..self
        }
    }
}
