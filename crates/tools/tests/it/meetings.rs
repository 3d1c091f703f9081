//! The meeting tools on a real database.

use agent::tool::ToolError;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::tasks::Desk;

fn review() -> Value {
    json!({
        "title": "Review", "startsAt": "2026-12-03T13:00:00Z", "endsAt": "2026-12-03T14:00:00Z",
        "attendees": ["Ada", "Ben"],
    })
}

#[tokio::test]
async fn a_meeting_is_made_once_for_one_call() {
    let desk = Desk::open().await;
    let create = desk.tool("create_meeting").await;
    let call = desk.arguments(7, review());

    let first = create.call(call.clone()).await.unwrap();
    let second = create.call(call).await.unwrap();

    assert_eq!(first, second);
    assert_eq!(first.value["when"], "Thursday 3 December 2026, 14:00–15:00 Europe/Berlin");
    assert_eq!(first.value["timezone"], "Europe/Berlin");
    let all = desk.call("list_meetings", json!({})).await.unwrap();
    assert_eq!(all, json!({"items": [first.value], "nextCursor": null}));
}

#[tokio::test]
async fn a_meeting_is_moved_and_called_off() {
    let desk = Desk::open().await;
    let made = desk.call("create_meeting", review()).await.unwrap();
    let id = &made["id"];
    let moved =
        json!({"id": id, "startsAt": "2026-12-04T09:00:00Z", "endsAt": "2026-12-04T09:30:00Z"});

    let moved = desk.call("update_meeting", moved).await.unwrap();
    let cancelled = desk.call("cancel_meeting", json!({"id": id})).await.unwrap();

    assert_eq!(moved["when"], "Friday 4 December 2026, 10:00–10:30 Europe/Berlin");
    assert_eq!(moved["attendees"], json!(["Ada", "Ben"]));
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!(desk.call("get_meeting", json!({"id": id})).await.unwrap(), cancelled);
    let busy = json!({"from": "2026-12-04", "to": "2026-12-05"});
    let free = desk.call("find_free_time", busy).await.unwrap();
    assert_eq!(
        free["items"][0],
        json!({"startsAt": "2026-12-04T08:00:00Z", "endsAt": "2026-12-04T16:00:00Z",
            "text": "Free Friday 4 December 2026, 09:00–17:00 Europe/Berlin (8 h)"})
    );
}

#[tokio::test]
async fn a_list_begins_today_unless_told_otherwise() {
    let desk = Desk::open().await;
    for (title, day) in
        [("last week", "2026-11-18"), ("today", "2026-11-25"), ("later", "2026-12-09")]
    {
        let (starts, ends) = (format!("{day}T08:00:00+01:00"), format!("{day}T09:00:00+01:00"));
        let meeting = json!({"title": title, "startsAt": starts, "endsAt": ends});
        desk.call("create_meeting", meeting).await.unwrap();
    }

    for (asked, expected) in [
        (json!({}), vec!["today", "later"]),
        (json!({"from": "2026-11-01"}), vec!["last week", "today", "later"]),
        (json!({"to": "2026-11-26"}), vec!["today"]),
        (json!({"from": "2026-11-26", "to": "2026-12-09T07:00:00Z"}), vec![]),
        (json!({"q": "LATER"}), vec!["later"]),
    ] {
        let list = desk.call("list_meetings", asked.clone()).await.unwrap();
        let titles: Vec<&str> = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|it| it["title"].as_str())
            .collect();
        assert_eq!(titles, expected, "{asked}");
    }
}

#[tokio::test]
async fn free_time_lies_between_meetings_and_ends_with_a_page() {
    let desk = Desk::open().await;
    desk.call("create_meeting", review()).await.unwrap();
    let whole = json!({"title": "Fair", "allDay": true, "startsAt": "2026-12-02T23:00:00Z",
        "endsAt": "2026-12-03T23:00:00Z"});
    desk.call("create_meeting", whole).await.unwrap();

    let day = json!({"from": "2026-12-03", "to": "2026-12-04", "minutes": 150});
    let day = desk.call("find_free_time", day).await.unwrap();
    let month = json!({"from": "2026-12-01", "to": "2027-01-01"});
    let month = desk.call("find_free_time", month).await.unwrap();

    let texts: Vec<&Value> =
        day["items"].as_array().unwrap().iter().map(|it| &it["text"]).collect();
    assert_eq!(texts, ["Free Thursday 3 December 2026, 09:00–14:00 Europe/Berlin (5 h)"]);
    assert_eq!(day["hasMore"], false);
    assert_eq!((month["items"].as_array().unwrap().len(), &month["hasMore"]), (20, &json!(true)));
}

#[tokio::test]
async fn a_person_is_asked_in_words_and_in_their_own_time() {
    let desk = Desk::open().await;
    let late = json!({"title": "Demo", "startsAt": "2026-12-03T22:30:00Z", "location": "Room 2",
        "endsAt": "2026-12-04T00:00:00Z", "timezone": "America/New_York"});
    let fair = json!({"title": "Fair", "allDay": true, "timezone": "Asia/Tokyo",
        "startsAt": "2026-12-02T15:00:00Z", "endsAt": "2026-12-04T15:00:00Z"});
    let night = json!({"title": "Night", "startsAt": "2026-10-25T00:30:00Z",
        "endsAt": "2026-10-25T01:30:00Z"});

    for (arguments, expected) in [
        (review(), "“Review”, Thursday 3 December 2026, 14:00–15:00 Europe/Berlin, with Ada, Ben"),
        (
            late,
            "“Demo”, Thursday 3 December 2026, 23:30 – Friday 4 December 2026, 01:00 \
             Europe/Berlin, at Room 2",
        ),
        (fair, "“Fair”, Thursday 3 December 2026 – Friday 4 December 2026, all day"),
        (
            night,
            "“Night”, Sunday 25 October 2026, 02:30 (UTC+02:00)–02:30 (UTC+01:00) Europe/Berlin",
        ),
    ] {
        let asked = desk.summary("create_meeting", arguments).await;
        assert_eq!(asked, format!("Add the meeting {expected}"));
    }
}

