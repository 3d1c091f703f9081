//! Meetings as the person's own acts.

use serde_json::{Value, json};
use standins::anthropic::Reply;

use crate::data::{Db, ZONE, journeys};
use crate::world::{World, own, says};

journeys! {
    a_meeting_is_made_read_changed_and_deleted,
    whole_days_begin_and_end_at_midnight,
    wrong_fields_are_named,
    lists_are_what_overlaps,
    lists_are_paged,
    a_meeting_waits_for_approval_in_words,
}

/// A meeting on 3 December 2026, between these hours in UTC.
fn meeting(title: &str, from: u32, to: u32) -> Value {
    let at = |hour| format!("2026-12-03T{hour:02}:00:00Z");
    json!({"title": title, "startsAt": at(from), "endsAt": at(to)})
}

async fn make(world: &World, meeting: Value) -> Value {
    world.me.post("/api/meetings", meeting).await.expect(201)
}

async fn titles(world: &World, query: &str) -> Vec<String> {
    let list = world.me.get(&format!("/api/meetings?{query}")).await.expect(200);
    let items = list["items"].as_array().unwrap().iter();
    items.map(|meeting| meeting["title"].as_str().unwrap().to_owned()).collect()
}

async fn a_meeting_is_made_read_changed_and_deleted(db: Db) {
    let world = World::start(db).await;
    let made = make(
        &world,
        json!({
            "title": " Review ", "startsAt": "2026-12-03T14:00:00+01:00",
            "endsAt": "2026-12-03T15:00:00+01:00", "location": "Room 2",
            "attendees": [" Ada ", "", "Ben"], "notes": "Bring figures.",
        }),
    )
    .await;
    let expected = json!({
        "id": made["id"], "title": "Review", "startsAt": "2026-12-03T13:00:00Z",
        "endsAt": "2026-12-03T14:00:00Z", "timezone": ZONE, "allDay": false, "location": "Room 2",
        "attendees": ["Ada", "Ben"], "notes": "Bring figures.", "status": "confirmed",
        "source": "local", "externalId": null, "externalUrl": null,
        "createdAt": made["createdAt"], "updatedAt": made["createdAt"],
    });
    assert_eq!(made, expected);
    let path = format!("/api/meetings/{}", made["id"].as_str().unwrap());
    assert_eq!(world.me.get(&path).await.expect(200), made);
    let change = json!({"status": "cancelled", "location": null, "timezone": "America/New_York"});
    let changed = world.me.patch(&path, change).await.expect(200);
    assert_eq!((&changed["status"], &changed["location"]), (&json!("cancelled"), &Value::Null));
    assert_eq!(changed["timezone"], "America/New_York");
    assert_eq!((&changed["title"], &changed["startsAt"]), (&made["title"], &made["startsAt"]));
    assert_eq!(world.me.get(&path).await.expect(200), changed);
    world.me.delete(&path).await.expect(204);
    world.me.get(&path).await.problem(404, "not_found");
    world.me.delete(&path).await.problem(404, "not_found");
    world.me.patch(&path, json!({"title": "x"})).await.problem(404, "not_found");
    assert!(titles(&world, "").await.is_empty());
}

async fn whole_days_begin_and_end_at_midnight(db: Db) {
    let world = World::start(db).await;
    // The day on which the clock is put back has 25 hours.
    let fair = json!({"title": "Fair", "allDay": true, "startsAt": "2026-10-24T22:00:00Z",
        "endsAt": "2026-10-25T23:00:00Z"});
    let made = make(&world, fair.clone()).await;
    assert_eq!(made["allDay"], true);
    let mut wrong = fair.clone();
    wrong["endsAt"] = json!("2026-10-25T22:00:00Z");
    assert_eq!(world.me.post("/api/meetings", wrong).await.wrong_fields(), ["/endsAt"]);
    let mut elsewhere = fair;
    elsewhere["timezone"] = json!("America/New_York");
    let refused = world.me.post("/api/meetings", elsewhere).await;
    assert_eq!(refused.wrong_fields(), ["/startsAt", "/endsAt"]);
    let path = format!("/api/meetings/{}", made["id"].as_str().unwrap());
    let moved = world.me.patch(&path, json!({"startsAt": "2026-10-24T21:00:00Z"})).await;
    assert_eq!(moved.wrong_fields(), ["/startsAt"]);
    assert_eq!(world.me.get(&path).await.expect(200), made);
}

