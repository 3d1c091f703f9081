//! Conversations that leave, and come back elsewhere.

use serde_json::{Value, json};

use crate::data::{Db, journeys};
use crate::imports::{conversations, counts, imported, messages_of, said};
use crate::world::{CHAT, World, chat, says};

journeys! {
    an_exported_conversation_is_the_same_elsewhere,
    a_conversation_can_be_read_as_markdown,
    an_export_of_nothing_is_not_found,
    a_call_that_waited_asks_nobody_after_an_import,
}

async fn exported(world: &World, id: &str) -> Value {
    world.me.get(&format!("/api/conversations/{id}/export")).await.expect(200)
}

/// An export without what must differ elsewhere: ids become places, and of calls the outcome stays.
fn comparable(export: &Value) -> Value {
    let messages = export["messages"].as_array().unwrap();
    let place = |id: &Value| messages.iter().position(|message| message["id"] == *id);
    let part = |part: &Value| {
        let kept = ["type", "text", "toolName", "title", "state", "input", "output"];
        Value::from_iter(kept.map(|name| (name, part[name].clone())))
    };
    let is_kept = |part: &&Value| !part["type"].as_str().unwrap().starts_with("data-");
    let shown = messages.iter().map(|message| {
        let parts = message["parts"].as_array().unwrap().iter().filter(is_kept).map(part);
        json!([
            place(&message["parentId"]),
            message["role"],
            message["createdAt"],
            parts.collect::<Vec<Value>>(),
        ])
    });
    let mut conversation = export["conversation"].clone();
    conversation["id"].take();
    json!([conversation, place(&export["headId"]), shown.collect::<Vec<Value>>()])
}

/// A conversation with an approved call, a denied one, and two versions of a message.
async fn full_of_things(db: Db) -> World {
    let world = World::start(db).await;
    for decision in ["approve", "deny"] {
        let approval = world.asked_to_add("Milk").await;
        world.model.script([says("As you like.")]);
        world.decide(&approval, json!({"decision": decision})).await;
        world.settled().await;
    }
    world.model.script([says("One."), says("Two.")]);
    world.me.agent(chat("m1", "First")).await.rest().await;
    let mut edit = chat("m1", "First, edited");
    edit["messageId"] = json!("m1");
    world.me.agent(edit).await.rest().await;
    world
}

async fn an_exported_conversation_is_the_same_elsewhere(db: Db) {
    let (world, elsewhere) = (full_of_things(db).await, World::start(db).await);
    let answer = world.me.get(&format!("/api/conversations/{CHAT}/export?format=json")).await;
    let export = answer.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"Add-Milk.json\"");
    assert_eq!(
        (&export["format"], &export["version"]),
        (&json!("smithers.conversation"), &json!(1))
    );

    assert_eq!(counts(&imported(&world, answer.body.clone()).await), [1, 0, 1, 0]);
    assert_eq!(counts(&imported(&elsewhere, format!("[{}]", answer.body)).await), [1, 1, 0, 0]);

    let copy = conversations(&elsewhere).await.remove(0);
    let copied = exported(&elsewhere, copy["id"].as_str().unwrap()).await;
    assert_eq!(comparable(&copied), comparable(&export));
    assert_eq!(copied["messages"].as_array().unwrap().len(), 8);
    let states: Vec<String> = copied["messages"]
        .to_string()
        .split("output-")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    assert_eq!(states, ["available", "denied"]);
    assert_eq!(said(&messages_of(&elsewhere, &copy).await), said(&world.messages().await));
    assert_eq!(counts(&imported(&elsewhere, copied.to_string()).await), [1, 0, 1, 0]);
}

async fn a_conversation_can_be_read_as_markdown(db: Db) {
    let world = full_of_things(db).await;
    let answer = world.me.get(&format!("/api/conversations/{CHAT}/export?format=markdown")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/markdown; charset=utf-8");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"Add-Milk.md\"");
    let markdown = answer.body;
    assert!(markdown.starts_with("# Add Milk\n\n*"), "{markdown}");
    for line in [
        "- Tool: Add task `{\"title\":\"Milk\"}`: done",
        "- Tool: Add task `{\"title\":\"Milk\"}`: denied",
        "First, edited",
        "Two.",
    ] {
        assert!(markdown.lines().any(|other| other == line), "{line}: {markdown}");
    }
    assert!(markdown.contains("\n## Ada, ") && markdown.contains("\n## Smithers, "));
    assert!(!markdown.contains("One."), "another branch: {markdown}");
}

async fn an_export_of_nothing_is_not_found(db: Db) {
    let world = World::start(db).await;
    let unknown = "01900000-0000-7000-8000-000000000000";
    for path in ["conversations/nowhere/export", &format!("imports/{unknown}"), "imports/x"] {
        world.me.get(&format!("/api/{path}")).await.problem(404, "not_found");
    }
    world.exchange("Hello", says("Hi.")).await;
    let wrong = world.me.get(&format!("/api/conversations/{CHAT}/export?format=pdf")).await;
    assert_eq!(wrong.wrong_fields(), ["/format"]);
}

async fn a_call_that_waited_asks_nobody_after_an_import(db: Db) {
    let (world, elsewhere) = (World::start(db).await, World::start(db).await);
    world.asked_to_add("Milk").await;
    let export = exported(&world, CHAT).await;
    assert!(export.to_string().contains("approval-requested"));
    imported(&elsewhere, export.to_string()).await;
    let copy = conversations(&elsewhere).await.remove(0);
    let messages = messages_of(&elsewhere, &copy).await;
    let call =
        messages[1]["parts"].as_array().unwrap().iter().find(|part| part["type"] == "dynamic-tool");
    let call = call.unwrap();
    assert_eq!((&call["state"], &call["approval"]), (&json!("output-error"), &Value::Null));
    assert_eq!(copy["status"], "idle");
    assert_eq!(elsewhere.me.get("/api/approvals").await.expect(200)["items"], json!([]));
}
