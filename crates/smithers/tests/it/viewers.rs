//! Watching an answer from more than one place.

use serde_json::json;
use standins::anthropic::{Gate, Reply};

use crate::data::{Db, journeys};
use crate::world::{CHAT, World, own, says};

journeys! {
    a_reload_in_mid_answer_shows_all_of_it_and_goes_on,
    two_viewers_end_up_with_the_same,
    a_replay_reaches_back_across_an_approval,
    nothing_to_watch_is_204,
    nobody_watches_without_a_session,
}

async fn a_reload_in_mid_answer_shows_all_of_it_and_goes_on(db: Db) {
    let world = World::start(db).await;
    let gate = Gate::new();
    world.model.script([Reply::new()
        .thinking("Hm, let me see.", "signed")
        .text("Hello, ")
        .gate(&gate)
        .text("Ada.")]);
    let mut posted = world.me.agent(own("Hello")).await;
    let before = posted.until_text("Hello, ").await;
    drop(posted);
    let mut events = world.me.watch(CHAT).await.unwrap();
    let replayed = events.until_text("Hello, ").await;
    assert_eq!(replayed.message_id(), before.message_id());
    assert_eq!(replayed.types()[0], "start");
    assert_eq!(replayed.all("reasoning-delta").len(), 1, "what is past comes in few pieces");
    gate.open();
    let rest = events.rest().await;
    assert_eq!((rest.text().as_str(), rest.finish()), ("Ada.", "stop"));
}

async fn two_viewers_end_up_with_the_same(db: Db) {
    let world = World::start(db).await;
    let gate = Gate::new();
    world.model.script([Reply::new().text("Hello, ").gate(&gate).text("Ada and all the others.")]);
    let mut first = world.me.agent(own("Hello")).await;
    let begun = first.until_text("Hello, ").await;
    let second = world.me.watch(CHAT).await.unwrap();
    let third = world.me.watch(CHAT).await.unwrap();
    gate.open();
    let (first, second, third) = tokio::join!(first.rest(), second.rest(), third.rest());
    let whole = crate::events::Told([begun.0, first.0].concat());
    assert_eq!(whole.joined(), second.joined());
    assert_eq!(second.joined(), third.joined());
}

async fn a_replay_reaches_back_across_an_approval(db: Db) {
    let world = World::start(db).await;
    let approval = world.asked_to_add("Milk").await;
    let waiting = world.newest_message().await;
    let gate = Gate::new();
    world.model.script([Reply::new().gate(&gate).text("It is there.")]);
    world.approve(&approval).await;
    gate.reached().await;
    let events = world.me.watch(CHAT).await.unwrap();
    gate.open();
    let told = events.rest().await;
    assert_eq!(told.message_id(), waiting["id"]);
    assert_eq!(
        told.story(),
        [
            "start",
            "start-step",
            "text-start",
            "text-delta",
            "text-end",
            "tool-input-available",
            "tool-approval-request",
            "tool-output-available",
            "finish-step",
            "start-step",
            "text-start",
            "text-delta",
            "text-end",
            "finish-step",
            "finish"
        ]
    );
    assert_eq!(told.text(), "I will add it.It is there.");
}

async fn nothing_to_watch_is_204(db: Db) {
    let world = World::start(db).await;
    assert!(world.me.watch(CHAT).await.is_none(), "an unknown conversation");
    world.exchange("Hello", says("Hi.")).await;
    assert!(world.me.watch(CHAT).await.is_none(), "a finished one");
    world.asked_to_add("Milk").await;
    assert!(world.me.watch(CHAT).await.is_none(), "one that waits for a person");
}

async fn nobody_watches_without_a_session(db: Db) {
    let world = World::start(db).await;
    let gate = Gate::new();
    world.model.script([Reply::new().text("Hello, ").gate(&gate).text("Ada.")]);
    let again = world.another_session().await;
    let mut posted = world.me.agent(own("Hello")).await;
    posted.until_text("Hello, ").await;
    let watched = world.me.watch(CHAT).await.unwrap();
    let other = again.watch(CHAT).await.unwrap();

    world.me.post("/api/auth/logout", json!({})).await.expect(204);

    posted.cut().await;
    watched.cut().await;
    gate.open();
    assert_eq!(other.rest().await.text(), "Hello, Ada.", "the answer goes on");
}
