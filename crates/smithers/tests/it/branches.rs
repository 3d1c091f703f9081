//! Edits, answers made anew, and switching between versions.

use serde_json::{Value, json};
use standins::anthropic::Reply;

use crate::data::{Db, journeys};
use crate::events::Told;
use crate::world::{CHAT, World, chat, says, text_of, user_message};

journeys! {
    an_edit_is_a_sibling_of_the_message,
    the_same_edit_again_is_the_same_turn,
    regenerating_an_answer_makes_a_sibling_of_it,
    regenerating_may_name_the_answer_or_its_message,
    the_head_switches_between_versions,
    a_new_branch_is_told_what_others_have_done,
    regenerating_what_waits_supersedes_it,
    regenerating_what_is_not_there_is_not_found,
    an_edit_of_an_unknown_message_is_a_new_message,
}

async fn two_exchanges(db: Db) -> (World, Told, Told) {
    let world = World::start(db).await;
    world.model.script([says("One."), says("Two.")]);
    let first = world.me.agent(chat("m1", "First")).await.rest().await;
    let second = world.me.agent(chat("m2", "Second")).await.rest().await;
    (world, first, second)
}

fn edit(id: &str, text: &str) -> Value {
    json!({"id": CHAT, "trigger": "submit-message", "messageId": id,
        "messages": [user_message(id, text)]})
}

fn regenerate(target: Option<&str>) -> Value {
    let mut body = json!({"id": CHAT, "trigger": "regenerate-message",
        "messages": [user_message("m2", "Second")]});
    if let Some(target) = target {
        body["messageId"] = json!(target);
    }
    body
}

fn texts(messages: &[Value]) -> Vec<String> {
    let text = |part: &Value| part["text"].as_str().map(str::to_owned);
    messages
        .iter()
        .flat_map(|message| message["parts"].as_array().unwrap())
        .filter(|part| part["type"] == "text")
        .filter_map(text)
        .collect()
}

async fn an_edit_is_a_sibling_of_the_message(db: Db) {
    let (world, _, _) = two_exchanges(db).await;
    world.model.script([says("Two, edited.")]);
    let told = world.me.agent(edit("m2", "Second, edited")).await.rest().await;
    assert_eq!(told.text(), "Two, edited.");
    let messages = world.messages().await;
    assert_eq!(texts(&messages), ["First", "One.", "Second, edited", "Two, edited."]);
    assert_eq!(messages[0]["metadata"]["siblings"].as_array().unwrap().len(), 1);
    let siblings = messages[2]["metadata"]["siblings"].as_array().unwrap();
    assert_eq!(siblings.len(), 2);
    assert_eq!(siblings[1], messages[2]["metadata"]["id"]);
    let request = world.requests().remove(2);
    let sent = request["messages"].to_string();
    assert!(sent.contains("Second, edited") && !sent.contains("Two."), "{sent}");
}

async fn the_same_edit_again_is_the_same_turn(db: Db) {
    let (world, _, _) = two_exchanges(db).await;
    world.model.script([says("Two, edited.")]);
    let told = world.me.agent(edit("m2", "Second, edited")).await.rest().await;
    let again = world.me.agent(edit("m2", "Second, edited")).await.rest().await;
    assert_eq!(again.message_id(), told.message_id());
    assert_eq!(world.requests().len(), 3);
}

async fn regenerating_an_answer_makes_a_sibling_of_it(db: Db) {
    let (world, _, second) = two_exchanges(db).await;
    world.model.script([says("Two, again.")]);
    let told = world.me.agent(regenerate(None)).await.rest().await;
    assert_ne!(told.message_id(), second.message_id());
    let messages = world.messages().await;
    assert_eq!(texts(&messages), ["First", "One.", "Second", "Two, again."]);
    let siblings = &messages[3]["metadata"]["siblings"];
    assert_eq!(*siblings, json!([second.message_id(), told.message_id()]));
    assert_eq!(messages[2]["metadata"]["siblings"].as_array().unwrap().len(), 1);
    let requests = world.requests();
    assert_eq!(requests[2]["messages"], requests[1]["messages"]);
}

