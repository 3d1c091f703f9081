//! A model that breaks off or refuses.

use serde_json::json;
use standins::anthropic::Reply;

use crate::data::{Db, journeys};
use crate::world::{CHAT, KEY, World, adds, own, says};

journeys! {
    a_broken_answer_is_asked_for_again,
    an_answer_that_stays_broken_fails_and_keeps_its_text,
    a_broken_call_is_never_run,
    a_refused_key_is_a_readable_error,
    an_unreachable_model_is_a_readable_error,
    a_failed_answer_can_be_made_anew,
    a_long_wait_that_the_vendor_asks_for_is_told,
    two_calls_with_one_id_fail_and_are_paid_for,
    an_answer_that_promises_calls_and_has_none_is_over,
}

async fn a_broken_answer_is_asked_for_again(db: Db) {
    let world = World::start(db).await;
    world.model.script([
        says("Half of an answer").error_after(4, "overloaded_error"),
        says("Another half").truncate_after(4),
        says("The whole answer."),
    ]);
    let told = world.say("Hello").await;
    assert_eq!(told.all("reset-step").len(), 2);
    assert_eq!(told.text(), "The whole answer.");
    assert_eq!(told.finish(), "stop");
    let answer = world.newest_message().await;
    assert!(!answer["parts"].to_string().contains("alf"), "{answer}");
    assert_eq!(world.requests().len(), 3);
    assert_eq!(world.requests()[0]["messages"], world.requests()[2]["messages"]);
    world.exchange("And?", says("More.")).await;
    assert_eq!(world.requests()[3]["messages"].as_array().unwrap().len(), 3);
}

async fn an_answer_that_stays_broken_fails_and_keeps_its_text(db: Db) {
    let world = World::start(db).await;
    let broken = || says("Half of an answer").error_after(4, "overloaded_error");
    world.model.script([broken(), broken(), broken()]);
    let told = world.say("Hello").await;
    assert_eq!(told.story().last(), Some(&"error"));
    assert_eq!(world.requests().len(), 3);
    let answer = world.newest_message().await;
    assert_eq!(answer["metadata"]["status"], "failed");
    assert_eq!(answer["metadata"]["interrupted"], true);
    assert!(!told.text().is_empty() && answer["parts"].to_string().contains(&told.text()));
    assert_eq!(world.exchange("Again", says("Better.")).await.text(), "Better.");
}

async fn a_broken_call_is_never_run(db: Db) {
    let world = World::start(db).await;
    world.me.put("/api/permissions", json!({"mode": "acceptEdits", "rules": []})).await.expect(200);
    world.model.script([adds("Milk").hang_up_after(9), says("No milk.")]);
    let told = world.say("Add milk").await;
    assert_eq!(told.all("reset-step").len(), 1);
    assert_eq!(told.text(), "No milk.");
    assert!(world.tasks().await.is_empty());
}

async fn a_refused_key_is_a_readable_error(db: Db) {
    let world = World::start(db).await;
    let refused = || {
        Reply::http_error(401, "authentication_error").message(&format!("The key {KEY} is bad."))
    };
    world.model.script([refused()]);
    let told = world.say("Hello").await;
    let error = told.one("error")["errorText"].as_str().unwrap();
    assert!(error.contains("key") && !error.contains(KEY), "{error}");
    assert!(error.contains("(Request req_"), "{error}");
    assert_eq!(told.story().last(), Some(&"error"));
    let messages = world.messages().await;
    assert_eq!(messages[1]["metadata"]["status"], "failed");
    assert_eq!(messages[1]["metadata"]["error"], error);
    assert!(!world.server.log().contains(KEY), "the log keeps no secret");
    assert!(world.me.watch(CHAT).await.is_none());
    assert_eq!(world.exchange("Again", says("Better.")).await.text(), "Better.");
}

async fn an_unreachable_model_is_a_readable_error(db: Db) {
    let world = World::with(db, &[("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")]).await;
    let told = world.say("Hello").await;
    let error = told.one("error")["errorText"].as_str().unwrap();
    assert!(error.contains("could not be reached"), "{error}");
    assert_eq!(world.conversation().await["status"], "idle");
}

async fn a_failed_answer_can_be_made_anew(db: Db) {
    let world = World::start(db).await;
    world.exchange("Hello", Reply::http_error(400, "invalid_request_error")).await.one("error");
    world.model.script([says("Better.")]);
    let again = json!({"id": CHAT, "trigger": "regenerate-message", "messages": []});
    assert_eq!(world.me.agent(again).await.rest().await.text(), "Better.");
    let message = world.newest_message().await;
    assert_eq!(message["metadata"]["siblings"].as_array().unwrap().len(), 2);
    assert_eq!(world.requests()[0]["messages"], world.requests()[1]["messages"]);
    world.me.post("/api/agent", own("  ")).await.wrong_fields();
}

async fn a_long_wait_that_the_vendor_asks_for_is_told(db: Db) {
    let world = World::start(db).await;
    let limited = Reply::http_error(429, "rate_limit_error").header("retry-after", "601");
    let told = world.exchange("Hello", limited).await;
    let error = told.one("error")["errorText"].as_str().unwrap();
    let words = "The model's rate limit is reached. Try again in 11 minutes. (Request req_";
    assert!(error.starts_with(words), "{error}");
    assert_eq!(world.requests().len(), 1, "nobody waits that long");
}

async fn two_calls_with_one_id_fail_and_are_paid_for(db: Db) {
    let world = World::start(db).await;
    let looks = says("Dear")
        .tool_with_id("toolu_1", "list_tasks", json!({}))
        .tool_with_id("toolu_1", "list_memories", json!({}))
        .usage(&json!({"output_tokens": 16_000}));

    let told = world.exchange("Look", looks).await;

    let error = told.one("error")["errorText"].as_str().unwrap();
    assert!(error.contains("do not understand"), "{error}");
    let answer = world.newest_message().await;
    assert_eq!(answer["metadata"]["status"], "failed");
    assert!(answer["parts"].to_string().contains("Dear"), "{answer}");
    let bill = world.me.get("/api/usage").await.expect(200);
    assert_eq!(bill["items"][0]["outputTokens"], 16_000, "{bill}");
    assert_eq!(world.exchange("Again", says("Better.")).await.text(), "Better.");
}

async fn an_answer_that_promises_calls_and_has_none_is_over(db: Db) {
    let world = World::start(db).await;

    let told = world.exchange("Look", says("Looking.").stop("tool_use")).await;

    assert_eq!(told.finish(), "other", "`tool-calls` is the sign of an approval");
}
