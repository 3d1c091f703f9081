//! Meetings in words, for the person who is asked about them, and for a model, which is better at
//! reading a clock than at reckoning with time zones.

use jiff::ZonedDateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use store::{Meeting, MeetingChange, Ts};

/// What a new meeting would be.
pub(super) fn create(meeting: &Meeting, zone: &TimeZone) -> String {
    let mut text = format!("Add the meeting “{}”, {}", meeting.title, of(meeting, zone));
    if let Some(location) = &meeting.location {
        text.push_str(", at ");
        text.push_str(location);
    }
    if !meeting.attendees.is_empty() {
        text.push_str(", with ");
        text.push_str(&meeting.attendees.join(", "));
    }
    text
}

/// What would change in a meeting.
pub(super) fn changes(meeting: &Meeting, change: &MeetingChange, zone: &TimeZone) -> String {
    let mut list = Vec::new();
    if let Some(title) = &change.title {
        list.push(format!("title “{title}”"));
    }
    if change.starts_at.is_some() || change.ends_at.is_some() || change.all_day.is_some() {
        list.push(of(&meeting.clone().changed(change.clone()), zone));
    }
    if let Some(timezone) = &change.timezone {
        list.push(format!("time zone {timezone}"));
    }
    match &change.location {
        Some(Some(location)) => list.push(format!("at {location}")),
        Some(None) => list.push("at no particular place".to_owned()),
        None => {}
    }
    match change.attendees.as_deref() {
        Some([]) => list.push("with nobody else".to_owned()),
        Some(names) => list.push(format!("with {}", names.join(", "))),
        None => {}
    }
    if let Some(status) = change.status {
        list.push(status.to_string());
    }
    if change.notes.is_some() {
        list.push("new notes".to_owned());
    }
    if list.is_empty() { "nothing".to_owned() } else { list.join(", ") }
}

/// When a meeting is.
pub(super) fn of(meeting: &Meeting, zone: &TimeZone) -> String {
    let days_of = meeting.all_day.then_some(meeting.timezone.as_str());
    when(meeting.starts_at, meeting.ends_at, days_of, zone)
}

/// That somebody has no meeting then.
pub(super) fn free(starts_at: Ts, ends_at: Ts, zone: &TimeZone) -> String {
    let minutes = (ends_at.0 - starts_at.0) / 60_000_000;
    let length = match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    };
    format!("Free {} ({length})", when(starts_at, ends_at, None, zone))
}

/// `Thursday 3 December 2026, 14:00–15:00 Europe/Berlin`. Whole days are days where they are meant,
/// wherever the person is.
fn when(starts_at: Ts, ends_at: Ts, days_of: Option<&str>, zone: &TimeZone) -> String {
    if let Some(name) = days_of {
        let zone = TimeZone::get(name).unwrap_or(TimeZone::UTC);
        let inside = Ts(ends_at.0.saturating_sub(1));
        let first = day(&starts_at.timestamp().to_zoned_datetime(zone.clone()));
        let last = day(&inside.timestamp().to_zoned_datetime(zone));
        let days = if first == last { first } else { format!("{first} – {last}") };
        return format!("{days}, all day");
    }
    let starts = starts_at.timestamp().to_zoned_datetime(zone.clone());
    let ends = ends_at.timestamp().to_zoned_datetime(zone.clone());
    let until = if starts.date() == ends.date() {
        format!("–{}", clock(&ends))
    } else {
        format!(" – {}, {}", day(&ends), clock(&ends))
    };
    let name = zone.iana_name().unwrap_or("UTC");
    format!("{}, {}{until} {name}", day(&starts), clock(&starts))
}

fn day(moment: &ZonedDateTime) -> String {
    moment.strftime("%A %-d %B %Y").to_string()
}

/// The time of day; with the offset if the clock shows it twice on that day.
fn clock(moment: &ZonedDateTime) -> String {
    let offset = moment.time_zone().to_ambiguous_timestamp(moment.datetime()).offset();
    let is_twice = matches!(offset, AmbiguousOffset::Fold { .. });
    moment.strftime(if is_twice { "%H:%M (UTC%:z)" } else { "%H:%M" }).to_string()
}
