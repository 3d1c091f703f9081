//! The arguments of the meeting tools: what the model is told of each field, and how it is read.

use schemars::JsonSchema;
use serde::Deserialize;
use store::{MeetingFields, MeetingStatus, present};

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CreateMeeting {
    /// What it is about, in a few words.
    #[schemars(length(min = 1, max = 500))]
    pub(super) title: String,
    /// When it begins, in UTC as RFC 3339 with Z.
    #[schemars(extend("format" = "date-time"))]
    pub(super) starts_at: String,
    /// When it is over, in UTC as RFC 3339 with Z.
    #[schemars(extend("format" = "date-time"))]
    pub(super) ends_at: String,
    /// Its time zone as an IANA name, if not the person's.
    #[serde(default)]
    timezone: Option<String>,
    /// Whether it takes whole days, from one midnight in its zone to another.
    #[serde(default)]
    all_day: Option<bool>,
    /// Where it is.
    #[serde(default)]
    location: Option<String>,
    /// Who takes part besides the person.
    #[serde(default)]
    attendees: Option<Vec<String>>,
    /// More about it.
    #[serde(default)]
    notes: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListMeetings {
    /// From when on: a day as YYYY-MM-DD in the person's zone, or a moment. Left out: today.
    #[serde(default)]
    pub(super) from: Option<String>,
    /// Before when: a day, which is not included itself, or a moment. The same day as `from` is that
    /// whole day.
    #[serde(default)]
    pub(super) to: Option<String>,
    /// Only meetings with all these words in title, place, attendees or notes.
    #[serde(default)]
    pub(super) q: Option<String>,
    /// `nextCursor` of the page before.
    #[serde(default)]
    pub(super) cursor: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MeetingIs {
    /// The meeting's id.
    pub(super) id: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UpdateMeeting {
    /// The meeting's id.
    pub(super) id: String,
    /// The new title.
    #[serde(default)]
    #[schemars(length(min = 1, max = 500))]
    title: Option<String>,
    /// The new beginning, in UTC as RFC 3339 with Z.
    #[serde(default)]
    #[schemars(extend("format" = "date-time"))]
    starts_at: Option<String>,
    /// The new end, in UTC as RFC 3339 with Z.
    #[serde(default)]
    #[schemars(extend("format" = "date-time"))]
    ends_at: Option<String>,
    /// The new time zone, as an IANA name.
    #[serde(default)]
    timezone: Option<String>,
    /// Whether it takes whole days now.
    #[serde(default)]
    all_day: Option<bool>,
    /// The new place; null for none.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    location: Option<Option<String>>,
    /// Everybody who takes part now.
    #[serde(default)]
    attendees: Option<Vec<String>>,
    /// The new notes.
    #[serde(default)]
    notes: Option<String>,
    /// The new state: confirmed or cancelled.
    #[serde(default)]
    #[schemars(with = "Option<Status>")]
    status: Option<MeetingStatus>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct FindFreeTime {
    /// From when on: a day as YYYY-MM-DD in the person's zone, or a moment. Left out: now.
    #[serde(default)]
    pub(super) from: Option<String>,
    /// Before when: a day, which is not included itself, or a moment. The same day as `from` is that
    /// whole day. Left out: for a week.
    #[serde(default)]
    pub(super) to: Option<String>,
    /// How long the free time must be at least. Left out: 30.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1440))]
    pub(super) minutes: Option<u16>,
    /// Between which times of day. Left out: 09:00 to 17:00.
    #[serde(default)]
    pub(super) working_hours: Option<WorkingHours>,
    /// On which days of the week. Left out: Monday to Friday.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(super) days: Option<Vec<Day>>,
    /// The zone that working hours and days are meant in, as an IANA name, if not the person's.
    #[serde(default)]
    pub(super) timezone: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(super) struct WorkingHours {
    /// HH:MM.
    #[schemars(regex(pattern = r"^\d{2}:\d{2}$"))]
    pub(super) start: String,
    /// HH:MM, up to 24:00.
    #[schemars(regex(pattern = r"^\d{2}:\d{2}$"))]
    pub(super) end: String,
}

/// A day of the week.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(super) enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// The states of a meeting, for the schema.
#[derive(JsonSchema)]
#[schemars(inline, rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is used")]
enum Status {
    Confirmed,
    Cancelled,
}

impl CreateMeeting {
    pub(super) fn into_fields(self) -> MeetingFields {
        MeetingFields {
            title: Some(self.title),
            starts_at: Some(self.starts_at),
            ends_at: Some(self.ends_at),
            timezone: self.timezone,
            all_day: self.all_day,
            location: Some(self.location),
            attendees: self.attendees,
            notes: self.notes,
            status: None,
        }
    }
}

impl UpdateMeeting {
    pub(super) fn into_fields(self) -> MeetingFields {
        MeetingFields {
            title: self.title,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            timezone: self.timezone,
            all_day: self.all_day,
            location: self.location,
            attendees: self.attendees,
            notes: self.notes,
            status: self.status,
        }
    }
}
