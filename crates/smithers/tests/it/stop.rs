//! Stopping.

use serde_json::json;
use standins::anthropic::{Gate, Reply};

use crate::data::{Db, journeys};
use crate::world::{CHAT, World, own, says};

journeys! {
    stopping_keeps_the_text_so_far,
    stopping_before_the_first_word_keeps_nothing,
    stopping_what_waits_makes_its_approvals_void,
    stopping_nothing_is_fine,
    stopping_an_unknown_conversation_is_not_found,
    a_conversation_can_be_deleted_while_it_runs,
}

async fn stop(world: &World) {
    let path = format!("/api/agent/{CHAT}/stop");
    world.me.post(&path, json!({})).await.expect(202);
}

async fn stopping_keeps_the_text_so_far(db: Db) {
    let world = World::start(db).await;
    let gate = Gate::new();
    world.model.script([
        Reply::new()
            .thinking("Hm.", "signed-hm")
            .text("Half of an answer")
            .tool("create_task", json!({"title": "Milk"}))
            .usage(&json!({"input_tokens": 700}))
            .gate(&gate),
        says("On we go."),
    ]);
    let mut events = world.me.agent(own("Hello")).await;
    events.until_text("Half of an answer").await;
    gate.reached().await;
    stop(&world).await;
    let told = events.rest().await;
    assert_eq!(told.story().last_chunk(), Some(&["abort", "finish"]));
    assert_eq!(told.finish(), "other");
    let usage = told.one("data-usage")["data"].clone();
    assert_eq!(usage["inputTokens"], 700, "the vendor bills it all the same");
    assert!(usage["outputTokens"].as_u64().unwrap() > 5, "{usage}");
    gate.abandoned().await;
    let answer = world.newest_message().await;
    assert_eq!(answer["metadata"]["status"], "stopped");
    assert_eq!(answer["metadata"]["interrupted"], true);
    let parts = answer["parts"].as_array().unwrap();
    let text = parts.iter().find(|part| part["type"] == "text").unwrap();
    assert_eq!(text["text"], "Half of an answer");
    assert!(world.me.watch(CHAT).await.is_none());
    assert!(world.tasks().await.is_empty());

    assert_eq!(world.say("Go on").await.text(), "On we go.");
    let request = world.requests().remove(1);
    let replayed = json!([{"type": "text", "text": "Half of an answer"}]);
    assert_eq!(request["messages"][1]["content"], replayed, "no thinking and no cut call");
}

async fn stopping_before_the_first_word_keeps_nothing(db: Db) {
    let world = World::start(db).await;
    let gate = Gate::new();
    world.model.script([Reply::new().gate(&gate).text("Never."), says("On we go.")]);
    let events = world.me.agent(own("Hello")).await;
    gate.reached().await;
    stop(&world).await;
    assert_eq!(events.rest().await.text(), "");
    assert_eq!(world.newest_message().await["metadata"]["status"], "stopped");
    assert_eq!(world.say("Go on").await.text(), "On we go.");
}

async fn stopping_what_waits_makes_its_approvals_void(db: Db) {
    let world = World::start(db).await;
    let approval = world.asked_to_add("Milk").await;
    stop(&world).await;
    assert_eq!(world.approval(&approval).await["status"], "superseded");
    assert_eq!(world.newest_message().await["metadata"]["status"], "stopped");
    assert_eq!(world.conversation().await["status"], "idle");
    let path = format!("/api/approvals/{approval}");
    let late = world.me.post(&path, json!({"decision": "approve"})).await;
    late.problem(409, "approval_decided");
    assert_eq!(world.exchange("Go on", says("On we go.")).await.text(), "On we go.");
    assert_eq!(world.result(0)["is_error"], true);
    assert!(world.tasks().await.is_empty());
}

async fn stopping_nothing_is_fine(db: Db) {
    let world = World::start(db).await;
    world.exchange("Hello", says("Hi.")).await;
    stop(&world).await;
    stop(&world).await;
    assert_eq!(world.newest_message().await["metadata"]["status"], "completed");
}

async fn stopping_an_unknown_conversation_is_not_found(db: Db) {
    let world = World::start(db).await;
    let answer = world.me.post("/api/agent/nowhere/stop", json!({})).await;
    answer.problem(404, "not_found");
}

async fn a_conversation_can_be_deleted_while_it_runs(db: Db) {
    let world = World::start(db).await;
    let gate = Gate::new();
    world.model.script([Reply::new().text("Half").gate(&gate)]);
    let mut events = world.me.agent(own("Hello")).await;
    events.until_text("Half").await;
    world.me.delete(&format!("/api/conversations/{CHAT}")).await.expect(204);
    gate.abandoned().await;
    while events.next().await.is_some() {}
    world.me.get(&format!("/api/conversations/{CHAT}")).await.problem(404, "not_found");
    assert_eq!(world.exchange("Hello again", says("Hi.")).await.text(), "Hi.");
}
