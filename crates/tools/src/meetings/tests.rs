use agent::tool::ToolCall;
use agent::{ToolCallId, UserId};
use serde_json::Value;
use store::{Meeting, MeetingStatus, Ts};
use uuid::Uuid;

use super::shown;

#[test]
fn a_meeting_of_a_connected_source_is_from_outside() {
    let call = ToolCall {
        id: ToolCallId(Uuid::nil()),
        user: UserId(Uuid::nil()),
        arguments: Value::Null,
        timezone: "Europe/Berlin".to_owned(),
        now_micros: 0,
    };
    for (source, from_outside) in [("local", false), ("googlecalendar", true)] {
        let meeting = Meeting {
            id: Uuid::nil().into(),
            title: "Review".to_owned(),
            starts_at: Ts(0),
            ends_at: Ts(1),
            timezone: "UTC".to_owned(),
            all_day: false,
            location: None,
            attendees: Vec::new(),
            notes: String::new(),
            status: MeetingStatus::Confirmed,
            source: source.to_owned(),
            external_id: None,
            external_url: None,
            created_at: Ts(0),
            updated_at: Ts(0),
        };
        assert_eq!(shown(&meeting, &call).unwrap().from_outside, from_outside, "{source}");
    }
}
