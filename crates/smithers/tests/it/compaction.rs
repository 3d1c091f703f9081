//! Long conversations: what stands for their older part, and when.

use serde_json::{Value, json};
use standins::anthropic::{Gate, Reply};

use crate::data::{Db, journeys};
use crate::world::{CHAT, World, own, says, text_of, user_message};

journeys! {
    five_hundred_messages_keep_requests_bounded,
    an_open_approval_outlives_a_summary_on_demand,
    the_command_is_typed_into_the_chat,
    a_summary_that_fails_holds_nothing_up,
    a_branch_from_before_the_summary_is_sent_whole,
    what_the_vendor_finds_too_long_is_made_shorter_once,
    a_crash_while_summarising_leaves_nothing_half_done,
    the_offline_model_summarises_by_beginnings,
    a_summary_that_fails_for_now_changes_nothing,
    one_summary_is_made_at_a_time,
    an_answer_that_did_not_fit_is_paid_for_first,
    a_count_that_is_far_too_low_is_not_believed,
}

/// Tools, system prompt and context alone are about 9000 tokens.
const SMALL: (&str, &str) = ("SMITHERS_COMPACT_AT", "14000");

const SUMMARY: &str = "They talked about many things.";

pub(crate) fn is_summary(request: &Value) -> bool {
    let system = request["system"][0]["text"].as_str().unwrap_or_default();
    system.starts_with("You write the memory of a conversation")
}

/// One whose older messages are summarised from few tokens on.
async fn small(db: Db, summary: Reply) -> World {
    let world = World::with(db, &[SMALL]).await;
    world.model.when(is_summary, summary);
    world
}

fn long(word: &str) -> String {
    format!("{word} ").repeat(400)
}

/// The requests for answers, and those for summaries.
fn sorted(world: &World) -> (Vec<Value>, Vec<Value>) {
    let (summaries, answers) = world.requests().into_iter().partition(is_summary);
    (answers, summaries)
}

/// The text of the first message of a request.
fn beginning(request: &Value) -> String {
    request["messages"][0]["content"][0]["text"].as_str().unwrap().to_owned()
}

fn is_compacted(request: &Value) -> bool {
    beginning(request).starts_with("<summary>")
}

/// The texts of the last message of a request.
fn asked(request: &Value) -> Vec<&str> {
    let last = request["messages"].as_array().unwrap().last().unwrap();
    last["content"].as_array().unwrap().iter().filter_map(|block| block["text"].as_str()).collect()
}

async fn compact(world: &World) -> Value {
    world.me.post(&format!("/api/conversations/{CHAT}/compact"), json!({})).await.expect(200)
}

