//! Names for conversations.

use serde_json::{Value, json};
use standins::anthropic::Reply;

use crate::data::{Db, journeys};
use crate::news::Feed;
use crate::world::{World, says};

journeys! {
    a_conversation_is_named_once_after_its_first_answer,
    a_title_that_a_person_chose_stays,
    the_first_line_stays_if_nobody_finds_a_title,
    no_title_is_asked_for_when_the_budget_is_used_up,
}

const ON: (&str, &str) = ("SMITHERS_TITLES", "on");

/// Goes on until a conversation of the person has changed.
async fn changed(feed: &mut Feed) {
    feed.until("conversation").await;
}

async fn title(world: &World) -> Value {
    world.conversation().await["title"].clone()
}

async fn a_conversation_is_named_once_after_its_first_answer(db: Db) {
    let world = World::with(db, &[ON]).await;
    world.model.title(says("\"A new bicycle\"\n"));
    let mut feed = Feed::of(&world.me).await;
    let told = world.exchange("Which bicycle is best?\nI ride a lot.", says("A light one.")).await;
    assert_eq!(told.one("data-conversation")["data"]["title"], "Which bicycle is best?");
    changed(&mut feed).await;
    assert_eq!(title(&world).await, "A new bicycle");

    world.exchange("And a lock?", says("A heavy one.")).await;
    let world = world.restarted_with(&[]).await;
    world.exchange("And a bell?", says("A loud one.")).await;

    assert_eq!(title(&world).await, "A new bicycle");
    let asked = world.model.title_requests();
    let [request] = asked.as_slice() else { panic!("{} requests", asked.len()) };
    assert_eq!((&request.body["tools"], &request.body["max_tokens"]), (&Value::Null, &json!(40)));
    let format = &request.body["output_config"]["format"];
    assert_eq!(format["schema"]["required"], json!(["title"]));
    let text = request.body["messages"].to_string();
    assert!(text.contains("Which bicycle") && text.contains("A light one."), "{text}");
    assert!(!text.contains("context"), "{text}");
    let bill = world.me.get("/api/usage").await.expect(200);
    let bill = bill["items"].as_array().unwrap().iter().find(|item| item["kind"] == "title");
    assert_eq!(bill.expect("it is paid for")["modelCalls"], 1);
}

async fn a_title_that_a_person_chose_stays(db: Db) {
    let world = World::with(db, &[ON]).await;
    let mine = world.me.post("/api/conversations", json!({"title": "Mine"})).await.expect(201);
    world.model.script([says("First."), says("Second.")]);
    let post = json!({"conversationId": mine["id"], "message": "Hello"});
    world.me.agent(post.clone()).await.rest().await;

    let empty = world.me.post("/api/conversations", json!({})).await.expect(201);
    let mut feed = Feed::of(&world.me).await;
    let post = json!({"conversationId": empty["id"], "message": "Hello"});
    world.me.agent(post).await.rest().await;
    changed(&mut feed).await;

    assert_eq!(world.model.title_requests().len(), 1, "only the one without a title");
    let mine = world.me.get(&format!("/api/conversations/{}", mine["id"].as_str().unwrap())).await;
    assert_eq!(mine.expect(200)["title"], "Mine");
}

async fn the_first_line_stays_if_nobody_finds_a_title(db: Db) {
    let world = World::with(db, &[ON]).await;
    world.model.title(Reply::http_error(400, "invalid_request_error"));
    let mut feed = Feed::of(&world.me).await;
    world.exchange("Which bicycle is best?", says("A light one.")).await;
    changed(&mut feed).await;

    world.model.title(says("Too late"));
    world.exchange("And a lock?", says("A heavy one.")).await;
    let other = json!({"conversationId": "chat-2", "message": "Hello"});
    world.model.script([says("Hello!")]);
    world.me.agent(other).await.rest().await;
    changed(&mut feed).await;

    let list = json!({"conversationId": "chat-3", "message": "Bells, too"});
    world.model.title(says("[\"a\"]"));
    world.model.script([says("Ring!")]);
    world.me.agent(list).await.rest().await;
    changed(&mut feed).await;

    assert_eq!(title(&world).await, "Which bicycle is best?");
    let list = world.me.get("/api/conversations/chat-3").await.expect(200);
    assert_eq!(list["title"], "Bells, too", "a list is no title");
    let other = world.me.get("/api/conversations/chat-2").await.expect(200);
    assert_eq!(other["title"], "Too late");
}

async fn no_title_is_asked_for_when_the_budget_is_used_up(db: Db) {
    let world = World::with(db, &[ON, ("SMITHERS_BUDGET_USER", "1")]).await;
    let mut feed = Feed::of(&world.me).await;
    let dear = says("Dear.").usage(&json!({"output_tokens": 100_000}));
    world.exchange("Hello", dear).await;
    changed(&mut feed).await;
    assert!(world.model.title_requests().is_empty());
    assert_eq!(title(&world).await, "Hello");
}
