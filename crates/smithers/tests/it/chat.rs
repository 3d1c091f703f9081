//! Posting messages.

use reqwest::Method;
use serde_json::json;
use standins::anthropic::{Gate, Reply};

use crate::data::{Db, journeys};
use crate::world::{CHAT, World, adds, chat, own, says, user_message};

journeys! {
    our_own_form_streams_an_answer,
    without_a_conversation_a_new_one_begins,
    the_form_of_use_chat_is_taken_as_it_is,
    only_the_last_posted_message_is_read,
    the_clients_ids_name_conversation_and_message,
    the_same_message_again_is_the_same_turn_while_it_runs,
    the_same_message_again_is_the_same_turn_when_it_is_over,
    the_same_message_posted_twice_at_once_is_one_turn,
    the_same_message_again_leaves_waiting_what_waits,
    two_messages_at_once_are_one_turn_and_one_refusal,
    the_same_id_with_other_words_is_a_conflict,
    one_answer_at_a_time,
    a_closed_connection_does_not_stop_the_answer,
}

async fn our_own_form_streams_an_answer(db: Db) {
    let world = World::start(db).await;
    let told = world.exchange("Hello", says("Hello, Ada! How are you?")).await;
    assert_eq!(
        told.story(),
        ["start", "start-step", "text-start", "text-delta", "text-end", "finish-step", "finish"]
    );
    assert_eq!(told.text(), "Hello, Ada! How are you?");
    assert_eq!(told.finish(), "stop");
    let start = &told.0[0]["messageMetadata"];
    assert_eq!(start["model"], "claude-sonnet-5-5");
    let answer = world.newest_message().await;
    assert_eq!(answer["id"], told.message_id());
    assert_eq!(answer["metadata"]["turnId"], start["turnId"]);
    assert_eq!(answer["metadata"]["userMessageId"], start["userMessageId"]);
    let conversation = world.conversation().await;
    assert_eq!(conversation["id"], start["conversationId"]);
    let announced = told.one("data-conversation");
    assert_eq!(announced["data"], json!({"id": conversation["id"], "title": "Hello"}));
    assert_eq!(announced["transient"], true);
    let usage = told.one("data-usage");
    assert_eq!(usage["id"], start["turnId"]);
    assert!(usage["data"]["inputTokens"].as_u64().unwrap() > 0);
    assert!(usage["data"]["outputTokens"].as_u64().unwrap() > 0);
}

async fn without_a_conversation_a_new_one_begins(db: Db) {
    let world = World::start(db).await;
    world.model.script([says("One."), says("Two.")]);
    let first = world.me.agent(json!({"message": "Hello"})).await.rest().await;
    let second = world.me.agent(json!({"message": "Hello"})).await.rest().await;
    let id = |told: &crate::events::Told| told.0[0]["messageMetadata"]["conversationId"].clone();
    assert_ne!(id(&first), id(&second));
    let path = format!("/api/conversations/{}", id(&first).as_str().unwrap());
    let conversation = world.me.get(&path).await.expect(200);
    assert!(conversation["clientId"].is_null());
}

async fn the_form_of_use_chat_is_taken_as_it_is(db: Db) {
    let world = World::start(db).await;
    world.model.script([says("Hi.")]);
    let told = world.me.agent(chat("m1", "Hello")).await.rest().await;
    assert_eq!(told.text(), "Hi.");
    let messages = world.messages().await;
    assert_eq!(messages[0]["id"], "m1");
    assert_eq!(messages[0]["metadata"]["id"], told.0[0]["messageMetadata"]["userMessageId"]);
    assert_eq!(messages[0]["parts"], json!([{"type": "text", "text": "Hello"}]));
}

async fn only_the_last_posted_message_is_read(db: Db) {
    let world = World::start(db).await;
    world.model.script([says("Hi.")]);
    let body = format!(
        r#"{{"id": "{CHAT}", "trigger": "submit-message", "messages": [
            17, {{"role": "nobody", "parts": "\u0000 \ud800"}}, [[]],
            {{"id": "m1", "role": "user", "parts": [{{"type": "text", "text": "Hello"}}]}}]}}"#
    );
    let answer = world.me.post_raw("/api/agent", body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let request = &world.requests()[0];
    assert_eq!(request["messages"].as_array().unwrap().len(), 1);
    assert_eq!(world.messages().await.len(), 2);
}

async fn the_clients_ids_name_conversation_and_message(db: Db) {
    let world = World::start(db).await;
    world.model.script([says("Hi."), says("Again.")]);
    let told = world.me.agent(chat("m1", "Hello")).await.rest().await;
    let ours = told.0[0]["messageMetadata"]["conversationId"].as_str().unwrap().to_owned();
    let by_ours = json!({"conversationId": ours, "message": {
        "id": "m2", "role": "user", "parts": [{"type": "text", "text": "More"}]}});
    world.me.agent(by_ours).await.rest().await;
    let both = [CHAT, ours.as_str()];
    for key in both {
        let path = format!("/api/conversations/{key}/messages");
        let list = world.me.get(&path).await.expect(200);
        assert_eq!(list["items"].as_array().unwrap().len(), 4, "{key}");
        assert_eq!(list["items"][2]["id"], "m2");
    }
}