async fn five_hundred_messages_keep_requests_bounded(db: Db) {
    let world = small(db, says(SUMMARY)).await;
    let instructions = json!({"preferences": {"instructions": "Always answer in rhymes."}});
    world.me.patch("/api/me", instructions).await.expect(200);

    for turn in 0..250 {
        let told = world.exchange(&format!("Question {turn}: {}", long("why")), says("So.")).await;
        assert_eq!(told.text(), "So.", "{turn}");
    }

    let (answers, summaries) = sorted(&world);
    assert_eq!(answers.len(), 250);
    assert!((10..60).contains(&summaries.len()), "{} summaries", summaries.len());
    for (turn, request) in answers.iter().enumerate() {
        let text = request.to_string();
        assert!(text.len() < 14_000 * 4 + 8_000, "{turn}: {}", text.len());
        assert!(text.contains("Always answer in rhymes."), "{turn}");
        let question = format!("Question {turn}: {}", long("why"));
        assert_eq!(asked(request).last(), Some(&question.as_str()), "word for word");
    }
    for request in &summaries {
        assert_eq!(request["tools"], Value::Null);
        assert!(request.to_string().len() < 14_000 * 4);
    }
    assert!(summaries[1].to_string().contains(SUMMARY), "a summary is summarised again");
    let path = format!("/api/conversations/{CHAT}/messages?limit=1");
    let first = world.me.get(&path).await.expect(200);
    assert!(first["items"][0].to_string().contains("Question 0:"));
    let found = world.me.get("/api/search?q=question").await.expect(200);
    assert_eq!(found["items"].as_array().unwrap().len(), 50);
    let export = format!("/api/conversations/{CHAT}/export?format=json");
    assert_eq!(world.me.get(&export).await.expect(200)["messages"].as_array().unwrap().len(), 500);
    let bill = world.me.get("/api/usage").await.expect(200);
    let kinds: Vec<(&str, u64)> = bill["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["kind"].as_str().unwrap(), item["modelCalls"].as_u64().unwrap()))
        .collect();
    assert_eq!(kinds, [("answer", 250), ("summary", summaries.len() as u64)]);
}

async fn an_open_approval_outlives_a_summary_on_demand(db: Db) {
    let world = World::start(db).await;
    world.model.when(is_summary, says(SUMMARY));
    let path = format!("/api/conversations/{CHAT}/compact");
    world.me.post(&path, json!({})).await.problem(404, "not_found");
    let gate = Gate::new();
    world.model.script([Reply::new().gate(&gate).text("First.")]);
    let events = world.me.agent(own("One")).await;
    gate.reached().await;
    world.me.post(&path, json!({})).await.problem(409, "turn_active");
    gate.open();
    events.rest().await;
    assert_eq!(compact(&world).await["summary"], Value::Null, "nothing is older");
    world.exchange("Two", says("Second.")).await;
    let approval = world.asked_to_add("Milk").await;

    assert_eq!(compact(&world).await["summary"], SUMMARY);
    assert_eq!(compact(&world).await["summary"], Value::Null);

    assert_eq!(world.approval(&approval).await["status"], "pending");
    world.model.script([says("Done.")]);
    world.approve(&approval).await;
    world.settled().await;
    assert_eq!(world.tasks().await, ["Milk"]);
    let (answers, summaries) = sorted(&world);
    let request = answers.last().unwrap();
    assert!(beginning(request).contains(SUMMARY));
    let texts: Vec<&str> = request["messages"][0]["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| block["text"].as_str().unwrap())
        .collect();
    assert!(texts[1].starts_with("<context>"), "{texts:?}");
    assert_eq!(texts.last(), Some(&"Add Milk"));
    assert_eq!(request["messages"].as_array().unwrap().len(), 3);
    assert!(text_of(&world.result(0)).contains("Milk"));
    let record = asked(&summaries[0]).concat();
    assert!(record.contains("Person: One") && record.contains("Assistant: Second."), "{record}");
    assert!(!record.contains("Milk") && !record.contains("<context>"), "{record}");
    let marked: Vec<bool> = world
        .messages()
        .await
        .iter()
        .map(|message| message["metadata"]["summarised"] == true)
        .collect();
    assert_eq!(marked, [false, false, false, true, false, false]);
    let bill = world.me.get("/api/usage").await.expect(200);
    assert_eq!(bill["items"][1]["kind"], "summary");
}

async fn the_command_is_typed_into_the_chat(db: Db) {
    let world = World::start(db).await;
    world.model.when(is_summary, says(SUMMARY));
    assert_eq!(world.say("/compact").await.text(), "There is nothing to summarise yet.");
    world.exchange("One", says("First.")).await;
    world.exchange("Two", says("Second.")).await;

    let told = world.say(" /compact ").await;

    assert!(told.text().starts_with("Older messages are summarised"), "{}", told.text());
    let notice = &told.one("data-notice")["data"];
    assert_eq!((&notice["code"], &notice["level"]), (&json!("compacted"), &json!("info")));
    assert_eq!(notice["text"], "Older messages were summarised, as you asked.");
    let bill = world.me.get("/api/usage").await.expect(200);
    let kind = |kind: &str| {
        bill["items"].as_array().unwrap().iter().find(|it| it["kind"] == kind).cloned()
    };
    assert_eq!(kind("summary").unwrap()["modelCalls"], 1);
    assert_eq!(kind("answer").unwrap()["modelCalls"], 2, "no model has answered the command");
    let answer = world.newest_message().await;
    assert!(answer["parts"].as_array().unwrap().iter().any(|part| part["data"] == *notice));
    assert_eq!(world.exchange("Three", says("Third.")).await.text(), "Third.");
    let (answers, summaries) = sorted(&world);
    assert_eq!((answers.len(), summaries.len()), (3, 1));
    let sent = answers[2].to_string();
    assert!(sent.contains(SUMMARY) && sent.contains("Two") && sent.contains("Second."), "{sent}");
    assert!(!sent.contains("First."), "{sent}");
    let approval = world.asked_to_add("Milk").await;
    let refused = world.me.post("/api/agent", own("/compact")).await.problem(409, "conflict");
    assert!(refused["detail"].as_str().unwrap().contains("decide first"));
    assert_eq!(world.approval(&approval).await["status"], "pending");
}

async fn a_summary_that_fails_holds_nothing_up(db: Db) {
    let world = small(db, Reply::http_error(400, "invalid_request_error")).await;
    for number in 0..20 {
        let task = json!({"title": format!("Task {number}")});
        world.me.post("/api/tasks", task).await.expect(201);
    }
    let reads = || {
        let read = Reply::new().text("Let me see.");
        (0..3).fold(read, |reply, _| reply.tool("list_tasks", json!({})))
    };
    for turn in 0..6 {
        world.model.script([reads(), says("That is all.")]);
        let told = world.say(&format!("Look {turn}")).await;
        assert_eq!(told.text(), "Let me see.That is all.", "{turn}");
    }
    let left_out = "(This result is left out";
    let (answers, _) = sorted(&world);
    let first = answers.iter().find(|request| request.to_string().contains(left_out));
    assert!(!is_compacted(first.expect("results go first")), "and nothing else");

    for turn in 0..12 {
        let told = world.exchange(&format!("Tell {turn}: {}", long("more")), says("So.")).await;
        assert_eq!(told.text(), "So.", "{turn}");
    }

    let (answers, _) = sorted(&world);
    let last = answers.last().unwrap();
    assert!(is_compacted(last) && beginning(last).contains("Nobody has summarised it"));
    assert!(last.to_string().len() < 14_000 * 4 + 8_000);
    assert_eq!(world.messages().await.len(), 36);
}

async fn a_branch_from_before_the_summary_is_sent_whole(db: Db) {
    let world = World::start(db).await;
    world.model.when(is_summary, says(SUMMARY));
    for word in ["One", "Two", "Three"] {
        world.exchange(word, says(&format!("About {word}."))).await;
    }
    assert_eq!(compact(&world).await["summary"], SUMMARY);
    let messages = world.messages().await;
    let id = |place: usize| messages[place]["metadata"]["id"].clone();

    world.model.script([says("Again."), says("Once more.")]);
    let again = json!({"id": CHAT, "trigger": "regenerate-message", "messageId": id(3),
        "messages": [user_message("any", "Two")]});
    world.me.agent(again).await.rest().await;
    let path = format!("/api/conversations/{CHAT}");
    world.me.patch(&path, json!({"headId": id(5)})).await.expect(200);
    world.say("Four").await;

    let (answers, _) = sorted(&world);
    let (before, after) = (&answers[3], &answers[4]);
    assert!(!is_compacted(before) && before.to_string().contains("About One."));
    assert!(is_compacted(after) && after.to_string().contains("About Three."));
    assert!(!after.to_string().contains("About Two."));
}

async fn what_the_vendor_finds_too_long_is_made_shorter_once(db: Db) {
    let world = World::start(db).await;
    world.model.when(is_summary, says(SUMMARY));
    world.exchange("One", says("First.")).await;
    let words = "prompt is too long: 200001 tokens > 200000 maximum";
    let too_long = Reply::http_error(400, "invalid_request_error").message(words);
    world.model.script([too_long.clone(), says("It fits.")]);
    assert_eq!(world.say("Two").await.text(), "It fits.");

    let cut = Reply::new().text("As I").stop("model_context_window_exceeded");
    world.model.script([cut, says("It fits again.")]);
    let told = world.say("Three").await;
    assert_eq!((told.text().as_str(), told.finish()), ("It fits again.", "stop"));
    let notice = &told.one("data-notice")["data"];
    assert_eq!(notice["code"], "compacted");
    assert!(notice["text"].as_str().unwrap().contains("the conversation is long"), "{notice}");

    world.model.script([too_long.clone(), too_long]);
    let told = world.say("Four").await;
    assert!(told.all("error")[0]["errorText"].as_str().unwrap().contains("too long"));
    let (answers, summaries) = sorted(&world);
    assert_eq!((answers.len(), summaries.len()), (7, 3));
    assert!(is_compacted(&answers[2]) && is_compacted(&answers[6]));
}

async fn a_crash_while_summarising_leaves_nothing_half_done(db: Db) {
    let world = World::with(db, &[SMALL, ("SMITHERS_LEASE_TTL", "1s")]).await;
    let gate = Gate::new();
    world.model.when_times(1, is_summary, Reply::new().text("They ta").gate(&gate));
    world.model.when(is_summary, says(SUMMARY));
    world.model.otherwise(says("So."));
    let mut turn = 0;
    while !world.requests().iter().any(is_summary) {
        turn += 1;
        let events = world.me.agent(own(&format!("{turn}: {}", long("why")))).await;
        tokio::select! {
            _ = events.rest() => {}
            () = gate.reached() => {}
        }
    }

    let world = world.after_kill().await;
    world.settled().await;

    let answer = world.newest_message().await;
    assert_eq!(answer["metadata"]["status"], "completed");
    let (answers, summaries) = sorted(&world);
    assert_eq!((answers.len(), summaries.len()), (turn, 2));
    assert!(is_compacted(answers.last().unwrap()));
}

async fn the_offline_model_summarises_by_beginnings(db: Db) {
    let world = World::offline(db).await;
    for text in ["Add a task: buy milk", "What can you do?", "List my tasks"] {
        world.say(text).await;
    }

    let summary = compact(&world).await["summary"].clone();

    assert!(summary.as_str().unwrap().contains("Person: "), "{summary}");
    assert!(!world.say("List my tasks").await.text().is_empty());
}

async fn a_summary_that_fails_for_now_changes_nothing(db: Db) {
    let overloaded = Reply::http_error(529, "overloaded_error").header("retry-after-ms", "1");
    let world = small(db, overloaded).await;
    for turn in 0..16 {
        let told = world.exchange(&format!("Tell {turn}: {}", long("more")), says("So.")).await;
        assert_eq!(told.text(), "So.", "{turn}");
        assert!(told.all("data-notice").is_empty(), "{turn}");
    }

    let path = format!("/api/conversations/{CHAT}/compact");
    world.me.post(&path, json!({})).await.problem(503, "upstream_unavailable");
    let told = world.say("/compact").await;

    assert!(told.text().starts_with("That did not work"), "{}", told.text());
    let (answers, summaries) = sorted(&world);
    assert!(!summaries.is_empty() && answers.iter().all(|request| !is_compacted(request)));
    assert!(answers.last().unwrap().to_string().contains("Tell 0:"), "the window is not full");
    let messages = world.messages().await;
    assert!(messages.iter().all(|message| message["metadata"]["summarised"] != true));
}

async fn one_summary_is_made_at_a_time(db: Db) {
    let world = World::start(db).await;
    let mut paths = Vec::new();
    for chat in [CHAT, "chat-2"] {
        for word in ["One", "Two"] {
            world.model.script([says("So.")]);
            let post = json!({"id": chat, "trigger": "submit-message",
                "messages": [user_message(&format!("{chat}-{word}"), word)]});
            world.me.agent(post).await.rest().await;
        }
        paths.push(format!("/api/conversations/{chat}/compact"));
    }
    let bill = world.me.get("/api/usage").await.expect(200);
    let budget = format!("{:.3}", bill["total"]["costUsd"].as_f64().unwrap() + 0.06);
    let world = world.restarted_with(&[("SMITHERS_BUDGET_USER", &budget)]).await;
    let gate = Gate::new();
    world.model.when(is_summary, Reply::new().text(SUMMARY).gate(&gate));

    let (first, ()) = tokio::join!(world.me.post(&paths[0], json!({})), async {
        gate.reached().await;
        world.me.post(&paths[0], json!({})).await.problem(409, "turn_active");
        world.me.post(&paths[1], json!({})).await.problem(429, "budget_exhausted");
        gate.open();
    });

    assert_eq!(first.expect(200)["summary"], SUMMARY);
    assert_eq!(sorted(&world).1.len(), 1);
    assert_eq!(world.me.post(&paths[1], json!({})).await.expect(200)["summary"], SUMMARY);
}

async fn an_answer_that_did_not_fit_is_paid_for_first(db: Db) {
    let world = World::start(db).await;
    world.exchange("One", says("First.")).await;
    let gate = Gate::new();
    world.model.when(is_summary, Reply::new().text(SUMMARY).gate(&gate));
    let usage = json!({"input_tokens": 77_000, "output_tokens": 5});
    let cut = Reply::new().text("As I").usage(&usage).stop("model_context_window_exceeded");
    world.model.script([cut, says("It fits.")]);

    let events = world.me.agent(own("Two")).await;
    gate.reached().await;
    let bill = world.me.get("/api/usage").await.expect(200);
    gate.open();
    let told = events.rest().await;

    assert!(bill["total"]["inputTokens"].as_u64().unwrap() >= 77_000, "{bill}");
    assert!(told.text().ends_with("It fits."), "{}", told.text());
    let bill = world.me.get("/api/usage").await.expect(200);
    assert!(bill["total"]["inputTokens"].as_u64().unwrap() < 2 * 77_000, "paid once: {bill}");
}

async fn a_count_that_is_far_too_low_is_not_believed(db: Db) {
    let world = small(db, says(SUMMARY)).await;
    let nothing = json!({"input_tokens": 10, "output_tokens": 5});

    for turn in 0..12 {
        let question = format!("Question {turn}: {}", long("why").repeat(10));
        world.exchange(&question, says("So.").usage(&nothing)).await;
    }

    let (answers, summaries) = sorted(&world);
    assert!(!summaries.is_empty());
    for request in &answers {
        assert!(request.to_string().len() < 14_000 * 8 + 40_000);
    }
}
