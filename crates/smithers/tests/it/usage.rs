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
    what_does_not_fit_is_told_with_its_numbers,
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
    let text = notice["text"].as_str().unwrap();
    assert!(text.starts_with("Your budget for today is $1.00, $0.97"), "{text}");
    assert!(text.contains("or go on at midnight") && !text.contains("used up"), "{text}");
    assert_eq!(world.requests().len(), 2);
    let answer = world.newest_message().await;
    assert_eq!(answer["metadata"]["status"], "limited");
    assert!(answer["parts"].as_array().unwrap().iter().any(|part| part["data"] == *notice));

    let world = world.restarted_with(&[("SMITHERS_BUDGET_USER", "0.9")]).await;
    let post = json!({"conversationId": CHAT, "message": "Four"});
    let refused = world.me.post("/api/agent", post).await;
    assert!(refused.header("retry-after").parse::<u32>().unwrap() <= 25 * 3_600);
    let refused = refused.expect(429);
    assert_eq!(refused["code"], "budget_exhausted");
    let words = "Your budget for today, $0.90, is used up. It goes on at midnight in your time \
                 zone, or in UTC if that is later.";
    assert_eq!(refused["detail"], words);
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

async fn what_does_not_fit_is_told_with_its_numbers(db: Db) {
    let mut world = World::start(db).await;
    for (name, code, words) in [
        ("USER", "budget_user", "Your budget for today is $0.01, $0.00 of it spent. This may cost"),
        ("TURN", "budget_turn", "One answer may cost $0.01, and this one may cost about $0.0"),
        ("DAY", "budget_installation", "Today's budget for everybody is $0.01. This may cost"),
    ] {
        let setting = format!("SMITHERS_BUDGET_{name}");
        world = world.restarted_with(&[(&setting, "0.01")]).await;

        let told = world.say("Hello").await;

        assert_eq!(told.finish(), "length");
        let notice = &told.one("data-notice")["data"];
        let text = notice["text"].as_str().unwrap();
        assert_eq!(notice["code"], code);
        assert!(text.starts_with(words) && text.contains("Shorten it"), "{text}");
        assert!(!text.contains("used up") && !text.contains("go on at"), "{text}");
        let answer = world.newest_message().await;
        assert!(answer["parts"].as_array().unwrap().iter().any(|part| part["data"] == *notice));
        assert_eq!(answer["metadata"]["error"], json!(null), "it is told once");
        world = world.restarted_with(&[(&setting, "")]).await;
    }
    assert!(world.requests().is_empty());
}
