//! A server that is killed, at any time, and started again.

use serde_json::json;
use standins::anthropic::{Gate, Reply};

use crate::data::{Db, journeys};
use crate::world::{CHAT, World, chat, own, says};

journeys! {
    an_answer_that_was_cut_off_is_made_after_the_restart,
    an_approval_still_waits_after_a_crash,
    a_crash_after_the_approval_runs_the_call_once,
    a_decision_that_no_driver_saw_is_carried_out_after_a_crash,
    a_decision_shows_before_it_is_carried_out,
    a_rule_made_after_the_approval_still_forbids_the_call,
    a_second_start_finds_everything_again,
    a_message_posted_again_after_a_crash_is_the_same_turn,
}

/// Replicas wait this long for a lease to run out; SQLite does not.
const LEASE: [(&str, &str); 1] = [("SMITHERS_LEASE_TTL", "1s")];

async fn an_answer_that_was_cut_off_is_made_after_the_restart(db: Db) {
    let world = World::with(db, &LEASE).await;
    let (gate, second) = (Gate::new(), Gate::new());
    world.model.script([
        Reply::new().text("Half of").gate(&gate),
        Reply::new().gate(&second).text("The whole answer."),
    ]);
    let mut events = world.me.agent(own("Hello")).await;
    let before = events.until_text("Half of").await;
    let world = world.after_kill().await;
    events.cut().await;
    let events = world.me.watch(CHAT).await.expect("the turn goes on");
    second.open();
    let after = events.rest().await;
    assert_eq!(after.message_id(), before.message_id());
    assert_eq!((after.text().as_str(), after.finish()), ("The whole answer.", "stop"));
    assert_eq!(world.messages().await.len(), 2);
    let requests = world.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0]["messages"], requests[1]["messages"]);
}

async fn an_approval_still_waits_after_a_crash(db: Db) {
    let world = World::with(db, &LEASE).await;
    let approval = world.asked_to_add("Milk").await;
    let before = world.approval(&approval).await;
    let world = world.after_kill().await;
    assert_eq!(world.approval(&approval).await, before);
    assert!(world.tasks().await.is_empty());
    assert_eq!(world.conversation().await["status"], "waiting");
    world.model.script([says("Done.")]);
    world.approve(&approval).await;
    world.settled().await;
    assert_eq!(world.tasks().await, ["Milk"]);
    assert_eq!(world.requests().len(), 2);
}

async fn a_crash_after_the_approval_runs_the_call_once(db: Db) {
    let world = World::with(db, &LEASE).await;
    let approval = world.asked_to_add("Milk").await;
    let gate = Gate::new();
    world.model.otherwise(Reply::new().gate(&gate).text("Done."));
    world.approve(&approval).await;
    // Wherever the driver is now: before, in or after the call.
    let world = world.after_kill().await;
    gate.open();
    world.settled().await;
    assert_eq!(world.tasks().await, ["Milk"]);
    assert_eq!(world.newest_message().await["metadata"]["status"], "completed");
    assert!(world.result(0)["is_error"].is_null());
}

/// A server that is about to end: an answer that is being written keeps it up, but it starts
/// nothing any more.
async fn lingering(db: Db) -> (World, String) {
    let world = World::with(db, &LEASE).await;
    let approval = world.asked_to_add("Milk").await;
    let gate = Gate::new();
    world.model.script([Reply::new().text("Half").gate(&gate)]);
    let mut other = world.me.agent(json!({"conversationId": "other", "message": "Hello"})).await;
    other.until_text("Half").await;
    world.server.begin_to_terminate();
    while world.me.get("/readyz").await.status != 503 {}
    world.model.otherwise(says("Done."));
    (world, approval)
}

async fn a_decision_that_no_driver_saw_is_carried_out_after_a_crash(db: Db) {
    let (world, approval) = lingering(db).await;
    world.approve(&approval).await;
    assert!(world.tasks().await.is_empty());
    let world = world.after_kill().await;
    world.settled().await;
    assert_eq!(world.tasks().await, ["Milk"]);
}

async fn a_decision_shows_before_it_is_carried_out(db: Db) {
    let (world, approval) = lingering(db).await;
    world.decide(&approval, json!({"decision": "deny", "reason": "No."})).await;
    let message = world.newest_message().await;
    let part = &message["parts"][2];
    assert_eq!(part["state"], "approval-responded");
    assert_eq!(
        (&part["approval"]["approved"], &part["approval"]["reason"]),
        (&json!(false), &json!("No."))
    );
}

async fn a_rule_made_after_the_approval_still_forbids_the_call(db: Db) {
    let (world, approval) = lingering(db).await;
    let edited = json!({"decision": "approve", "arguments": {"title": "Oat milk"}});
    world.decide(&approval, edited).await;
    let rules = json!({"mode": "default", "rules": [{"verdict": "deny", "tool": "*"}]});
    world.me.put("/api/permissions", rules).await.expect(200);
    let world = world.after_kill().await;
    world.settled().await;
    assert!(world.tasks().await.is_empty());
    let request =
        world.requests().into_iter().find(|request| request.to_string().contains("tool_result"));
    let request = request.expect("the model is told").to_string();
    assert!(request.contains("Not allowed") && !request.contains("What was run"), "{request}");
}

async fn a_second_start_finds_everything_again(db: Db) {
    let world = World::start(db).await;
    world.exchange("Hello", says("Hi.")).await;
    world.me.post("/api/tasks", json!({"title": "Milk"})).await.expect(201);
    let (messages, conversation) = (world.messages().await, world.conversation().await);
    let me = world.me.get("/api/me").await.expect(200);
    let world = world.restarted_with(&[]).await;
    assert_eq!(world.me.get("/api/me").await.expect(200), me, "the session holds");
    assert_eq!(world.messages().await, messages);
    assert_eq!(world.conversation().await, conversation);
    assert_eq!(world.tasks().await, ["Milk"]);
    assert_eq!(world.exchange("Still there?", says("Yes.")).await.text(), "Yes.");
    assert_eq!(world.requests()[1]["messages"].as_array().unwrap().len(), 3);
}

async fn a_message_posted_again_after_a_crash_is_the_same_turn(db: Db) {
    let world = World::with(db, &LEASE).await;
    let gate = Gate::new();
    world.model.script([Reply::new().gate(&gate), says("Hi.")]);
    let events = world.me.agent(chat("m1", "Hello")).await;
    gate.reached().await;
    let world = world.after_kill().await;
    events.cut().await;
    let told = world.me.agent(chat("m1", "Hello")).await.rest().await;
    assert_eq!(told.text(), "Hi.");
    assert_eq!(world.messages().await.len(), 2);
}
