//! Conversations and their messages.

use serde_json::{Value, json};

use crate::data::{Db, journeys};
use crate::world::{CHAT, World, chat, says};

journeys! {
    a_conversation_is_made_named_pinned_archived_and_deleted,
    the_newest_comes_first_and_pinned_ones_before,
    the_list_is_searched_and_paged,
    the_first_message_gives_a_title_that_stays,
    messages_are_paged_oldest_first,
    wrong_fields_are_named,
    a_deleted_conversation_takes_its_approvals_along,
}

async fn list(world: &World, query: &str) -> Value {
    world.me.get(&format!("/api/conversations{query}")).await.expect(200)
}

fn titles(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap().iter();
    items.map(|item| item["title"].as_str().unwrap()).collect()
}

async fn make(world: &World, title: &str) -> String {
    let made = world.me.post("/api/conversations", json!({"title": title})).await.expect(201);
    format!("/api/conversations/{}", made["id"].as_str().unwrap())
}

async fn a_conversation_is_made_named_pinned_archived_and_deleted(db: Db) {
    let world = World::start(db).await;
    let path = make(&world, "Offers").await;
    let made = world.me.get(&path).await.expect(200);
    assert_eq!((&made["title"], &made["status"]), (&json!("Offers"), &json!("idle")));
    assert_eq!((&made["pinned"], &made["archived"]), (&json!(false), &json!(false)));
    let change = json!({"title": "All offers", "pinned": true, "archived": true});
    let changed = world.me.patch(&path, change).await.expect(200);
    let mut read = world.me.get(&path).await.expect(200);
    assert_eq!(read.as_object_mut().unwrap().shift_remove("usage").unwrap()["outputTokens"], 0);
    assert_eq!(read, changed);
    assert!(titles(&list(&world, "").await).is_empty(), "archived ones are not listed");
    assert_eq!(titles(&list(&world, "?archived=true").await), ["All offers"]);
    world.me.delete(&path).await.expect(204);
    world.me.get(&path).await.problem(404, "not_found");
    world.me.delete(&path).await.problem(404, "not_found");
    let untitled = world.me.post("/api/conversations", json!({})).await.expect(201);
    assert_eq!(untitled["title"], "");
}

async fn the_newest_comes_first_and_pinned_ones_before(db: Db) {
    let world = World::start(db).await;
    let first = make(&world, "First").await;
    make(&world, "Second").await;
    make(&world, "Third").await;
    assert_eq!(titles(&list(&world, "").await), ["Third", "Second", "First"]);
    world.me.patch(&first, json!({"pinned": true})).await.expect(200);
    assert_eq!(titles(&list(&world, "").await), ["First", "Third", "Second"]);
}

async fn the_list_is_searched_and_paged(db: Db) {
    let world = World::start(db).await;
    for title in ["Café prices", "Offers", "100% cotton", "The café again"] {
        make(&world, title).await;
    }
    assert_eq!(titles(&list(&world, "?q=CAFE").await), ["The café again", "Café prices"]);
    assert_eq!(titles(&list(&world, "?q=0%25").await), ["100% cotton"]);
    let page = list(&world, "?limit=3").await;
    assert_eq!(titles(&page).len(), 3);
    let next = page["nextCursor"].as_str().unwrap();
    let rest = list(&world, &format!("?limit=3&cursor={next}")).await;
    assert_eq!(titles(&rest), ["Café prices"]);
    assert!(rest["nextCursor"].is_null());
    let wrong = world.me.get("/api/conversations?archived=perhaps").await;
    assert_eq!(wrong.wrong_fields(), ["/archived"]);
    let nul = world.me.get("/api/conversations?q=%00").await;
    assert_eq!(nul.wrong_fields(), ["/q"]);
}

async fn the_first_message_gives_a_title_that_stays(db: Db) {
    let world = World::start(db).await;
    let long = format!("\n  {} and more\nSecond line", "word ".repeat(30));
    world.exchange(&long, says("Yes.")).await;
    let conversation = world.conversation().await;
    let title = conversation["title"].as_str().unwrap();
    assert!(title.starts_with("word word") && title.chars().count() <= 80, "{title}");
    assert_eq!(conversation["preview"], "Yes.");
    world.exchange("Another", says("No.")).await;
    let after = world.conversation().await;
    assert_eq!(after["title"], conversation["title"]);
    assert_eq!(after["preview"], "No.");
    assert_eq!(after["clientId"], CHAT);
    assert!(after["updatedAt"].as_str() > conversation["updatedAt"].as_str());
}

async fn messages_are_paged_oldest_first(db: Db) {
    let world = World::start(db).await;
    world.model.script([says("One."), says("Two.")]);
    world.me.agent(chat("m1", "First")).await.rest().await;
    world.me.agent(chat("m2", "Second")).await.rest().await;
    let path = format!("/api/conversations/{CHAT}/messages");
    let first = world.me.get(&format!("{path}?limit=3")).await.expect(200);
    assert_eq!(first["items"].as_array().unwrap().len(), 3);
    assert_eq!((&first["items"][0]["id"], &first["items"][2]["id"]), (&json!("m1"), &json!("m2")));
    let next = first["nextCursor"].as_str().unwrap();
    let rest = world.me.get(&format!("{path}?limit=3&cursor={next}")).await.expect(200);
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert_eq!(rest["items"][0]["role"], "assistant");
    assert!(rest["nextCursor"].is_null());
}

async fn wrong_fields_are_named(db: Db) {
    let world = World::start(db).await;
    let path = make(&world, "Offers").await;
    let wrong = async |change: Value| world.me.patch(&path, change).await.wrong_fields();
    assert_eq!(wrong(json!({"title": "x".repeat(201)})).await, ["/title"]);
    assert_eq!(wrong(json!({"title": "two\nlines"})).await, ["/title"]);
    assert_eq!(wrong(json!({"pinned": "yes"})).await, ["/pinned"]);
    assert_eq!(wrong(json!({"headId": "nowhere"})).await, ["/headId"]);
    assert_eq!(wrong(json!({"status": "idle"})).await, ["/status"]);
    assert_eq!(wrong(json!([])).await, [""]);
    assert_eq!(titles(&list(&world, "").await), ["Offers"]);
}

async fn a_deleted_conversation_takes_its_approvals_along(db: Db) {
    let world = World::start(db).await;
    let approval = world.asked_to_add("Milk").await;
    world.me.delete(&format!("/api/conversations/{CHAT}")).await.expect(204);
    let path = format!("/api/approvals/{approval}");
    world.me.get(&path).await.problem(404, "not_found");
    let late = world.me.post(&path, json!({"decision": "approve"})).await;
    late.problem(404, "not_found");
    assert!(world.tasks().await.is_empty());
    let again = world.exchange("Hello", says("A new beginning.")).await;
    assert_eq!(again.text(), "A new beginning.");
    assert_eq!(world.messages().await.len(), 2, "the client's id is free again");
}
