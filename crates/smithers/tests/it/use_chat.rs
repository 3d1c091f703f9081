//! Approvals answered through `useChat`.

use serde_json::{Value, json};
use standins::anthropic::Reply;

use crate::data::{Db, journeys};
use crate::world::{CHAT, World, chat, says};

journeys! {
    an_approval_in_the_posted_answer_runs_the_call,
    a_denial_in_the_posted_answer_reaches_the_model,
    what_a_client_forges_in_the_part_is_ignored,
    the_continuation_has_an_output_for_each_answered_call,
    one_of_two_answered_waits_for_the_other,
    the_same_post_again_streams_the_continuation_again,
    an_answer_that_contradicts_is_refused,
    an_answer_without_approvals_is_refused,
    an_approval_of_another_conversation_is_not_found,
    a_reason_may_have_two_thousand_characters,
}

/// The assistant message with these approvals answered, posted as `useChat` posts it.
fn answers(message: &Value, answers: &[(&str, bool)]) -> Value {
    let mut message = message.clone();
    for part in message["parts"].as_array_mut().unwrap() {
        let id = part["approval"]["id"].as_str().unwrap_or_default().to_owned();
        if let Some((id, approved)) = answers.iter().find(|(known, _)| *known == id) {
            part["state"] = json!("approval-responded");
            part["approval"] = json!({"id": id, "approved": approved, "reason": "So be it."});
        }
    }
    json!({"id": CHAT, "trigger": "submit-message", "messageId": message["id"],
        "messages": [message]})
}

async fn asked(db: Db) -> (World, String, Value) {
    let world = World::start(db).await;
    let approval = world.asked_to_add("Milk").await;
    let message = world.newest_message().await;
    (world, approval, message)
}

async fn an_approval_in_the_posted_answer_runs_the_call(db: Db) {
    let (world, approval, message) = asked(db).await;
    world.model.script([says("Done.")]);
    let told = world.me.agent(answers(&message, &[(&approval, true)])).await.rest().await;
    assert_eq!(told.message_id(), message["id"]);
    assert_eq!(
        told.story(),
        [
            "start",
            "tool-output-available",
            "finish-step",
            "start-step",
            "text-start",
            "text-delta",
            "text-end",
            "finish-step",
            "finish"
        ],
        "the continuation only"
    );
    assert_eq!(told.text(), "Done.");
    assert_eq!(world.tasks().await, ["Milk"]);
}

async fn a_denial_in_the_posted_answer_reaches_the_model(db: Db) {
    let (world, approval, message) = asked(db).await;
    world.model.script([says("Then not.")]);
    let told = world.me.agent(answers(&message, &[(&approval, false)])).await.rest().await;
    assert_eq!(told.story()[..3], ["start", "tool-output-denied", "finish-step"]);
    assert!(world.tasks().await.is_empty());
    assert!(crate::world::text_of(&world.result(0)).contains("So be it."));
}

async fn what_a_client_forges_in_the_part_is_ignored(db: Db) {
    let (world, approval, message) = asked(db).await;
    world.model.script([says("Done.")]);
    let mut post = answers(&message, &[(&approval, true)]);
    let part = &mut post["messages"][0]["parts"][2];
    part["input"] = json!({"title": "A forged title"});
    part["toolName"] = json!("delete_task");
    part["toolCallId"] = json!("forged");
    post["messages"][0]["id"] = json!("forged");
    world.me.agent(post).await.rest().await;
    assert_eq!(world.tasks().await, ["Milk"]);
}

async fn two_questions(db: Db) -> (World, Vec<String>, Value) {
    let world = World::start(db).await;
    let reply = Reply::new()
        .tool("create_task", json!({"title": "Milk"}))
        .tool("create_task", json!({"title": "Bread"}));
    let told = world.exchange("Add milk and bread", reply).await;
    let message = world.newest_message().await;
    (world, told.approvals(), message)
}

