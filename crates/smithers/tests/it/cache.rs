//! What the vendor's prompt cache finds again, and what that saves.

use agent::model::Usage;
use reqwest::Method;
use serde_json::{Value, json};
use standins::Captured;
use standins::anthropic::Reply;
use store::{StepRow, Store};

use crate::client::Client;
use crate::compaction::is_summary;
use crate::data::{Db, ZONE, journeys};
use crate::world::{CHAT, World, says};

journeys! {
    thirty_turns_keep_their_prefix,
    a_summary_moves_the_prefix_once,
    a_miss_is_explained,
    a_day_costs_a_fifth_of_a_layout_without_marks,
}

const MARK: &str = r#","cache_control":{"type":"ephemeral"}"#;

/// Turns of a day: talk, reading in several steps, thinking, writes that are allowed and refused.
/// Tasks change in between, and so does the process.
async fn live_through(mut world: World, turns: usize, restarts: bool) -> World {
    let later = |turn: usize| restarts && turn % 10 == 6;
    for turn in 0..turns {
        if turn % 3 == 1 {
            let task = json!({"title": format!("Task {turn}"), "notes": "From the API."});
            world.me.post("/api/tasks", task).await.expect(201);
        }
        match turn % 5 {
            0 => {
                let text = format!("This is what I think about it in turn {turn}. ").repeat(9);
                world.exchange(&format!("What about {turn}?"), says(&text)).await;
            }
            1 => {
                let approval = world.asked_to_add(&format!("Milk {turn}")).await;
                if later(turn) {
                    world = world.restarted_with(&[]).await;
                }
                world.model.script([says("It is on the list.")]);
                world.approve(&approval).await;
                world.settled().await;
            }
            2 => {
                let read = |tool: &str| Reply::new().text("Let me see.").tool(tool, json!({}));
                let both = read("list_tasks").tool("list_meetings", json!({}));
                world.model.script([read("list_tasks"), both, read("list_meetings")]);
                world.exchange("What is there to do?", says("That is all.")).await;
            }
            3 => {
                let approval = world.asked_to_add(&format!("Bread {turn}")).await;
                world.model.script([says("Then not.")]);
                world.decide(&approval, json!({"decision": "deny", "reason": "Not today."})).await;
                world.settled().await;
            }
            _ => {
                let (thought, signature) = (format!("Hm, {turn}."), format!("signed {turn}"));
                let thought = Reply::new().thinking(&thought, &signature);
                world.exchange("Are you sure?", thought.text("Yes, 1.0e-7 \u{1F95B}.")).await;
            }
        }
        if later(turn) {
            world = world.restarted_with(&[]).await;
        }
    }
    world
}

/// A request's bytes up to its last mark, and all of them, both without marks.
fn bytes(request: &Captured) -> (String, String) {
    let raw = std::str::from_utf8(&request.raw).unwrap();
    let marks = raw.matches(MARK).count();
    assert!((2..=4).contains(&marks), "{marks} marks");
    let (prefix, _) = raw.rsplit_once(MARK).unwrap();
    (prefix.replace(MARK, ""), raw.replace(MARK, ""))
}

/// The steps of all answers, oldest first.
async fn steps(world: &World) -> Vec<StepRow> {
    let store = Store::open(&world.data.location()).await.unwrap();
    let mut steps = Vec::new();
    let path = format!("/api/conversations/{CHAT}/messages?limit=100");
    for message in world.me.get(&path).await.expect(200)["items"].as_array().unwrap() {
        if let Some(turn) = message["metadata"]["turnId"].as_str() {
            let rows = store.turns().load(turn.parse().unwrap()).await.unwrap().unwrap();
            steps.extend(rows.steps);
        }
    }
    store.close().await;
    steps
}

async fn thirty_turns_keep_their_prefix(db: Db) {
    let world = live_through(World::start(db).await, 30, true).await;

    let requests = world.model.requests();
    assert_eq!(requests.len(), 30 + 6 + 6 * 3 + 6);
    for (place, pair) in requests.windows(2).enumerate() {
        let ((prefix, _), (_, after)) = (bytes(&pair[0]), bytes(&pair[1]));
        assert!(after.starts_with(&prefix), "request {place} is not continued:\n{prefix}\n{after}");
    }
    let steps = steps(&world).await;
    assert_eq!(steps.len(), requests.len());
    for (place, pair) in steps.windows(2).enumerate() {
        let [before, after] = [&pair[0], &pair[1]].map(|step| step.spent.usage);
        let kept = before.cache_read_tokens + before.cache_write_tokens;
        assert!(kept > 0 && after.cache_read_tokens >= kept, "{place}: {before:?} {after:?}");
        assert_eq!(pair[1].cache_note, None);
    }
    assert!(steps[0].layout.is_some() && steps[0].layout != steps[1].layout);
}