async fn regenerating_may_name_the_answer_or_its_message(db: Db) {
    let (world, first, _) = two_exchanges(db).await;
    world.model.script([says("One, again."), says("One, once more.")]);
    world.me.agent(regenerate(Some(first.message_id()))).await.rest().await;
    assert_eq!(texts(&world.messages().await), ["First", "One, again."]);
    world.me.agent(regenerate(Some("m1"))).await.rest().await;
    let messages = world.messages().await;
    assert_eq!(texts(&messages), ["First", "One, once more."]);
    assert_eq!(messages[1]["metadata"]["siblings"].as_array().unwrap().len(), 3);
}

async fn the_head_switches_between_versions(db: Db) {
    let (world, first, _) = two_exchanges(db).await;
    world.model.script([says("Two, edited."), says("More.")]);
    world.me.agent(edit("m2", "Second, edited")).await.rest().await;
    let messages = world.messages().await;
    let older = messages[2]["metadata"]["siblings"][0].clone();
    let path = format!("/api/conversations/{CHAT}");
    world.me.patch(&path, json!({"headId": older})).await.expect(200);
    assert_eq!(texts(&world.messages().await), ["First", "One.", "Second", "Two."]);
    world.me.agent(chat("m3", "And more?")).await.rest().await;
    let shown = texts(&world.messages().await);
    assert_eq!(shown, ["First", "One.", "Second", "Two.", "And more?", "More."]);
    let unknown = world.me.patch(&path, json!({"headId": "nowhere"})).await;
    assert_eq!(unknown.wrong_fields(), ["/headId"]);
    world.me.patch(&path, json!({"headId": first.message_id()})).await.expect(200);
    assert_eq!(texts(&world.messages().await)[..2], ["First", "One."]);
}

async fn a_new_branch_is_told_what_others_have_done(db: Db) {
    let world = World::start(db).await;
    let approval = world.asked_to_add("Milk").await;
    world.model.script([says("Done."), says("It is there already.")]);
    world.approve(&approval).await;
    world.settled().await;
    world.me.agent(regenerate(None)).await.rest().await;
    let told = text_of(&json!({"content": world.newest_blocks()}));
    assert!(told.contains("<elsewhere>") && told.contains("Milk"), "{told}");
    let reply = Reply::new().tool("create_task", json!({"title": "Milk"}));
    let again = world.exchange("Add it again", reply).await;
    assert_eq!(again.finish(), "tool-calls");
}

async fn regenerating_what_waits_supersedes_it(db: Db) {
    let world = World::start(db).await;
    let approval = world.asked_to_add("Milk").await;
    world.model.script([says("Shall I?")]);
    let told = world.me.agent(regenerate(None)).await.rest().await;
    assert_eq!(told.text(), "Shall I?");
    assert_eq!(world.approval(&approval).await["status"], "superseded");
    let requests = world.requests();
    assert_eq!(requests[0]["messages"], requests[1]["messages"]);
    assert!(world.tasks().await.is_empty());
}

async fn regenerating_what_is_not_there_is_not_found(db: Db) {
    let (world, _, _) = two_exchanges(db).await;
    let unknown = "01900000-0000-7000-8000-000000000000";
    world.me.post("/api/agent", regenerate(Some(unknown))).await.problem(404, "not_found");
    let mut elsewhere = regenerate(None);
    elsewhere["id"] = json!("nowhere");
    world.me.post("/api/agent", elsewhere).await.problem(404, "not_found");
}

async fn an_edit_of_an_unknown_message_is_a_new_message(db: Db) {
    let (world, _, _) = two_exchanges(db).await;
    world.model.script([says("Three.")]);
    world.me.agent(edit("m3", "Third")).await.rest().await;
    let shown = texts(&world.messages().await);
    assert_eq!(shown, ["First", "One.", "Second", "Two.", "Third", "Three."]);
}
