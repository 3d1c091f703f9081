//! What may stand in a meeting.

use jiff::tz::TimeZone;
use serde::Deserialize;
use utoipa::ToSchema;

use super::field::{Checked, FieldError, line, moment, needed, notes, present, title};
use crate::{Meeting, MeetingChange, MeetingStatus, Ts};

const MAX_LOCATION: usize = 1_000;
const MAX_ATTENDEES: usize = 100;
const MAX_ATTENDEE: usize = 200;

/// A new meeting, or a change of one. In a change, what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = MeetingInput, example = json!({"title": "Review", "startsAt": "2026-12-03T13:00:00Z", "endsAt": "2026-12-03T14:00:00Z"}))]
pub struct MeetingFields {
    /// 1 to 500 characters; a new meeting needs one.
    #[schema(example = "Review")]
    pub title: Option<String>,
    /// When it begins; a new meeting needs it.
    #[schema(format = "date-time", example = "2026-12-03T13:00:00Z")]
    pub starts_at: Option<String>,
    /// When it is over, later than it begins; a new meeting needs it.
    #[schema(format = "date-time", example = "2026-12-03T14:00:00Z")]
    pub ends_at: Option<String>,
    /// An IANA name; the person's own zone if left out of a new meeting.
    #[schema(example = "Europe/Berlin")]
    pub timezone: Option<String>,
    /// Whether it takes whole days: then it begins and ends at midnight in its zone.
    #[schema(example = false)]
    pub all_day: Option<bool>,
    /// At most 1 000 characters; `null` clears it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "Room 2")]
    pub location: Option<Option<String>>,
    /// At most 100 names of at most 200 characters.
    #[schema(example = json!(["Ada", "Ben"]))]
    pub attendees: Option<Vec<String>>,
    /// At most 20 000 characters.
    #[schema(example = "Bring figures.")]
    pub notes: Option<String>,
    /// `confirmed` or `cancelled`.
    #[schema(value_type = Option<String>, example = "confirmed")]
    pub status: Option<MeetingStatus>,
}

impl MeetingFields {
    /// As a new meeting; `timezone` is the zone if none is written.
    pub fn into_new(self, timezone: &str, now: Ts) -> Checked<Meeting> {
        let needed = needed([
            ("title", self.title.is_some(), "a meeting needs a title"),
            ("startsAt", self.starts_at.is_some(), "a meeting needs a beginning"),
            ("endsAt", self.ends_at.is_some(), "a meeting needs an end"),
        ]);
        let meeting = Meeting::new(now, now, timezone, now).changed(self.checked(needed)?);
        meeting.check_span()?;
        Ok(meeting)
    }

    /// As a change.
    pub fn into_change(self) -> Checked<MeetingChange> {
        self.checked(Vec::new())
    }

    fn checked(self, mut problems: Vec<FieldError>) -> Checked<MeetingChange> {
        let change = MeetingChange {
            title: title(self.title, &mut problems),
            starts_at: self.starts_at.and_then(|at| moment("startsAt", &at, &mut problems)),
            ends_at: self.ends_at.and_then(|at| moment("endsAt", &at, &mut problems)),
            timezone: self.timezone.and_then(|name| known_zone(&name, &mut problems)),
            all_day: self.all_day,
            location: line("location", self.location, MAX_LOCATION, &mut problems),
            attendees: self.attendees.map(|names| checked_attendees(&names, &mut problems)),
            notes: notes(self.notes, &mut problems),
            status: self.status,
        };
        let whole_days_of = change.timezone.as_deref().filter(|_| change.all_day == Some(true));
        if let (Some(starts_at), Some(ends_at)) = (change.starts_at, change.ends_at)
            && let Err(more) = check_span(starts_at, ends_at, whole_days_of)
        {
            problems.extend(more);
        }
        if problems.is_empty() { Ok(change) } else { Err(problems) }
    }
}

impl Meeting {
    /// Checks when it is, as it is now.
    pub(crate) fn check_span(&self) -> Checked<()> {
        let zone = self.all_day.then_some(self.timezone.as_str());
        check_span(self.starts_at, self.ends_at, zone)
    }
}

/// Checks when a meeting is; one that takes whole days of `zone` begins and ends at midnight there.
fn check_span(starts_at: Ts, ends_at: Ts, zone: Option<&str>) -> Checked<()> {
    let mut problems = Vec::new();
    if ends_at <= starts_at {
        problems.push(("endsAt", "a meeting ends after it begins".to_owned()));
    }
    if let Some(zone) = zone {
        let moments = [
            ("startsAt", starts_at, "at which its first day begins"),
            ("endsAt", ends_at, "at which its last day ends"),
        ];
        for (field, at, which) in moments {
            if !is_midnight(at, zone) {
                problems.push((field, format!("{at} is not midnight in {zone}, {which}")));
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Whether a day begins at this moment; where the clock skips midnight, it begins later.
fn is_midnight(at: Ts, zone: &str) -> bool {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let day = at.timestamp().to_zoned_datetime(zone).start_of_day();
    day.is_ok_and(|day| Ts::from(day.timestamp()) == at)
}

fn known_zone(name: &str, problems: &mut Vec<FieldError>) -> Option<String> {
    let zone = TimeZone::get(name).ok();
    if zone.is_none() {
        problems.push(("timezone", "a time zone name such as `Europe/Berlin`".to_owned()));
    }
    zone.and_then(|zone| zone.iana_name().map(str::to_owned))
}

fn checked_attendees(names: &[String], problems: &mut Vec<FieldError>) -> Vec<String> {
    let names = names.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    let names: Vec<String> = names.collect();
    let is_too_long = names.iter().any(|name| name.chars().count() > MAX_ATTENDEE);
    if names.len() > MAX_ATTENDEES || is_too_long {
        let problem = format!("at most {MAX_ATTENDEES} names of at most {MAX_ATTENDEE} characters");
        problems.push(("attendees", problem));
    }
    names
}
