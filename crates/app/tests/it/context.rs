//! What the model is told of the person and of the time, as time goes by.

use agent::vocabulary::Answer;
use app::{ApprovalAnswer, MeetingFields, MeetingFilter, PageRequest, PostKind};
use serde_json::json;

use crate::desk::Desk;

const BERLIN: &str = "Europe/Berlin";

async fn meet(desk: &Desk, title: &str, starts_at: &str, ends_at: &str) {
    let fields = MeetingFields {
        title: Some(title.to_owned()),
        starts_at: Some(starts_at.to_owned()),
        ends_at: Some(ends_at.to_owned()),
        ..MeetingFields::default()
    };
    let meeting = fields.into_new(&desk.user.timezone, desk.app.now()).unwrap();
    desk.app.store().meetings().create(desk.user.id, meeting, None).await.unwrap();
}

#[tokio::test]
async fn each_message_has_its_stamp_and_the_block_comes_only_when_it_differs() {
    let desk = Desk::open(BERLIN, "2026-12-03T09:00:00+01:00").await;
    meet(&desk, "Standup", "2026-12-03T10:00:00+01:00", "2026-12-03T11:00:00+01:00").await;
    meet(&desk, "Review", "2026-12-04T10:00:00+01:00", "2026-12-04T11:00:00+01:00").await;

    let first = desk.say("One").await;
    desk.at("2026-12-03T09:59:59+01:00");
    let coming = desk.say("Two").await;
    desk.at("2026-12-03T10:30:00+01:00");
    let running = desk.say("Three").await;
    desk.at("2026-12-03T11:00:00+01:00");
    let over = desk.say("Four").await;
    desk.at("2026-12-03T11:45:00+01:00");
    let later = desk.say("Five").await;

    assert_eq!(first[1..], ["[Thu 2026-12-03 09:00 Europe/Berlin]", "One"]);
    assert!(
        first[0].contains("Thu 2026-12-03 10:00+01:00 to 11:00+01:00: Standup"),
        "{}",
        first[0]
    );
    assert_eq!(coming, ["[Thu 2026-12-03 09:59 Europe/Berlin]", "Two"]);
    assert_eq!(running, ["[Thu 2026-12-03 10:30 Europe/Berlin]", "Three"]);
    assert_eq!(over[1..], ["[Thu 2026-12-03 11:00 Europe/Berlin]", "Four"]);
    assert!(!over[0].contains("Standup") && over[0].contains("Review"), "{}", over[0]);
    assert_eq!(later, ["[Thu 2026-12-03 11:45 Europe/Berlin]", "Five"]);
}

#[tokio::test]
async fn five_meetings_are_told_and_cancelled_ones_are_not() {
    let desk = Desk::open(BERLIN, "2026-12-03T09:00:00+01:00").await;
    for hour in 10..17 {
        let (starts, ends) =
            (format!("2026-12-03T{hour}:00:00Z"), format!("2026-12-03T{hour}:30:00Z"));
        meet(&desk, &format!("Meeting {hour}"), &starts, &ends).await;
    }
    let meetings = desk.app.store().meetings();
    let (page, now) = (PageRequest { limit: 1, cursor: None }, desk.app.now());
    let list = meetings.list(desk.user.id, &MeetingFilter::default(), &page).await.unwrap();
    let first = list.items.into_iter().next().unwrap();
    let off =
        MeetingFields { status: Some(app::MeetingStatus::Cancelled), ..MeetingFields::default() };
    let off = off.into_change().unwrap();
    meetings.update(desk.user.id, first.id, off, now).await.unwrap();

    let block = desk.say("Hello").await.remove(0);

    let told: Vec<&str> = block.lines().filter(|line| line.contains(": Meeting ")).collect();
    assert_eq!(told.len(), 5, "{block}");
    assert!(told[0].contains("Meeting 11") && told[4].contains("Meeting 15"), "{block}");
}

#[tokio::test]
async fn the_stamp_follows_the_clock_through_its_changes() {
    let desk = Desk::open(BERLIN, "2026-10-25T00:59:59Z").await;

    let summer = desk.say("One").await;
    desk.at("2026-10-25T01:00:00Z");
    let winter = desk.say("Two").await;

    assert_eq!(summer[1], "[Sun 2026-10-25 02:59 Europe/Berlin]");
    assert_eq!(winter, ["[Sun 2026-10-25 02:00 Europe/Berlin]", "Two"]);
}

#[tokio::test]
async fn a_turn_that_goes_on_later_is_told_the_day() {
    for (later, stamp) in [
        ("2026-12-03T23:59:00+01:00", None),
        ("2026-12-04T00:00:00+01:00", Some("[Fri 2026-12-04 00:00 Europe/Berlin]")),
        ("2026-12-10T08:59:00+01:00", Some("[Thu 2026-12-10 08:59 Europe/Berlin]")),
    ] {
        let desk = Desk::open(BERLIN, "2026-12-03T09:00:00+01:00").await;
        meet(&desk, "Standup", "2026-12-03T10:00:00+01:00", "2026-12-03T11:00:00+01:00").await;
        let review = json!({"title": "Review", "startsAt": "2026-12-17T13:00:00Z",
            "endsAt": "2026-12-17T14:00:00Z"});
        desk.model.calls("create_meeting", &review);
        desk.say("Add a review").await;
        let page = PageRequest { limit: 1, cursor: None };
        let waiting = desk.app.store().approvals().list(desk.user.id, None, &page).await.unwrap();

        desk.at(later);
        let id = waiting.items[0].id;
        let answer = ApprovalAnswer { id, answer: Answer::Approve, reason: None };
        desk.post(PostKind::Approvals(vec![answer])).await;
        let results = desk.model.newest();
        let next = desk.say("And now?").await;

        assert_eq!(results[0]["type"], "tool_result", "{later}");
        assert_eq!(results.get(1).and_then(|block| block["text"].as_str()), stamp, "{later}");
        assert_eq!(results.len(), 1 + usize::from(stamp.is_some()), "{later}");
        assert!(next[0].contains("Review") && !next[0].contains("Standup"), "{}", next[0]);
        assert_eq!(next.len(), 3, "{later}");
        let requests = desk.model.requests();
        for pair in requests.windows(2) {
            assert_eq!(pair[0], pair[1][..pair[0].len()], "what was sent stays as it was");
        }
    }
}
