//! Search over what was said, by the person and by the model.

use serde_json::{Value, json};
use standins::anthropic::Reply;

use crate::data::{Db, journeys};
use crate::world::{World, chat, says, text_of};

journeys! {
    what_was_said_is_found,
    pages_follow_each_other,
    a_query_needs_words,
    the_model_searches_too,
    a_cursor_of_no_list_is_refused,
}

async fn search(world: &World, query: &str) -> Vec<Value> {
    let found = world.me.get(&format!("/api/search?q={query}")).await.expect(200);
    found["items"].as_array().unwrap().clone()
}

async fn what_was_said_is_found(db: Db) {
    let world = World::start(db).await;
    world.model.script([says("The <b>offer</b> is ready.")]);
    world.me.agent(chat("m1", "Where is the Offer for Zürich?")).await.rest().await;
    let found = search(&world, "offer").await;
    let messages = world.messages().await;
    let ids: Vec<&Value> = found.iter().map(|it| &it["messageId"]).collect();
    assert_eq!(ids, [&messages[1]["metadata"]["id"], &messages[0]["metadata"]["id"]]);
    assert_eq!(found[0]["snippet"], "The &lt;b&gt;<mark>offer</mark>&lt;/b&gt; is ready.");
    assert_eq!(found[1]["snippet"], "Where is the <mark>Offer</mark> for Zürich?");
    assert_eq!((&found[0]["role"], &found[1]["role"]), (&json!("assistant"), &json!("user")));
    let conversation = world.conversation().await;
    for message in &found {
        assert_eq!(message["conversationId"], conversation["id"]);
        assert_eq!(message["title"], conversation["title"]);
        assert!(message["createdAt"].as_str().unwrap().ends_with('Z'));
    }
    assert_eq!(search(&world, "zur%20OFF").await.len(), 1);
    assert!(search(&world, "offer%20nowhere").await.is_empty());
    assert!(search(&world, "%F0%9F%8E%89").await.is_empty());
    world.me.delete("/api/conversations/chat-1").await.expect(204);
    assert!(search(&world, "offer").await.is_empty());
}

async fn pages_follow_each_other(db: Db) {
    let world = World::start(db).await;
    world.exchange("Tea", says("Tea.")).await;
    world.exchange("Tea again", says("Tea again.")).await;
    let first = world.me.get("/api/search?q=tea&limit=3").await.expect(200);
    assert_eq!(first["items"].as_array().unwrap().len(), 3);
    let next = first["nextCursor"].as_str().unwrap();
    let rest = world.me.get(&format!("/api/search?q=tea&limit=3&cursor={next}")).await.expect(200);
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert_eq!(rest["items"][0]["snippet"], "<mark>Tea</mark>");
    assert!(rest["nextCursor"].is_null());
}

async fn a_query_needs_words(db: Db) {
    let world = World::start(db).await;
    for path in ["/api/search", "/api/search?q=", "/api/search?q=%20", "/api/search?q=a%00"] {
        assert_eq!(world.me.get(path).await.wrong_fields(), ["/q"], "{path}");
    }
}

async fn the_model_searches_too(db: Db) {
    let world = World::start(db).await;
    world.model.script([says("On Friday.")]);
    world.me.agent(json!({"message": "When is the offer due?"})).await.rest().await;
    let look = Reply::new().tool("search_conversations", json!({"q": "offer"}));
    world.model.script([look, says("You asked that before.")]);
    world.say("Have I asked about it?").await;
    let result: Value = serde_json::from_str(&text_of(&world.result(0))).unwrap();
    assert_eq!(result["items"][0]["snippet"], "When is the <mark>offer</mark> due?");
    assert!(result["nextCursor"].is_null());
}

async fn a_cursor_of_no_list_is_refused(db: Db) {
    let world = World::start(db).await;
    world.exchange("Hello", says("Hi.")).await;
    for list in [
        "tasks?",
        "memories?",
        "conversations?",
        "conversations/chat-1/messages?",
        "approvals?",
        "decisions?",
        "search?q=hello&",
    ] {
        for cursor in ["garbage", "", "%00", "01900000-0000-7000-8000-000000000000", "%F0%9F%8E%89"]
        {
            let answer = world.me.get(&format!("/api/{list}cursor={cursor}")).await;
            assert_eq!(answer.wrong_fields(), ["/cursor"], "{list} {cursor}");
        }
    }
}