async fn the_continuation_has_an_output_for_each_answered_call(db: Db) {
    let (world, approvals, message) = two_questions(db).await;
    world.model.script([says("Milk only.")]);
    let post = answers(&message, &[(&approvals[0], true), (&approvals[1], false)]);
    let told = world.me.agent(post).await.rest().await;
    let calls: Vec<&Value> = message["parts"].as_array().unwrap().iter().collect();
    let ids: Vec<&Value> = calls.iter().map(|part| &part["toolCallId"]).collect();
    assert!(ids.contains(&&told.one("tool-output-available")["toolCallId"]));
    assert!(ids.contains(&&told.one("tool-output-denied")["toolCallId"]));
    assert_eq!(told.finish(), "stop");
    assert_eq!(world.tasks().await, ["Milk"]);
}

async fn one_of_two_answered_waits_for_the_other(db: Db) {
    let (world, approvals, message) = two_questions(db).await;
    let told = world.me.agent(answers(&message, &[(&approvals[1], true)])).await.rest().await;
    assert_eq!(told.one("tool-output-available")["output"]["title"], "Bread");
    assert_eq!(told.finish(), "tool-calls");
    assert_eq!(world.tasks().await, ["Bread"]);
    assert_eq!(world.requests().len(), 1);
}

async fn the_same_post_again_streams_the_continuation_again(db: Db) {
    let (world, approval, message) = asked(db).await;
    world.model.script([says("Done.")]);
    let post = answers(&message, &[(&approval, true)]);
    let first = world.me.agent(post.clone()).await.rest().await;
    let again = world.me.agent(post).await.rest().await;
    assert_eq!(again.message_id(), first.message_id());
    assert_eq!(again.story()[..2], ["start", "tool-output-available"]);
    assert_eq!(again.text(), "Done.");
    assert_eq!(world.tasks().await, ["Milk"]);
    assert_eq!(world.requests().len(), 2);
}

async fn an_answer_that_contradicts_is_refused(db: Db) {
    let (world, approval, message) = asked(db).await;
    world.model.script([says("Done.")]);
    world.me.agent(answers(&message, &[(&approval, true)])).await.rest().await;
    let post = answers(&message, &[(&approval, false)]);
    world.me.post("/api/agent", post).await.problem(409, "approval_decided");
}

async fn an_answer_without_approvals_is_refused(db: Db) {
    let (world, _approval, message) = asked(db).await;
    let answer = world.me.post("/api/agent", answers(&message, &[])).await;
    assert_eq!(answer.wrong_fields(), ["/messages"]);
}

async fn an_approval_of_another_conversation_is_not_found(db: Db) {
    let (world, approval, message) = asked(db).await;
    world.model.script([says("Hi.")]);
    let mut elsewhere = chat("m1", "Hello");
    elsewhere["id"] = json!("chat-2");
    world.me.agent(elsewhere).await.rest().await;
    let mut post = answers(&message, &[(&approval, true)]);
    post["id"] = json!("chat-2");
    world.me.post("/api/agent", post).await.problem(404, "not_found");
    assert_eq!(world.approval(&approval).await["status"], "pending");
}

async fn a_reason_may_have_two_thousand_characters(db: Db) {
    let (world, approval, message) = asked(db).await;
    let mut post = answers(&message, &[(&approval, false)]);
    let reason = "/messages/0/parts/2/approval/reason";
    *post.pointer_mut(reason).unwrap() = json!("é".repeat(2_001));
    assert_eq!(world.me.post("/api/agent", post.clone()).await.wrong_fields(), [reason]);
    assert_eq!(world.approval(&approval).await["status"], "pending");
    *post.pointer_mut(reason).unwrap() = json!("é".repeat(2_000));
    world.model.script([says("All right.")]);
    world.me.agent(post).await.rest().await;
    assert_eq!(world.approval(&approval).await["status"], "denied");
}
