//! Tasks.

use agent::UserId;
use store::{Task, TaskChange, TaskFilter, TaskStatus, fresh};

use crate::fixtures::{Db, NOW, page};
use crate::harness::conformance;

conformance! {
    a_task_may_be_made_done,
    a_task_is_made_as_told,
    one_call_makes_one_task,
    a_change_touches_only_what_it_names,
    one_due_field_clears_the_other,
    tasks_are_searched_without_case_and_accents,
    tasks_are_filtered,
    pages_go_on_where_they_ended,
    the_tasks_that_matter_come_first,
    deleted_is_gone,
    nobody_else_has_them,
}

async fn a_task_may_be_made_done(db: Db) {
    let ada = db.person("ada").await;

    let made = make(&db, ada, Task { status: TaskStatus::Done, ..titled("x") }).await;

    assert_eq!(made.status, TaskStatus::Done);
    assert_eq!(db.context(ada, 5).await.tasks, [made]);
}

fn titled(title: &str) -> Task {
    Task { title: title.to_owned(), ..Task::new(NOW) }
}

async fn make(db: &Db, owner: UserId, task: Task) -> Task {
    db.tasks().create(owner, task, None).await.unwrap()
}

async fn titles(db: &Db, owner: UserId, filter: TaskFilter) -> Vec<String> {
    let found = db.tasks().list(owner, &filter, &page(50)).await.unwrap();
    found.items.into_iter().map(|task| task.title).collect()
}

async fn a_task_is_made_as_told(db: Db) {
    let ada = db.person("ada").await;
    let told = Task {
        notes: "two litres".to_owned(),
        due_on: Some("2026-12-03".to_owned()),
        assignee: Some("Bob".to_owned()),
        ..titled("Buy milk")
    };

    let made = make(&db, ada, told).await;

    let expected = Task {
        id: made.id,
        title: "Buy milk".to_owned(),
        notes: "two litres".to_owned(),
        status: TaskStatus::Open,
        due_on: Some("2026-12-03".to_owned()),
        due_at: None,
        assignee: Some("Bob".to_owned()),
        source: "local".to_owned(),
        external_id: None,
        external_url: None,
        created_at: NOW,
        updated_at: NOW,
    };
    assert_eq!(made, expected);
    assert_eq!(db.tasks().get(ada, made.id).await.unwrap(), Some(made));
}

async fn one_call_makes_one_task(db: Db) {
    let (ada, bob) = (db.person("ada").await, db.person("bob").await);
    let made_by = Some(fresh());
    let tasks = db.tasks();
    let by_call = async |owner, title| tasks.create(owner, titled(title), made_by).await.unwrap();

    let first = by_call(ada, "one").await;
    let again = by_call(ada, "two").await;
    let other = by_call(bob, "mine").await;
    make(&db, ada, titled("plain")).await;
    make(&db, ada, titled("plain")).await;

    assert_eq!(again, first);
    assert_ne!(other.id, first.id);
    assert_eq!(titles(&db, ada, TaskFilter::default()).await, ["plain", "plain", "one"]);
}

async fn a_change_touches_only_what_it_names(db: Db) {
    let ada = db.person("ada").await;
    let told = Task { assignee: Some("Bob".to_owned()), ..titled("Buy milk") };
    let before = make(&db, ada, told).await;
    let later = NOW.plus_seconds(5);
    let done = TaskChange { status: Some(TaskStatus::Done), ..TaskChange::default() };
    let rest = TaskChange {
        title: Some("Buy Käse".to_owned()),
        assignee: Some(None),
        status: Some(TaskStatus::Open),
        ..TaskChange::default()
    };

    let first = db.tasks().update(ada, before.id, done, later).await.unwrap().unwrap();
    let second = db.tasks().update(ada, before.id, rest, later).await.unwrap().unwrap();

    let expected = Task { status: TaskStatus::Done, updated_at: later, ..before.clone() };
    assert_eq!(first, expected);
    let expected =
        Task { title: "Buy Käse".to_owned(), assignee: None, updated_at: later, ..before };
    assert_eq!(second, expected);
    let found = TaskFilter { query: Some("kase".to_owned()), ..TaskFilter::default() };
    assert_eq!(titles(&db, ada, found).await, ["Buy Käse"]);
    let unknown = db.tasks().update(ada, fresh(), TaskChange::default(), later).await.unwrap();
    assert_eq!(unknown, None);
}

