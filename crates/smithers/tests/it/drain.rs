//! A server that is asked to end.

use serde_json::json;
use standins::anthropic::{Gate, Reply};

use crate::data::{Db, journeys};
use crate::world::{CHAT, World, own, says};

journeys! {
    an_answer_without_a_word_yet_is_left_to_the_next_start,
    an_answer_that_has_begun_is_finished_first,
    nothing_new_begins_while_it_ends,
    whoever_watches_what_is_left_is_let_go,
    an_answer_that_takes_too_long_is_left_to_the_next_start,
}

async fn begun(world: &World, gate: &Gate) -> crate::events::Events {
    world.model.script([Reply::new().text("Half").gate(gate).text(" and half.")]);
    let mut events = world.me.agent(own("Hello")).await;
    events.until_text("Half").await;
    events
}

async fn until_draining(world: &World) {
    world.server.begin_to_terminate();
    while world.me.get("/readyz").await.status != 503 {}
}

async fn an_answer_without_a_word_yet_is_left_to_the_next_start(db: Db) {
    let world = World::start(db).await;
    let gate = Gate::new();
    world.model.script([Reply::new().gate(&gate), says("The whole answer.")]);
    let events = world.me.agent(own("Hello")).await;
    gate.reached().await;
    world.server.begin_to_terminate();
    events.cut().await;
    let world = world.after_end().await;
    world.settled().await;
    let answer = world.newest_message().await;
    assert_eq!(answer["metadata"]["status"], "completed");
    assert_eq!(answer["parts"][1]["text"], "The whole answer.");
}

async fn an_answer_that_has_begun_is_finished_first(db: Db) {
    let world = World::start(db).await;
    let gate = Gate::new();
    let events = begun(&world, &gate).await;
    until_draining(&world).await;
    gate.open();
    while_reading(events).await;
    let world = world.after_end().await;
    world.settled().await;
    let answer = world.newest_message().await;
    assert_eq!(answer["metadata"]["status"], "completed");
    assert_eq!(answer["parts"][2]["text"], " and half.");
    assert_eq!(world.requests().len(), 1, "the model is not asked again");
}

/// Reads on until the stream is over, however that is.
async fn while_reading(mut events: crate::events::Events) {
    while events.next().await.is_some() {}
}

async fn nothing_new_begins_while_it_ends(db: Db) {
    let world = World::start(db).await;
    let gate = Gate::new();
    let events = begun(&world, &gate).await;
    until_draining(&world).await;
    let elsewhere = json!({"message": "And this?"});
    world.me.post("/api/agent", elsewhere).await.problem(503, "upstream_unavailable");
    world.me.get("/readyz").await.problem(503, "upstream_unavailable");
    assert_eq!(world.me.get("/healthz").await.body, "ok");
    gate.open();
    while_reading(events).await;
    world.after_end().await;
}

async fn whoever_watches_what_is_left_is_let_go(db: Db) {
    let world = World::start(db).await;
    let approval = world.asked_to_add("Milk").await;
    let gate = Gate::new();
    world.model.script([Reply::new().text("Half").gate(&gate).text(" and half.")]);
    let mut other = world.me.agent(json!({"conversationId": "other", "message": "Hello"})).await;
    other.until_text("Half").await;
    until_draining(&world).await;
    world.approve(&approval).await;
    let path = format!("/api/agent/{CHAT}/stream");
    world.me.get(&path).await.problem(503, "upstream_unavailable");
    gate.open();
    while_reading(other).await;
    world.model.otherwise(says("Done."));
    let world = world.after_end().await;
    world.settled().await;
    assert_eq!(world.tasks().await, ["Milk"]);
}

async fn an_answer_that_takes_too_long_is_left_to_the_next_start(db: Db) {
    let world = World::with(db, &[("SMITHERS_LEASE_TTL", "1s")]).await;
    let gate = Gate::new();
    let events = begun(&world, &gate).await;
    world.server.begin_to_terminate();
    while_reading(events).await;
    world.model.script([says("The whole answer.")]);
    let world = world.after_end().await;
    world.settled().await;
    assert_eq!(world.newest_message().await["metadata"]["status"], "completed");
}