async fn the_same_message_again_is_the_same_turn_while_it_runs(db: Db) {
    let world = World::start(db).await;
    let gate = Gate::new();
    world.model.script([Reply::new().text("Hello, ").gate(&gate).text("Ada.")]);
    let mut first = world.me.agent(chat("m1", "Hello")).await;
    first.until_text("Hello, ").await;
    let mut second = world.me.agent(chat("m1", "Hello")).await;
    let again = second.until_text("Hello, ").await;
    assert_eq!(again.types()[0], "start");
    gate.open();
    assert_eq!(first.rest().await.text(), "Ada.");
    assert_eq!(second.rest().await.finish(), "stop");
    assert_eq!(world.requests().len(), 1);
}

async fn the_same_message_again_is_the_same_turn_when_it_is_over(db: Db) {
    let world = World::start(db).await;
    world.model.script([says("Hi."), says("Yes.")]);
    let first = world.me.agent(chat("m1", "Hello")).await.rest().await;
    world.me.agent(chat("m2", "Are you there?")).await.rest().await;
    let again = world.me.agent(chat("m1", "Hello")).await.rest().await;
    assert_eq!(again.message_id(), first.message_id());
    assert_eq!(again.text(), "Hi.");
    assert_eq!(again.finish(), "stop");
    assert_eq!(world.requests().len(), 2);
    assert_eq!(world.messages().await.len(), 4);
}

async fn the_same_message_posted_twice_at_once_is_one_turn(db: Db) {
    let world = World::start(db).await;
    world.model.script([says("Hi.")]);
    let (one, two) =
        tokio::join!(world.me.agent(chat("m1", "Hello")), world.me.agent(chat("m1", "Hello")));
    let (one, two) = tokio::join!(one.rest(), two.rest());
    assert_eq!(one.message_id(), two.message_id());
    assert_eq!(one.text(), two.text());
    assert_eq!(world.requests().len(), 1);
    assert_eq!(world.messages().await.len(), 2);
}

async fn the_same_message_again_leaves_waiting_what_waits(db: Db) {
    let world = World::start(db).await;
    world.model.script([adds("Milk")]);
    let first = world.me.agent(chat("m1", "Add milk")).await.rest().await;
    let again = world.me.agent(chat("m1", "Add milk")).await.rest().await;
    assert_eq!(again.finish(), "tool-calls");
    assert_eq!(again.message_id(), first.message_id());
    assert_eq!(again.approvals(), first.approvals());
    assert_eq!(world.approval(&first.approvals()[0]).await["status"], "pending");
    assert_eq!(world.requests().len(), 1);
}

async fn two_messages_at_once_are_one_turn_and_one_refusal(db: Db) {
    let world = World::start(db).await;
    let gate = Gate::new();
    world.model.script([Reply::new().gate(&gate).text("Hi.")]);
    let statuses = async {
        // Of the one that is taken only the head has come when both are answered.
        let post = |id| world.me.request(Method::POST, "/api/agent").json(&chat(id, "Hello"));
        let (one, two) = tokio::join!(post("m1").send(), post("m2").send());
        let mut statuses = [one.unwrap().status().as_u16(), two.unwrap().status().as_u16()];
        statuses.sort_unstable();
        statuses
    };
    assert_eq!(statuses.await, [200, 409]);
    gate.open();
    world.settled().await;
    assert_eq!(world.messages().await.len(), 2);
}

async fn the_same_id_with_other_words_is_a_conflict(db: Db) {
    let world = World::start(db).await;
    world.model.script([says("Hi.")]);
    world.me.agent(chat("m1", "Hello")).await.rest().await;
    world.me.post("/api/agent", chat("m1", "Goodbye")).await.problem(409, "conflict");
    assert_eq!(world.messages().await.len(), 2);
}

async fn one_answer_at_a_time(db: Db) {
    let world = World::start(db).await;
    let gate = Gate::new();
    world.model.script([Reply::new().gate(&gate).text("Hi.")]);
    let running = world.me.agent(own("Hello")).await;
    gate.reached().await;
    assert_eq!(world.conversation().await["status"], "running");
    world.me.post("/api/agent", own("And?")).await.problem(409, "turn_active");
    let edit = json!({"id": CHAT, "trigger": "regenerate-message",
        "messages": [user_message("m1", "Hello")]});
    world.me.post("/api/agent", edit).await.problem(409, "turn_active");
    gate.open();
    assert_eq!(running.rest().await.text(), "Hi.");
    assert_eq!(world.conversation().await["status"], "idle");
}

async fn a_closed_connection_does_not_stop_the_answer(db: Db) {
    let world = World::start(db).await;
    let gate = Gate::new();
    world.model.script([Reply::new().text("Hello, ").gate(&gate).text("Ada.")]);
    let mut events = world.me.agent(own("Hello")).await;
    events.until_text("Hello, ").await;
    drop(events);
    gate.open();
    world.settled().await;
    let answer = world.newest_message().await;
    assert_eq!(answer["metadata"]["status"], "completed");
    assert_eq!(answer["parts"][2]["text"], "Ada.");
}