#[tokio::test]
async fn a_person_is_asked_about_a_change_of_what_they_know() {
    let desk = Desk::open().await;
    let id = desk.call("create_meeting", review()).await.unwrap()["id"].clone();
    let longer = json!({"id": id, "endsAt": "2026-12-03T15:00:00Z", "location": "Room 2",
        "attendees": [], "notes": "Bring cake."});
    let renamed = json!({"id": id, "title": "Retro", "location": null, "status": "confirmed"});
    let known = "the meeting “Review”, Thursday 3 December 2026, 14:00–15:00 Europe/Berlin";

    for (tool, arguments, expected) in [
        (
            "update_meeting",
            longer,
            format!(
                "Change {known}: Thursday 3 December 2026, 14:00–16:00 Europe/Berlin, at Room 2, \
                 with nobody else, new notes"
            ),
        ),
        (
            "update_meeting",
            renamed,
            format!("Change {known}: title “Retro”, at no particular place, confirmed"),
        ),
        ("update_meeting", json!({"id": id}), format!("Change {known}: nothing")),
        ("cancel_meeting", json!({"id": id}), format!("Cancel {known}")),
        (
            "cancel_meeting",
            json!({"id": Uuid::now_v7()}),
            "Cancel a meeting that does not exist".to_owned(),
        ),
    ] {
        assert_eq!(desk.summary(tool, arguments).await, expected);
    }
}

#[tokio::test]
async fn what_does_not_fit_changes_nothing_and_tells_the_model_why() {
    let desk = Desk::open().await;
    let made = desk.call("create_meeting", review()).await.unwrap();
    let id = &made["id"];

    for (tool, arguments) in [
        ("create_meeting", json!({"title": "x", "startsAt": "soon", "endsAt": "later"})),
        ("update_meeting", json!({"id": id, "endsAt": "2026-12-03T13:00:00Z"})),
        ("update_meeting", json!({"id": id, "allDay": true})),
        ("cancel_meeting", json!({"id": Uuid::now_v7()})),
        ("get_meeting", json!({"id": "x"})),
        ("list_meetings", json!({"from": "soon"})),
        ("find_free_time", json!({"to": "2026-11-25"})),
    ] {
        let refusal = desk.call(tool, arguments.clone()).await;
        assert!(matches!(refusal, Err(ToolError::TellModel(_))), "{tool} {arguments}: {refusal:?}");
    }
    assert_eq!(desk.call("get_meeting", json!({"id": id})).await.unwrap(), made);
}

#[tokio::test]
async fn the_check_finds_what_is_wrong() {
    let desk = Desk::open().await;
    let with = |field: &str, value: Value| {
        let mut meeting = review();
        meeting[field] = value;
        meeting
    };
    let hours = |start: &str, end: &str| json!({"workingHours": {"start": start, "end": end}});

    for (tool, arguments, pointer) in [
        ("create_meeting", with("title", json!(" ")), "/title"),
        ("create_meeting", with("startsAt", json!("2026-12-03")), "/startsAt"),
        ("create_meeting", with("endsAt", json!("2026-12-03T13:00:00Z")), "/endsAt"),
        ("create_meeting", with("timezone", json!("Mars")), "/timezone"),
        ("create_meeting", with("attendees", json!(["x".repeat(201)])), "/attendees"),
        ("create_meeting", with("colour", json!("red")), ""),
        ("update_meeting", json!({"id": "x", "startsAt": "soon"}), "/startsAt"),
        ("update_meeting", json!({"id": "x", "status": "lost"}), "/status"),
        ("list_meetings", json!({"to": "2026-02-30"}), "/to"),
        ("find_free_time", json!({"from": "soon"}), "/from"),
        ("find_free_time", json!({"timezone": "Mars"}), "/timezone"),
        ("find_free_time", json!({"minutes": 0}), "/minutes"),
        ("find_free_time", json!({"days": []}), "/days"),
        ("find_free_time", json!({"days": ["monday"]}), "/days/0"),
        ("find_free_time", hours("17:00", "09:00"), "/workingHours"),
        ("find_free_time", hours("09:60", "10:00"), "/workingHours"),
        ("find_free_time", hours("09:00", "24:01"), "/workingHours"),
        ("find_free_time", hours("9", "17:00"), "/workingHours/start"),
    ] {
        let problems = desk.tool(tool).await.check(&arguments);
        let pointers: Vec<&str> = problems.iter().map(|each| each.pointer.as_str()).collect();
        assert_eq!(pointers, [pointer], "{tool} {arguments}");
    }
    let whole = json!({"title": "Fair", "allDay": true, "startsAt": "2026-12-02T23:00:00Z",
        "endsAt": "2026-12-03T23:00:00Z"});
    assert_eq!(desk.tool("create_meeting").await.check(&whole), []);
    assert_eq!(desk.tool("find_free_time").await.check(&hours("00:00", "24:00")), []);
}
