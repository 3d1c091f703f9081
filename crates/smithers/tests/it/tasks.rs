//! Tasks as the person's own acts.

use serde_json::{Value, json};

use crate::data::{Db, journeys};
use crate::world::World;

journeys! {
    a_task_is_made_read_changed_and_deleted,
    null_clears_and_one_due_field_clears_the_other,
    a_task_may_be_made_done,
    wrong_fields_are_named,
    lists_are_filtered,
    lists_are_paged,
}

async fn make(world: &World, task: Value) -> Value {
    world.me.post("/api/tasks", task).await.expect(201)
}

async fn a_task_is_made_read_changed_and_deleted(db: Db) {
    let world = World::start(db).await;
    let task = make(&world, json!({"title": " Send the offer ", "dueOn": "2026-11-27"})).await;
    assert_eq!(task["title"], "Send the offer");
    assert_eq!(task["status"], "open");
    assert_eq!(task["dueOn"], "2026-11-27");
    assert_eq!(task["source"], "local");
    for absent in ["dueAt", "assignee", "externalId", "externalUrl"] {
        assert!(task.get(absent).is_some_and(Value::is_null), "{absent} is there and null");
    }
    assert!(task["createdAt"].as_str().unwrap().ends_with('Z'));
    let path = format!("/api/tasks/{}", task["id"].as_str().unwrap());
    assert_eq!(world.me.get(&path).await.expect(200), task);
    let change = json!({"status": "done", "assignee": "Bob", "notes": "By mail.\nSoon."});
    let changed = world.me.patch(&path, change).await.expect(200);
    assert_eq!(changed["status"], "done");
    assert_eq!((&changed["title"], &changed["dueOn"]), (&task["title"], &task["dueOn"]));
    assert_eq!(changed["notes"], "By mail.\nSoon.");
    assert_eq!(world.me.get(&path).await.expect(200), changed);
    world.me.delete(&path).await.expect(204);
    world.me.get(&path).await.problem(404, "not_found");
    world.me.delete(&path).await.problem(404, "not_found");
    assert!(world.tasks().await.is_empty());
}

async fn null_clears_and_one_due_field_clears_the_other(db: Db) {
    let world = World::start(db).await;
    let task = make(&world, json!({"title": "Milk", "dueOn": "2026-11-27", "assignee": "Bob"}));
    let path = format!("/api/tasks/{}", task.await["id"].as_str().unwrap());
    let at = json!({"dueAt": "2026-11-27T15:00:00+01:00"});
    let moved = world.me.patch(&path, at).await.expect(200);
    assert_eq!(moved["dueAt"], "2026-11-27T14:00:00Z");
    assert!(moved["dueOn"].is_null());
    let cleared = world.me.patch(&path, json!({"dueAt": null, "assignee": null})).await.expect(200);
    assert!(cleared["dueAt"].is_null() && cleared["assignee"].is_null());
    let kept = world.me.patch(&path, json!({})).await.expect(200);
    assert_eq!(kept["title"], "Milk");
}

async fn a_task_may_be_made_done(db: Db) {
    let world = World::start(db).await;
    let task = make(&world, json!({"title": "Milk", "status": "done"})).await;
    assert_eq!(task["status"], "done");
}

async fn wrong_fields_are_named(db: Db) {
    let world = World::start(db).await;
    let wrong = async |task: Value| world.me.post("/api/tasks", task).await.wrong_fields();
    let both = json!({"title": "x", "dueOn": "2026-11-27", "dueAt": "2026-11-27T14:00:00Z"});
    assert_eq!(wrong(both).await, ["/dueAt"]);
    let no_offset = json!({"title": "x", "dueAt": "2026-11-27T14:00:00+25:00"});
    assert_eq!(wrong(no_offset).await, ["/dueAt"]);
    assert_eq!(wrong(json!({})).await, ["/title"]);
    assert_eq!(wrong(json!({"title": "  "})).await, ["/title"]);
    assert_eq!(wrong(json!({"title": "x".repeat(501)})).await, ["/title"]);
    assert_eq!(wrong(json!({"title": "x", "dueOn": "2026-02-30"})).await, ["/dueOn"]);
    assert_eq!(wrong(json!({"title": "x", "dueOn": "tomorrow"})).await, ["/dueOn"]);
    assert_eq!(wrong(json!({"title": "x", "dueAt": "2026-11-27"})).await, ["/dueAt"]);
    assert_eq!(wrong(json!({"title": "x", "status": "lost"})).await, ["/status"]);
    assert_eq!(wrong(json!({"title": "x", "colour": "red"})).await, ["/colour"]);
    assert_eq!(wrong(json!({"title": ["x"]})).await, ["/title"]);
    assert!(world.tasks().await.is_empty());
}