async fn one_due_field_clears_the_other(db: Db) {
    let ada = db.person("ada").await;
    let day = Some("2026-12-03".to_owned());
    let task = make(&db, ada, Task { due_on: day.clone(), ..titled("x") }).await;
    let change = async |change: TaskChange| {
        let changed = db.tasks().update(ada, task.id, change, NOW).await.unwrap().unwrap();
        (changed.due_on, changed.due_at)
    };
    let moment = TaskChange { due_at: Some(Some(NOW)), ..TaskChange::default() };
    let on_day = TaskChange { due_on: Some(day.clone()), ..TaskChange::default() };
    let no_moment = TaskChange { due_at: Some(None), ..TaskChange::default() };
    let no_day = TaskChange { due_on: Some(None), ..TaskChange::default() };

    assert_eq!(change(moment).await, (None, Some(NOW)));
    assert_eq!(change(on_day).await, (day.clone(), None));
    assert_eq!(change(no_moment).await, (day.clone(), None));
    assert_eq!(change(no_day).await, (None, None));
    let both = Task { due_on: day, due_at: Some(NOW), ..titled("y") };
    let both = make(&db, ada, both).await;
    assert_eq!((both.due_on, both.due_at), (None, Some(NOW)));
}

async fn tasks_are_searched_without_case_and_accents(db: Db) {
    let ada = db.person("ada").await;
    let zurich = Task { notes: "mit Ærø-Fähre".to_owned(), ..titled("Reise nach Zürich") };
    make(&db, ada, zurich).await;
    make(&db, ada, titled("50% off_er")).await;
    make(&db, ada, titled("5000 offers")).await;

    for (query, expected) in [
        ("ZURICH", vec!["Reise nach Zürich"]),
        ("fahre  reise", vec!["Reise nach Zürich"]),
        ("zurich milk", vec![]),
        ("50%", vec!["50% off_er"]),
        ("off_er", vec!["50% off_er"]),
        ("\\", vec![]),
        ("", vec!["5000 offers", "50% off_er", "Reise nach Zürich"]),
    ] {
        let filter = TaskFilter { query: Some(query.to_owned()), ..TaskFilter::default() };
        assert_eq!(titles(&db, ada, filter).await, expected, "{query}");
    }
    let long = TaskFilter { query: Some("word ".repeat(50_000)), ..TaskFilter::default() };
    assert!(titles(&db, ada, long).await.is_empty());
}

async fn tasks_are_filtered(db: Db) {
    let ada = db.person("ada").await;
    let on = |day: &str, title| Task { due_on: Some(day.to_owned()), ..titled(title) };
    make(&db, ada, on("2026-12-03", "third")).await;
    make(&db, ada, on("2026-12-04", "fourth")).await;
    make(&db, ada, Task { due_at: Some(NOW), ..titled("moment") }).await;
    let done = make(&db, ada, titled("done")).await;
    let change = TaskChange { status: Some(TaskStatus::Done), ..TaskChange::default() };
    db.tasks().update(ada, done.id, change, NOW).await.unwrap();

    let due_before = Some("2026-12-04".to_owned());
    let due = TaskFilter { due_before, ..TaskFilter::default() };
    let by_day = titles(&db, ada, due.clone()).await;
    let due_before_at = Some(NOW.plus_seconds(1));
    let by_both = titles(&db, ada, TaskFilter { due_before_at, ..due.clone() }).await;
    let excluded = titles(&db, ada, TaskFilter { due_before_at: Some(NOW), ..due }).await;
    let done = TaskFilter { status: Some(TaskStatus::Done), ..TaskFilter::default() };
    let asana = TaskFilter { source: Some("asana".to_owned()), ..TaskFilter::default() };
    let local = TaskFilter { source: Some("local".to_owned()), ..TaskFilter::default() };

    assert_eq!(by_day, ["third"]);
    assert_eq!(by_both, ["moment", "third"]);
    assert_eq!(excluded, ["third"]);
    assert_eq!(titles(&db, ada, done).await, ["done"]);
    assert!(titles(&db, ada, asana).await.is_empty());
    assert_eq!(titles(&db, ada, local).await.len(), 4);
}

