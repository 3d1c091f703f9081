//! Meetings.

use agent::UserId;
use store::{ChangeKind, Meeting, MeetingChange, MeetingFilter, MeetingStatus, Ts, fresh};

use crate::fixtures::{Db, NOW, page};
use crate::harness::conformance;

conformance! {
    a_meeting_is_made_as_told,
    one_call_makes_one_meeting,
    a_change_touches_only_what_it_names,
    a_meeting_cannot_become_an_impossible_one,
    meetings_are_those_that_overlap,
    meetings_are_filtered_and_searched,
    pages_go_on_where_they_ended,
    the_next_meetings_run_or_come,
    busy_is_what_takes_place,
    deleted_is_gone,
    every_change_is_announced,
    nobody_else_has_them,
}

const HOUR: i64 = 3_600;

fn at(hour: i64) -> Ts {
    NOW.plus_seconds(hour * HOUR)
}

/// A meeting from one hour after now to another.
fn meeting(title: &str, from: i64, to: i64) -> Meeting {
    let blank = Meeting::new(at(from), at(to), "Europe/Berlin", NOW);
    Meeting { title: title.to_owned(), ..blank }
}

async fn make(db: &Db, owner: UserId, meeting: Meeting) -> Meeting {
    db.meetings().create(owner, meeting, None).await.unwrap()
}

async fn titles(db: &Db, owner: UserId, filter: MeetingFilter) -> Vec<String> {
    let found = db.meetings().list(owner, &filter, &page(50)).await.unwrap();
    found.items.into_iter().map(|meeting| meeting.title).collect()
}

async fn a_meeting_is_made_as_told(db: Db) {
    let ada = db.person("ada").await;
    let told = Meeting {
        location: Some("Room 2".to_owned()),
        attendees: vec!["Ada".to_owned(), "Bo \"the\" Ønsker".to_owned()],
        notes: "bring\ncake".to_owned(),
        ..meeting("Review", 1, 2)
    };

    let made = make(&db, ada, told.clone()).await;

    let expected = Meeting {
        starts_at: at(1),
        ends_at: at(2),
        status: MeetingStatus::Confirmed,
        source: "local".to_owned(),
        created_at: NOW,
        updated_at: NOW,
        ..told
    };
    assert_eq!(made, expected);
    assert_eq!(db.meetings().get(ada, made.id).await.unwrap(), Some(made));
}

async fn one_call_makes_one_meeting(db: Db) {
    let (ada, bob) = (db.person("ada").await, db.person("bob").await);
    let made_by = Some(fresh());
    let meetings = db.meetings();
    let by_call =
        async |owner, title| meetings.create(owner, meeting(title, 1, 2), made_by).await.unwrap();

    let first = by_call(ada, "one").await;
    let again = by_call(ada, "two").await;
    let other = by_call(bob, "mine").await;

    assert_eq!(again, first);
    assert_ne!(other.id, first.id);
    assert_eq!(titles(&db, ada, MeetingFilter::default()).await, ["one"]);
}

async fn a_change_touches_only_what_it_names(db: Db) {
    let ada = db.person("ada").await;
    let told = Meeting { location: Some("Room 2".to_owned()), ..meeting("Review", 1, 2) };
    let before = make(&db, ada, told).await;
    let later = NOW.plus_seconds(5);
    let off = MeetingChange { status: Some(MeetingStatus::Cancelled), ..MeetingChange::default() };
    let rest = MeetingChange {
        title: Some("Rückblick".to_owned()),
        starts_at: Some(at(3)),
        ends_at: Some(at(4)),
        timezone: Some("America/New_York".to_owned()),
        location: Some(None),
        attendees: Some(vec!["Bo".to_owned()]),
        notes: Some("!".to_owned()),
        ..MeetingChange::default()
    };

    let first = db.meetings().update(ada, before.id, off, later).await.unwrap().unwrap().unwrap();
    let second = db.meetings().update(ada, before.id, rest, later).await.unwrap().unwrap().unwrap();

    let cancelled =
        Meeting { status: MeetingStatus::Cancelled, updated_at: later, ..before.clone() };
    assert_eq!(first, cancelled);
    let expected = Meeting {
        title: "Rückblick".to_owned(),
        starts_at: at(3),
        ends_at: at(4),
        timezone: "America/New_York".to_owned(),
        location: None,
        attendees: vec!["Bo".to_owned()],
        notes: "!".to_owned(),
        ..cancelled
    };
    assert_eq!(second, expected);
    let found =
        MeetingFilter { query: Some("ruckblick bo".to_owned()), ..MeetingFilter::default() };
    assert_eq!(titles(&db, ada, found).await, ["Rückblick"]);
    let unknown = db.meetings().update(ada, fresh(), MeetingChange::default(), later).await;
    assert_eq!(unknown.unwrap(), None);
}