async fn wrong_fields_are_named(db: Db) {
    let world = World::start(db).await;
    let made = make(&world, meeting("Review", 13, 14)).await;
    let path = format!("/api/meetings/{}", made["id"].as_str().unwrap());
    for (field, value) in [
        ("title", json!("  ")),
        ("title", json!("x".repeat(501))),
        ("startsAt", json!("2026-12-03")),
        ("startsAt", json!("2026-02-30T13:00:00Z")),
        ("endsAt", json!("2026-12-03T13:00:00Z")),
        ("endsAt", json!("2026-12-03T13:00:00.0000001Z")),
        ("endsAt", json!("-009999-01-02T00:00:00Z")),
        ("endsAt", json!("2026-12-05T14:00:00+25:00")),
        ("timezone", json!("Mars/Base")),
        ("allDay", json!("yes")),
        ("location", json!("x".repeat(1_001))),
        ("attendees", json!(vec!["x"; 101])),
        ("attendees", json!(["x".repeat(201)])),
        ("notes", json!("x".repeat(20_001))),
        ("status", json!("lost")),
        ("colour", json!("red")),
    ] {
        let mut wrong = meeting("x", 13, 14);
        wrong[field] = value.clone();
        let expected = [format!("/{field}")];
        let posted = world.me.post("/api/meetings", wrong).await;
        assert_eq!(posted.wrong_fields(), expected, "{field} {value}");
        let patched = world.me.patch(&path, json!({field: value})).await;
        assert_eq!(patched.wrong_fields(), expected, "{field}");
    }
    let empty = world.me.post("/api/meetings", json!({})).await;
    assert_eq!(empty.wrong_fields(), ["/title", "/startsAt", "/endsAt"]);
    for year in ["-009998", "0000", "0999"] {
        let ancient = json!({"title": "x", "startsAt": format!("{year}-01-01T00:00:00Z"),
            "endsAt": format!("{year}-02-01T00:00:00Z")});
        let refused = world.me.post("/api/meetings", ancient).await;
        assert_eq!(refused.wrong_fields(), ["/startsAt", "/endsAt"], "{year}");
    }
    let late = world.me.patch(&path, json!({"startsAt": "2026-12-03T14:00:00Z"})).await;
    assert_eq!(late.wrong_fields(), ["/endsAt"], "held against the end that stays");
    assert_eq!(world.me.get(&path).await.expect(200), made);
    for (query, field) in [
        ("status=lost", "/status"),
        ("from=soon", "/from"),
        ("to=20261203", "/to"),
        ("from=2026-02-30", "/from"),
        ("from=2026-02-20T10:00:00-24:00", "/from"),
        ("limit=0", "/limit"),
    ] {
        let answer = world.me.get(&format!("/api/meetings?{query}")).await;
        assert_eq!(answer.wrong_fields(), [field]);
    }
}

async fn lists_are_what_overlaps(db: Db) {
    let world = World::start(db).await;
    make(&world, meeting("Late", 22, 23)).await;
    make(&world, meeting("Lunch with Zoë", 11, 12)).await;
    let mut long = meeting("Long", 8, 20);
    long["status"] = json!("cancelled");
    make(&world, long).await;
    let late = "2026-12-03T22:30:00Z..2026-12-05".split_once("..").unwrap();
    assert_eq!(titles(&world, "").await, ["Long", "Lunch with Zoë", "Late"]);
    // In Berlin the day ends at 23:00 UTC.
    assert_eq!(titles(&world, "from=2026-12-03&to=2026-12-04").await.len(), 3);
    assert_eq!(titles(&world, "from=2026-12-04").await, Vec::<String>::new());
    assert_eq!(titles(&world, "to=2026-12-03").await, Vec::<String>::new());
    assert_eq!(titles(&world, &format!("from={}&to={}", late.0, late.1)).await, ["Late"]);
    assert_eq!(titles(&world, "to=2026-12-03T12:00:00%2B01:00").await, ["Long"]);
    assert_eq!(titles(&world, "status=cancelled").await, ["Long"]);
    assert_eq!(titles(&world, "status=confirmed&q=ZOE").await, ["Lunch with Zoë"]);
    assert_eq!(titles(&world, "from=2026-12-03&to=2026-12-03").await.len(), 3, "the whole day");
    let reversed = world.me.get("/api/meetings?from=2026-12-04&to=2026-12-03").await;
    assert_eq!(reversed.wrong_fields(), ["/to"]);
    assert_eq!(titles(&world, "from=0001-01-01&to=9999-12-31").await.len(), 3);
}

async fn lists_are_paged(db: Db) {
    let world = World::start(db).await;
    for hour in [3, 1, 5, 2, 4, 3] {
        make(&world, meeting(&format!("At {hour}"), hour, 9)).await;
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.me.get(&format!("/api/meetings?limit=2{cursor}")).await.expect(200);
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|meeting| meeting["title"].as_str().unwrap().to_owned()));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["At 1", "At 2", "At 3", "At 3", "At 4", "At 5"]);
    let strange = format!("cursor={}{}", "8".repeat(16), "f".repeat(32));
    world.me.get(&format!("/api/meetings?{strange}")).await.expect(200);
    assert_eq!(world.me.get("/api/meetings?cursor=garbage").await.wrong_fields(), ["/cursor"]);
}

async fn a_meeting_waits_for_approval_in_words(db: Db) {
    let world = World::start(db).await;
    let mut review = meeting("Review", 13, 14);
    review["attendees"] = json!(["Ada", "Ben"]);
    let free = json!({"from": "2027-01-11", "to": "2027-01-12"});
    world.model.script([
        Reply::new().tool("create_meeting", review).tool("find_free_time", free),
        says("It is there."),
    ]);
    let told = world.me.agent(own("Add a review")).await.rest().await;
    let id = told.approvals().remove(0);
    let summary = "Add the meeting “Review”, Thursday 3 December 2026, 14:00–15:00 \
        Europe/Berlin, with Ada, Ben";
    let approval = world.approval(&id).await;
    assert_eq!(
        (&approval["summary"], &approval["tool"]["effect"]),
        (&json!(summary), &json!("write"))
    );
    assert!(titles(&world, "").await.is_empty());
    world.approve(&id).await;
    world.settled().await;
    assert_eq!(titles(&world, "").await, ["Review"]);
    let read = crate::world::text_of(&world.result(1));
    assert!(
        read.contains("Free Monday 11 January 2027, 09:00–17:00 Europe/Berlin (8 h)"),
        "{read}"
    );
}
