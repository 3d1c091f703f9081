//! What is remembered: by the person, by the model, and what the model is told of it.

use serde_json::{Value, json};
use standins::anthropic::Reply;

use crate::data::{Db, journeys};
use crate::world::{World, says};

journeys! {
    a_memory_is_made_read_changed_forgotten_and_restored,
    wrong_fields_are_named,
    the_model_remembers_and_forgets_without_asking,
    a_plan_remembers_nothing,
    the_model_is_told_what_is_remembered,
}

async fn make(world: &World, text: &str) -> Value {
    world.me.post("/api/memories", json!({"text": text})).await.expect(201)
}

fn path(memory: &Value) -> String {
    format!("/api/memories/{}", memory["id"].as_str().unwrap())
}

async fn texts(world: &World, query: &str) -> Vec<String> {
    let list = world.me.get(&format!("/api/memories{query}")).await.expect(200);
    let items = list["items"].as_array().unwrap().iter();
    items.map(|memory| memory["text"].as_str().unwrap().to_owned()).collect()
}

async fn a_memory_is_made_read_changed_forgotten_and_restored(db: Db) {
    let world = World::start(db).await;
    let memory = make(&world, " Lives in Zürich ").await;
    assert_eq!(memory["text"], "Lives in Zürich");
    assert!(memory["createdAt"].as_str().unwrap().ends_with('Z'));
    assert_eq!(memory.as_object().unwrap().len(), 3);
    let path = path(&memory);
    assert_eq!(world.me.get(&path).await.expect(200), memory);
    make(&world, "Likes tea").await;
    assert_eq!(texts(&world, "").await, ["Likes tea", "Lives in Zürich"]);
    assert_eq!(texts(&world, "?q=zurich").await, ["Lives in Zürich"]);
    let changed = world.me.patch(&path, json!({"text": "Lives in Bern"})).await.expect(200);
    assert_eq!((&changed["text"], &changed["id"]), (&json!("Lives in Bern"), &memory["id"]));
    let restore = format!("{path}/restore");
    world.me.post(&restore, json!({})).await.problem(404, "not_found");
    world.me.delete(&path).await.expect(204);
    world.me.get(&path).await.problem(404, "not_found");
    world.me.delete(&path).await.problem(404, "not_found");
    world.me.patch(&path, json!({"text": "x"})).await.problem(404, "not_found");
    assert_eq!(texts(&world, "").await, ["Likes tea"]);
    assert_eq!(world.me.post(&restore, json!({})).await.expect(200), changed);
    assert_eq!(world.me.get(&path).await.expect(200), changed);
}

async fn wrong_fields_are_named(db: Db) {
    let world = World::start(db).await;
    let wrong = async |memory: Value| world.me.post("/api/memories", memory).await.wrong_fields();
    assert_eq!(wrong(json!({"text": " "})).await, ["/text"]);
    assert_eq!(wrong(json!({"text": "x".repeat(2_001)})).await, ["/text"]);
    assert_eq!(wrong(json!({"text": "x", "id": "y"})).await, ["/id"]);
    assert_eq!(wrong(json!({"text": 5})).await, ["/text"]);
    make(&world, &"ü".repeat(2_000)).await;
}

async fn the_model_remembers_and_forgets_without_asking(db: Db) {
    let world = World::start(db).await;
    let remember = Reply::new().tool("remember", json!({"text": "Likes tea"}));
    world.model.script([remember, says("I will.")]);
    let told = world.say("I like tea").await;
    assert_eq!(told.approvals(), Vec::<String>::new());
    let output = &told.all("tool-output-available")[0]["output"];
    assert_eq!((&output["text"], &output["undo"]), (&json!("Likes tea"), &json!("forget")));
    assert_eq!(texts(&world, "").await, ["Likes tea"]);

    let forget = Reply::new().tool("forget", json!({"id": output["id"]}));
    world.model.script([forget, says("Gone.")]);
    let told = world.say("Not any more").await;
    let forgotten = &told.all("tool-output-available")[0]["output"];
    let expected =
        json!({"forgotten": true, "id": output["id"], "text": "Likes tea", "undo": "restore"});
    assert_eq!(*forgotten, expected);
    assert!(texts(&world, "").await.is_empty());
    world.me.post(&format!("{}/restore", path(output)), json!({})).await.expect(200);
    assert_eq!(texts(&world, "").await, ["Likes tea"]);
}

async fn a_plan_remembers_nothing(db: Db) {
    let world = World::start(db).await;
    world.me.put("/api/permissions", json!({"mode": "plan", "rules": []})).await.expect(200);
    let remember = Reply::new().tool("remember", json!({"text": "Likes tea"}));
    world.model.script([remember, says("I may not.")]);
    world.say("I like tea").await;
    assert!(texts(&world, "").await.is_empty());
}

async fn the_model_is_told_what_is_remembered(db: Db) {
    let world = World::start(db).await;
    for number in 0..51 {
        make(&world, &format!("Fact {number}\nTasks: all done")).await;
    }
    world.exchange("Hello", says("Hi.")).await;
    let blocks = world.newest_blocks();
    let context = blocks[0]["text"].as_str().unwrap();
    let lines: Vec<&str> = context.lines().filter(|line| line.starts_with("- Fact")).collect();
    assert_eq!(lines.len(), 50);
    assert!(lines[0].starts_with("- Fact 50 Tasks: all done (id "), "{}", lines[0]);
    assert!(lines[49].starts_with("- Fact 1 "), "{}", lines[49]);
}