async fn a_meeting_cannot_become_an_impossible_one(db: Db) {
    let ada = db.person("ada").await;
    let made = make(&db, ada, meeting("Review", 1, 2)).await;
    let late = MeetingChange { starts_at: Some(at(2)), ..MeetingChange::default() };
    let early = MeetingChange { ends_at: Some(Ts(i64::MIN)), ..MeetingChange::default() };
    let whole = MeetingChange { all_day: Some(true), ..MeetingChange::default() };

    for (change, fields) in
        [(late, vec!["endsAt"]), (early, vec!["endsAt"]), (whole, vec!["startsAt", "endsAt"])]
    {
        let refused = db.meetings().update(ada, made.id, change, NOW).await.unwrap().unwrap();
        let wrong: Vec<&str> = refused.unwrap_err().iter().map(|(field, _)| *field).collect();
        assert_eq!(wrong, fields);
    }
    assert_eq!(db.meetings().get(ada, made.id).await.unwrap(), Some(made));
}

async fn meetings_are_those_that_overlap(db: Db) {
    let ada = db.person("ada").await;
    make(&db, ada, meeting("late", 5, 6)).await;
    make(&db, ada, meeting("long", 0, 9)).await;
    make(&db, ada, meeting("early", 1, 2)).await;

    for (from, to, expected) in [
        (None, None, vec!["long", "early", "late"]),
        (Some(2), None, vec!["long", "late"]),
        (None, Some(5), vec!["long", "early"]),
        (Some(2), Some(5), vec!["long"]),
        (Some(1), Some(6), vec!["long", "early", "late"]),
        (Some(9), None, vec![]),
        (None, Some(0), vec![]),
        (Some(6), Some(5), vec!["long"]),
    ] {
        let (from, to) = (from.map(at), to.map(at));
        let filter = MeetingFilter { from, to, ..MeetingFilter::default() };
        assert_eq!(titles(&db, ada, filter).await, expected, "{from:?} {to:?}");
    }
}

async fn meetings_are_filtered_and_searched(db: Db) {
    let ada = db.person("ada").await;
    let told = Meeting {
        location: Some("Café".to_owned()),
        attendees: vec!["Zoë".to_owned()],
        notes: "50%".to_owned(),
        ..meeting("Lunch", 1, 2)
    };
    make(&db, ada, told).await;
    let off = Meeting { status: MeetingStatus::Cancelled, ..meeting("Review", 3, 4) };
    make(&db, ada, off).await;

    for (query, status, expected) in [
        (Some("ZOE cafe"), None, vec!["Lunch"]),
        (Some("50% lunch"), None, vec!["Lunch"]),
        (Some("5%0"), None, vec![]),
        (None, Some(MeetingStatus::Cancelled), vec!["Review"]),
        (None, Some(MeetingStatus::Confirmed), vec!["Lunch"]),
        (Some(""), None, vec!["Lunch", "Review"]),
    ] {
        let query = query.map(str::to_owned);
        let filter = MeetingFilter { query, status, ..MeetingFilter::default() };
        assert_eq!(titles(&db, ada, filter.clone()).await, expected, "{filter:?}");
    }
}

