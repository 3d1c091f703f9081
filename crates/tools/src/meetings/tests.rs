use agent::tool::ToolCall;
use agent::{ToolCallId, UserId};
use serde_json::Value;
use store::{Meeting, Ts};
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
        let meeting =
            Meeting { source: source.to_owned(), ..Meeting::new(Ts(0), Ts(1), "UTC", Ts(0)) };
        assert_eq!(shown(&meeting, &call).unwrap().from_outside, from_outside, "{source}");
    }
}
