//! The first ten minutes without a key.

use serde_json::json;

use crate::data::{Db, journeys};
use crate::world::World;

journeys! {
    a_request_is_understood_asked_about_done_and_remembered,
}

async fn a_request_is_understood_asked_about_done_and_remembered(db: Db) {
    let world = World::offline(db).await;
    assert_eq!(world.server.ready()["model"], "offline");
    let config = world.me.get("/api/config").await.expect(200);
    assert_eq!(config["model"]["offline"], true);
    let told = world.say("Add a task to send the offer by Friday").await;
    assert_eq!(told.finish(), "tool-calls");
    let call = told.one("tool-input-available");
    assert_eq!(call["input"]["title"], "Send the offer");
    let day = call["input"]["dueOn"].as_str().unwrap().to_owned();
    assert!(world.tasks().await.is_empty());
    world.approve(&told.approvals()[0]).await;
    world.settled().await;
    let tasks = world.me.get("/api/tasks").await.expect(200);
    assert_eq!(tasks["items"][0]["dueOn"], day);
    let list = world.say("What is on my list?").await;
    assert!(list.text().contains("Send the offer"), "{}", list.text());
    assert!(list.approvals().is_empty(), "reading asks nobody");
    let denied = world.say("Add a task to call Bob").await;
    let reason = json!({"decision": "deny", "reason": "Bob is on holiday"});
    world.decide(&denied.approvals()[0], reason).await;
    world.settled().await;
    assert_eq!(world.tasks().await, ["Send the offer"]);
}