async fn lists_are_filtered(db: Db) {
    let world = World::start(db).await;
    make(&world, json!({"title": "Send the offer", "dueOn": "2026-11-27"})).await;
    make(&world, json!({"title": "Müll", "dueAt": "2026-12-01T08:00:00Z", "notes": "offer"})).await;
    let done = make(&world, json!({"title": "Bread"})).await;
    let path = format!("/api/tasks/{}", done["id"].as_str().unwrap());
    world.me.patch(&path, json!({"status": "done"})).await.expect(200);
    let titles = async |query: &str| -> Vec<String> {
        let list = world.me.get(&format!("/api/tasks?{query}")).await.expect(200);
        let items = list["items"].as_array().unwrap().iter();
        items.map(|task| task["title"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(titles("status=done").await, ["Bread"]);
    assert_eq!(titles("status=open").await, ["Müll", "Send the offer"]);
    assert_eq!(titles("q=OFFER").await, ["Müll", "Send the offer"]);
    assert_eq!(titles("q=the%20offer").await, ["Send the offer"]);
    assert_eq!(titles("q=mull").await, ["Müll"]);
    assert_eq!(titles("q=%25").await, Vec::<String>::new());
    assert_eq!(titles("dueBefore=2026-11-28").await, ["Send the offer"]);
    assert_eq!(titles("dueBefore=2026-11-27").await, Vec::<String>::new());
    assert_eq!(titles("dueBefore=2026-12-02&status=open").await, ["Müll", "Send the offer"]);
    assert_eq!(titles("source=asana").await, Vec::<String>::new());
    assert_eq!(titles("source=local").await.len(), 3);
    assert_eq!(titles("dueBefore=9999-12-31").await, ["Müll", "Send the offer"]);
    assert_eq!(titles("dueBefore=0001-01-01").await, Vec::<String>::new());
    for day in ["20261128", "2026-11-28T00:00", "2026-02-30", "-002026-11-28", "10000-01-01"] {
        let answer = world.me.get(&format!("/api/tasks?dueBefore={day}")).await;
        assert_eq!(answer.wrong_fields(), ["/dueBefore"], "{day}");
    }
    for (query, field) in [("status=lost", "/status"), ("dueBefore=soon", "/dueBefore")] {
        let answer = world.me.get(&format!("/api/tasks?{query}")).await;
        assert_eq!(answer.wrong_fields(), [field]);
    }
}

async fn lists_are_paged(db: Db) {
    let world = World::start(db).await;
    for number in 1..=5 {
        make(&world, json!({"title": format!("Task {number}")})).await;
    }
    let (mut titles, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.me.get(&format!("/api/tasks?limit=2{cursor}")).await.expect(200);
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        titles.extend(items.iter().map(|task| task["title"].as_str().unwrap().to_owned()));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(titles, ["Task 5", "Task 4", "Task 3", "Task 2", "Task 1"]);
    for limit in ["1000000", "99999999999999999999999"] {
        let all = world.me.get(&format!("/api/tasks?limit={limit}")).await.expect(200);
        assert_eq!(all["items"].as_array().unwrap().len(), 5, "too large a limit is clamped");
    }
    for limit in ["0", "-1", "many"] {
        let wrong = world.me.get(&format!("/api/tasks?limit={limit}")).await;
        assert_eq!(wrong.wrong_fields(), ["/limit"]);
    }
}