async fn a_summary_moves_the_prefix_once(db: Db) {
    let world = World::with(db, &[("SMITHERS_COMPACT_AT", "14000")]).await;
    world.model.when(is_summary, says("They talked and made a list."));

    let world = live_through(world, 30, false).await;

    let all = world.model.requests();
    let (summaries, answers): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|request| is_summary(&request.body));
    assert!((1..6).contains(&summaries.len()), "{} summaries", summaries.len());
    let moved = answers.windows(2).map(|pair| {
        let ((prefix, _), (_, after)) = (bytes(&pair[0]), bytes(&pair[1]));
        !after.starts_with(&prefix)
    });
    let moved: Vec<bool> = moved.collect();
    assert_eq!(moved.iter().filter(|moved| **moved).count(), summaries.len());
    let steps = steps(&world).await;
    assert_eq!(steps.len(), answers.len());
    for (place, pair) in steps.windows(2).enumerate() {
        let [before, after] = [&pair[0], &pair[1]].map(|step| step.spent.usage);
        let kept = before.cache_read_tokens + before.cache_write_tokens;
        assert!(after.cache_read_tokens > 0, "tools and system prompt stay: {place} {after:?}");
        assert!(moved[place] || after.cache_read_tokens >= kept, "{place}: {before:?} {after:?}");
        assert_eq!(pair[1].cache_note, None, "it was meant");
    }
}

async fn a_miss_is_explained(db: Db) {
    let world = World::start(db).await;
    world.exchange("One", says("First.")).await;
    world.exchange("Two", says("Second.")).await;
    world.model.age_cache(std::time::Duration::from_mins(6));
    world.exchange("Three", says("Third.")).await;
    let world = world.restarted_with(&[("SMITHERS_MODEL", "claude-opus-5-5")]).await;
    world.exchange("Four", says("Fourth.")).await;

    let notes: Vec<Option<String>> =
        steps(&world).await.into_iter().map(|step| step.cache_note).collect();
    let [None, None, Some(third), Some(fourth)] = notes.as_slice() else { panic!("{notes:?}") };
    assert!(third.starts_with("vendor: ") && third.ends_with(" tokens 0 were found"), "{third}");
    assert!(fourth.starts_with("model: "), "{fourth}");
}

/// The same request as the pattern lays it out: what is known of the person is rebuilt into the
/// system prompt each time, the 50 newest messages follow, and nothing is marked.
fn without_marks(request: &Value) -> Value {
    let is_stamp = |text: &str| text.starts_with('[') && text.ends_with(&format!("{ZONE}]"));
    let (mut person, mut messages) = (String::new(), Vec::new());
    for message in request["messages"].as_array().unwrap() {
        let mut message = message.clone();
        message["content"].as_array_mut().unwrap().retain_mut(|block| {
            block.as_object_mut().unwrap().shift_remove("cache_control");
            let text = block["text"].as_str().unwrap_or_default();
            if text.starts_with("<context>") {
                text.clone_into(&mut person);
            }
            !text.starts_with("<context>") && !is_stamp(text)
        });
        messages.push(message);
    }
    let is_start =
        |message: &Value| message["role"] == "user" && message["content"][0]["type"] == "text";
    let newest = messages.len().saturating_sub(50);
    let first = (newest..messages.len()).find(|place| is_start(&messages[*place])).unwrap();
    let system = request["system"][0]["text"].as_str().unwrap();
    json!({
        "model": request["model"], "max_tokens": request["max_tokens"], "tools": request["tools"],
        "system": format!("{system}\n{person}"), "messages": messages[first..],
    })
}

async fn a_day_costs_a_fifth_of_a_layout_without_marks(db: Db) {
    let compacted = World::with(db, &[("SMITHERS_COMPACT_AT", "9000")]).await;
    compacted.model.when(is_summary, says(&"What was said, decided and found out. ".repeat(60)));
    let compacted = live_through(compacted, 20, false).await;
    let summaries = compacted.requests().iter().filter(|request| is_summary(request)).count();
    let with_summary = compacted.me.get("/api/usage").await.expect(200)["total"].clone();
    let world = live_through(World::start(db).await, 20, false).await;
    let ours = world.me.get("/api/usage").await.expect(200)["total"].clone();
    let output = ours["outputTokens"].as_u64().unwrap();

    let (client, mut usage) = (Client::at(world.model.url()), Usage::default());
    world.model.otherwise(says("Fine."));
    for request in world.requests() {
        let answer = client
            .bare(Method::POST, "/v1/messages")
            .header("x-api-key", crate::world::KEY)
            .header("anthropic-version", standins::anthropic::VERSION)
            .json(&without_marks(&request));
        let answer: Value = answer.send().await.unwrap().json().await.unwrap();
        let tokens = |name: &str| answer["usage"][name].as_u64().unwrap();
        usage.input_tokens += tokens("input_tokens");
        assert_eq!(tokens("cache_read_input_tokens"), 0);
    }
    let prices = models::prices::built_in();
    let usage = Usage { output_tokens: output, ..usage };
    let theirs = agent::price::usd(prices.cost("claude-sonnet-5-5", usage).unwrap());

    println!("20 turns: ours {ours}, without marks {theirs:.4} for {usage:?}");
    println!("with a summary: {with_summary}");
    assert_eq!(summaries, 1);
    for ours in [ours, with_summary] {
        let ours = ours["costUsd"].as_f64().unwrap();
        assert!(ours * 5.0 <= theirs, "{ours} against {theirs}");
    }
}