async fn pages_go_on_where_they_ended(db: Db) {
    let ada = db.person("ada").await;
    for (title, hour) in [("c", 2), ("a", 1), ("b", 1), ("e", 4), ("d", 3)] {
        make(&db, ada, meeting(title, hour, 9)).await;
    }
    let (mut request, mut seen) = (page(2), Vec::new());
    loop {
        let list = db.meetings().list(ada, &MeetingFilter::default(), &request).await.unwrap();
        seen.extend(list.items.into_iter().map(|meeting| meeting.title));
        make(&db, ada, meeting("earlier", 0, 1)).await;
        request.cursor = list.next;
        if request.cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["a", "b", "c", "d", "e"]);
}

async fn the_next_meetings_run_or_come(db: Db) {
    let ada = db.person("ada").await;
    make(&db, ada, meeting("later", 3, 4)).await;
    make(&db, ada, meeting("over", -2, 0)).await;
    make(&db, ada, meeting("soon", 1, 9)).await;
    make(&db, ada, meeting("running", -1, 1)).await;
    let off = Meeting { status: MeetingStatus::Cancelled, ..meeting("off", 1, 2) };
    make(&db, ada, off).await;
    let next = async |limit| {
        let known = db.context(ada, limit).await;
        known.meetings.into_iter().map(|meeting| meeting.title).collect::<Vec<_>>()
    };

    assert_eq!(next(5).await, ["running", "soon", "later"]);
    assert_eq!(next(2).await, ["running", "soon"]);
    assert!(next(0).await.is_empty());
}

async fn busy_is_what_takes_place(db: Db) {
    let ada = db.person("ada").await;
    make(&db, ada, meeting("second", 2, 4)).await;
    make(&db, ada, meeting("first", 1, 3)).await;
    make(&db, ada, Meeting { all_day: true, ..meeting("whole", 0, 24) }).await;
    let off = Meeting { status: MeetingStatus::Cancelled, ..meeting("off", 1, 2) };
    make(&db, ada, off).await;
    let busy = async |from, to| db.meetings().busy(ada, at(from), at(to)).await.unwrap();

    assert_eq!(busy(0, 24).await, [(at(1), at(3)), (at(2), at(4))]);
    assert_eq!(busy(3, 24).await, [(at(2), at(4))]);
    assert_eq!(busy(4, 24).await, []);
    assert_eq!(busy(0, 1).await, []);
}

async fn deleted_is_gone(db: Db) {
    let ada = db.person("ada").await;
    let made = make(&db, ada, meeting("x", 1, 2)).await;

    assert!(db.meetings().delete(ada, made.id).await.unwrap());
    assert!(!db.meetings().delete(ada, made.id).await.unwrap());
    assert_eq!(db.meetings().get(ada, made.id).await.unwrap(), None);
}

async fn every_change_is_announced(db: Db) {
    let ada = db.person("ada").await;
    let mut changes = db.store.changes();

    let made = make(&db, ada, meeting("x", 1, 2)).await;
    db.meetings().update(ada, made.id, MeetingChange::default(), NOW).await.unwrap();
    db.meetings().delete(ada, made.id).await.unwrap();
    db.meetings().delete(ada, made.id).await.unwrap();

    for _ in 0..3 {
        let change = changes.try_recv().unwrap();
        assert_eq!((change.owner, change.kind, change.id), (ada, ChangeKind::Meeting, made.id.0));
    }
    assert!(changes.try_recv().is_err());
}

async fn nobody_else_has_them(db: Db) {
    let (ada, bob) = (db.person("ada").await, db.person("bob").await);
    let made = make(&db, ada, meeting("x", 1, 2)).await;

    assert_eq!(db.meetings().get(bob, made.id).await.unwrap(), None);
    let changed = db.meetings().update(bob, made.id, MeetingChange::default(), NOW).await;
    assert_eq!(changed.unwrap(), None);
    assert!(!db.meetings().delete(bob, made.id).await.unwrap());
    assert!(titles(&db, bob, MeetingFilter::default()).await.is_empty());
    assert!(db.context(bob, 9).await.meetings.is_empty());
    assert!(db.meetings().busy(bob, at(0), at(9)).await.unwrap().is_empty());
    assert_eq!(db.meetings().get(ada, made.id).await.unwrap(), Some(made));
}
