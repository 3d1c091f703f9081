//! What one's own model calls cost.

use serde_json::json;
use standins::anthropic::Reply;

use crate::data::{Db, journeys};
use crate::world::{CHAT, World, says};

journeys! {
    each_call_of_the_model_is_on_the_bill_of_its_day,
    days_are_checked,
    a_persons_budget_warns_and_ends,
    an_answer_may_not_cost_more_than_one_may,
}

async fn each_call_of_the_model_is_on_the_bill_of_its_day(db: Db) {
    let world = World::start(db).await;
    let empty = world.me.get("/api/usage").await.expect(200);
    assert_eq!((&empty["items"], &empty["total"]["modelCalls"]), (&json!([]), &json!(0)));

    world.exchange("One", says("First.")).await;
    let told = world.exchange("Two", says("Second.")).await;
    let bob = world.somebody_else().await;
    let bill = world.me.get("/api/usage").await.expect(200);

    let [day] = bill["items"].as_array().unwrap().as_slice() else { panic!("{bill}") };
    assert_eq!(day["modelCalls"], 2);
    assert_eq!(bill["nextCursor"], json!(null));
    for name in ["inputTokens", "cacheReadTokens", "cacheWriteTokens", "outputTokens"] {
        assert_eq!(bill["total"][name], day[name], "{name}");
    }
    let cost = bill["total"]["costUsd"].as_f64().unwrap();
    assert!(cost > 0.0 && day["costUsd"] == cost);
    let conversation = world.conversation().await;
    assert_eq!(conversation["usage"]["costUsd"], cost);
    let answers = world.messages().await;
    let told = &told.one("data-usage")["data"];
    assert_eq!(&answers[3]["metadata"]["usage"], told);
    let each = [&answers[1], &answers[3]].map(|answer| &answer["metadata"]["usage"]["costUsd"]);
    let sum: f64 = each.iter().map(|cost| cost.as_f64().unwrap()).sum();
    assert!((sum - cost).abs() < 1e-9, "{sum} {cost}");
    assert!(day["outputTokens"].as_u64() > told["outputTokens"].as_u64(), "{day} {told}");
    world.me.delete("/api/conversations/chat-1").await.expect(204);
    assert_eq!(world.me.get("/api/usage").await.expect(200), bill, "what was spent stays spent");
    assert_eq!(bob.get("/api/usage").await.expect(200)["items"], json!([]));
    let before = world.me.get("/api/usage?to=2000-01-01&from=1999-01-01").await.expect(200);
    assert_eq!(before["items"], json!([]));
}

async fn days_are_checked(db: Db) {
    let world = World::start(db).await;
    for (query, field) in [
        ("from=2026-02-30", "/from"),
        ("to=yesterday", "/to"),
        ("to=", "/to"),
        ("from=2026-02-02&to=2026-02-01", "/from"),
    ] {
        let path = format!("/api/usage?{query}");
        assert_eq!(world.me.get(&path).await.wrong_fields(), [field], "{query}");
    }
}

/// A reply that costs so many thousandths of a dollar and a little.
fn worth(text: &str, thousandths: u64) -> Reply {
    says(text).usage(&json!({"output_tokens": thousandths * 100}))
}

async fn a_persons_budget_warns_and_ends(db: Db) {
    let world = World::with(db, &[("SMITHERS_BUDGET_USER", "1")]).await;
    let quiet = world.exchange("One", worth("First.", 850)).await;
    assert!(quiet.all("data-notice").is_empty());

    let warned = world.exchange("Two", worth("Second.", 120)).await;
    let notice = &warned.one("data-notice")["data"];
    assert_eq!((&notice["code"], &notice["level"]), (&json!("budget_user"), &json!("warning")));
    assert_eq!(warned.text(), "Second.");

    // What is left does not do for a whole answer.
    let limited = world.say("Three").await;
    assert_eq!(limited.finish(), "length");
    let notice = &limited.one("data-notice")["data"];
    assert_eq!(notice["code"], "budget_user");
    assert!(notice["text"].as_str().unwrap().contains("midnight"), "{notice}");
    assert_eq!(world.requests().len(), 2);
    let answer = world.newest_message().await;
    assert_eq!(answer["metadata"]["status"], "limited");
    assert!(answer["parts"].as_array().unwrap().iter().any(|part| part["data"] == *notice));

    let world = world.restarted_with(&[("SMITHERS_BUDGET_USER", "0.9")]).await;
    let post = json!({"conversationId": CHAT, "message": "Four"});
    let refused = world.me.post("/api/agent", post).await;
    assert!(refused.header("retry-after").parse::<u32>().unwrap() <= 25 * 3_600);
    assert_eq!(refused.expect(429)["code"], "budget_exhausted");
    let known = json!({"conversationId": CHAT, "message": {"id": "m-1", "role": "user",
        "parts": [{"type": "text", "text": "Five"}]}});
    assert_eq!(world.me.post("/api/agent", known.clone()).await.expect(429)["status"], 429);
    let world = world.restarted_with(&[("SMITHERS_BUDGET_USER", "5")]).await;
    world.model.script([says("Fifth.")]);
    assert_eq!(world.me.agent(known.clone()).await.rest().await.text(), "Fifth.");
    let world = world.restarted_with(&[("SMITHERS_BUDGET_USER", "0.9")]).await;
    assert_eq!(world.me.agent(known).await.rest().await.text(), "Fifth.", "that is no new answer");
}

async fn an_answer_may_not_cost_more_than_one_may(db: Db) {
    let world = World::with(db, &[("SMITHERS_BUDGET_TURN", "0.1")]).await;
    let looks = Reply::new().tool("list_tasks", json!({})).usage(&json!({"output_tokens": 8_000}));
    let told = world.exchange("Look", looks).await;

    assert_eq!(told.finish(), "length");
    assert_eq!(told.one("data-notice")["data"]["code"], "budget_turn");
    assert_eq!(world.exchange("Go on", says("Done.")).await.text(), "Done.");
}