async fn pages_go_on_where_they_ended(db: Db) {
    let ada = db.person("ada").await;
    for title in ["a", "b", "c", "d", "e"] {
        make(&db, ada, titled(title)).await;
    }
    let (mut request, mut seen) = (page(2), Vec::new());
    loop {
        let list = db.tasks().list(ada, &TaskFilter::default(), &request).await.unwrap();
        seen.extend(list.items.into_iter().map(|task| task.title));
        make(&db, ada, titled("newer")).await;
        request.cursor = list.next;
        if request.cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["e", "d", "c", "b", "a"]);
}

async fn the_tasks_that_matter_come_first(db: Db) {
    let ada = db.person("ada").await;
    let day = |day: &str, title| Task { due_on: Some(day.to_owned()), ..titled(title) };
    // NOW is 2026-09-21.
    for task in [
        titled("older, whenever"),
        titled("newer, whenever"),
        day("2026-09-22", "tomorrow"),
        Task { due_at: Some(NOW), ..titled("now") },
        day("2026-09-20", "yesterday"),
        titled("done first"),
        titled("done last"),
    ] {
        make(&db, ada, task).await;
    }
    for (minute, title) in [(1, "done first"), (2, "done last")] {
        let query = Some(title.to_owned());
        let filter = TaskFilter { query, ..TaskFilter::default() };
        let task = db.tasks().list(ada, &filter, &page(1)).await.unwrap().items.remove(0);
        let done = TaskChange { status: Some(TaskStatus::Done), ..TaskChange::default() };
        db.tasks().update(ada, task.id, done, NOW.plus_seconds(60 * minute)).await.unwrap();
        if minute == 1 {
            // A later change does not make it done later.
            let noted = TaskChange { notes: Some("!".to_owned()), ..TaskChange::default() };
            db.tasks().update(ada, task.id, noted, NOW.plus_seconds(999)).await.unwrap();
        }
    }
    let recent = async |limit| {
        let known = db.context(ada, limit).await;
        known.tasks.into_iter().map(|task| task.title).collect::<Vec<_>>()
    };

    let all = [
        "yesterday",
        "now",
        "tomorrow",
        "newer, whenever",
        "older, whenever",
        "done last",
        "done first",
    ];
    assert_eq!(recent(50).await, all);
    assert_eq!(recent(6).await, all[..6]);
    assert_eq!(recent(2).await, all[..2]);
    assert!(recent(0).await.is_empty());
}

async fn deleted_is_gone(db: Db) {
    let ada = db.person("ada").await;
    let task = make(&db, ada, titled("x")).await;

    assert!(db.tasks().delete(ada, task.id).await.unwrap());
    assert!(!db.tasks().delete(ada, task.id).await.unwrap());
    assert_eq!(db.tasks().get(ada, task.id).await.unwrap(), None);
}

async fn nobody_else_has_them(db: Db) {
    let (ada, bob) = (db.person("ada").await, db.person("bob").await);
    let task = make(&db, ada, titled("x")).await;

    assert_eq!(db.tasks().get(bob, task.id).await.unwrap(), None);
    let changed = db.tasks().update(bob, task.id, TaskChange::default(), NOW).await.unwrap();
    assert_eq!(changed, None);
    assert!(!db.tasks().delete(bob, task.id).await.unwrap());
    assert!(titles(&db, bob, TaskFilter::default()).await.is_empty());
    assert!(db.context(bob, 9).await.tasks.is_empty());
    assert_eq!(db.tasks().get(ada, task.id).await.unwrap(), Some(task));
}
