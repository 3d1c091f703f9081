//! Two calls in one step.

use serde_json::{Value, json};
use standins::anthropic::Reply;

use crate::data::{Db, journeys};
use crate::world::{World, says, text_of};

journeys! {
    the_first_approved_and_then_the_second_denied,
    the_second_denied_and_then_the_first_approved,
    both_approved_at_once_run_once_each,
    a_read_beside_a_write_does_not_wait_for_it,
    equal_writes_of_one_step_do_not_both_run_unasked,
    a_repeat_of_an_edited_approval_is_no_contradiction,
}

fn two_adds() -> Reply {
    Reply::new().tool_with_id("toolu_one", "create_task", json!({"title": "Milk"})).tool_with_id(
        "toolu_two",
        "create_task",
        json!({"title": "Bread"}),
    )
}

async fn with_two_questions(db: Db) -> (World, Vec<String>) {
    let world = World::start(db).await;
    let told = world.exchange("Add milk and bread", two_adds()).await;
    let approvals = told.approvals();
    assert_eq!(approvals.len(), 2);
    (world, approvals)
}

/// Milk was added, bread was not, and the model knows both.
async fn check_outcome(world: &World) {
    world.settled().await;
    assert_eq!(world.tasks().await, ["Milk"]);
    assert_eq!(world.requests().len(), 2);
    let (first, second) = (world.result(0), world.result(1));
    assert_eq!(first["tool_use_id"], "toolu_one");
    assert!(first["is_error"].is_null());
    assert_eq!(second["tool_use_id"], "toolu_two");
    assert_eq!(second["is_error"], true);
    assert!(text_of(&second).contains("No bread."));
}

async fn the_first_approved_and_then_the_second_denied(db: Db) {
    let (world, approvals) = with_two_questions(db).await;
    world.approve(&approvals[0]).await;
    world.settled().await;
    assert_eq!(world.tasks().await, ["Milk"], "what is allowed does not wait for the other");
    assert_eq!(world.requests().len(), 1, "but the model does");
    assert_eq!(world.conversation().await["status"], "waiting");
    world.model.script([says("Milk only.")]);
    world.decide(&approvals[1], deny()).await;
    check_outcome(&world).await;
}

async fn the_second_denied_and_then_the_first_approved(db: Db) {
    let (world, approvals) = with_two_questions(db).await;
    world.decide(&approvals[1], deny()).await;
    world.settled().await;
    assert!(world.tasks().await.is_empty());
    assert_eq!(world.requests().len(), 1);
    world.model.script([says("Milk only.")]);
    world.approve(&approvals[0]).await;
    check_outcome(&world).await;
}

async fn equal_writes_of_one_step_do_not_both_run_unasked(db: Db) {
    let world = World::start(db).await;
    let mode = json!({"mode": "acceptEdits", "rules": []});
    world.me.put("/api/permissions", mode).await.expect(200);
    let milk = json!({"title": "Milk"});
    let twice = Reply::new().tool_with_id("toolu_one", "create_task", milk.clone()).tool_with_id(
        "toolu_two",
        "create_task",
        milk,
    );

    let told = world.exchange("Add milk", twice).await;

    assert_eq!(told.approvals().len(), 1);
    assert_eq!(world.tasks().await, ["Milk"]);
}

async fn a_repeat_of_an_edited_approval_is_no_contradiction(db: Db) {
    let world = World::start(db).await;
    let approval = world.asked_to_add("Milk").await;
    world.model.script([says("Added.")]);
    let edited = json!({"decision": "approve", "arguments": {"title": "Oat milk"}});
    world.decide(&approval, edited).await;
    world.settled().await;
    let parts = json!([{"type": "dynamic-tool", "state": "approval-responded",
        "approval": {"id": approval, "approved": true}}]);
    let conversation = world.conversation().await["id"].clone();
    let messages = json!([{"id": "a", "role": "assistant", "parts": parts}]);

    let told = world.me.agent(json!({"id": conversation, "messages": messages})).await.rest().await;

    assert_eq!(told.text(), "Added.");
    assert_eq!(world.tasks().await, ["Oat milk"]);
}

fn deny() -> Value {
    json!({"decision": "deny", "reason": "No bread."})
}

async fn both_approved_at_once_run_once_each(db: Db) {
    let (world, approvals) = with_two_questions(db).await;
    world.model.script([says("Both are on your list.")]);
    tokio::join!(world.approve(&approvals[0]), world.approve(&approvals[1]));
    world.settled().await;
    let mut tasks = world.tasks().await;
    tasks.sort();
    assert_eq!(tasks, ["Bread", "Milk"]);
    assert_eq!(world.requests().len(), 2);
    assert_eq!(world.newest_message().await["metadata"]["status"], "completed");
}

async fn a_read_beside_a_write_does_not_wait_for_it(db: Db) {
    let world = World::start(db).await;
    let reply =
        Reply::new().tool("list_tasks", json!({})).tool("create_task", json!({"title": "Milk"}));
    let told = world.exchange("What is there? Add milk.", reply).await;
    let read = told.one("tool-output-available");
    assert_eq!(read["toolCallId"], told.all("tool-input-available")[0]["toolCallId"]);
    assert_eq!(told.finish(), "tool-calls");
    world.model.script([says("Done.")]);
    world.approve(&told.approvals()[0]).await;
    world.settled().await;
    assert_eq!(world.tasks().await, ["Milk"]);
}
