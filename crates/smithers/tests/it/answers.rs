//! How answers end, and what becomes of calls that cannot run.

use serde_json::{Value, json};
use standins::anthropic::Reply;

use crate::data::{Db, journeys};
use crate::world::{World, adds, says, text_of};

journeys! {
    an_answer_that_is_too_long_ends_as_length,
    a_full_window_ends_as_length,
    a_declined_answer_ends_as_content_filter,
    a_met_limit_ends_as_length_with_a_notice,
    an_unknown_tool_never_runs,
    arguments_that_do_not_fit_never_run,
    arguments_that_are_no_json_never_run,
    a_call_that_was_cut_off_never_runs,
    a_tool_that_refuses_tells_the_model,
    nobody_is_asked_about_what_cannot_be_done,
    each_step_counts_in_the_usage,
}

async fn an_answer_that_is_too_long_ends_as_length(db: Db) {
    let world = World::start(db).await;
    let told = world.exchange("Hello", says("And so on and").stop("max_tokens")).await;
    assert_eq!((told.text().as_str(), told.finish()), ("And so on and", "length"));
    assert_eq!(world.newest_message().await["metadata"]["status"], "completed");
    assert_eq!(world.exchange("Go on", says("so on.")).await.finish(), "stop");
}

async fn a_full_window_ends_as_length(db: Db) {
    let world = World::start(db).await;
    let reply = says("And").stop("model_context_window_exceeded");
    assert_eq!(world.exchange("Hello", reply).await.finish(), "length");
}

async fn a_declined_answer_ends_as_content_filter(db: Db) {
    let world = World::start(db).await;
    let told = world.exchange("Hello", Reply::new().stop("refusal")).await;
    assert_eq!(told.finish(), "content-filter");
    assert_eq!(world.exchange("Sorry?", says("Hi.")).await.text(), "Hi.");
}

async fn a_met_limit_ends_as_length_with_a_notice(db: Db) {
    let world = World::with(db, &[("AGENT_MAX_TURNS", "2")]).await;
    let reads = || Reply::new().tool("list_tasks", json!({}));
    world.model.script([reads(), reads(), says("Never said.")]);
    let told = world.say("What is there?").await;
    assert_eq!(told.finish(), "length");
    let notice = &told.one("data-notice");
    assert!(notice["id"].is_string());
    for field in ["level", "code", "text"] {
        assert!(notice["data"][field].is_string(), "{notice}");
    }
    assert_eq!(world.requests().len(), 2);
    let answer = world.newest_message().await;
    assert_eq!(answer["metadata"]["status"], "limited");
    let parts = answer["parts"].as_array().unwrap();
    assert!(parts.iter().any(|part| part["type"] == "data-notice"));
    assert_eq!(world.say("Go on").await.text(), "Never said.");
}

/// The model makes a call that cannot run, and is told why.
async fn is_told(world: &World, call: Reply, finish: &str) -> String {
    world
        .me
        .put(
            "/api/permissions",
            json!({"mode": "default",
        "rules": [{"verdict": "allow", "tool": "*"}]}),
        )
        .await
        .expect(200);
    world.model.script([call, says("I see.")]);
    let told = world.say("Do it").await;
    assert_eq!(told.all("tool-output-error").len(), 1, "{told:#?}");
    assert!(told.approvals().is_empty());
    assert_eq!(told.finish(), finish);
    assert!(world.tasks().await.is_empty());
    if world.requests().len() == 1 {
        world.say("And?").await;
    }
    let result = world.result(0);
    assert_eq!(result["is_error"], true);
    text_of(&result)
}

async fn an_unknown_tool_never_runs(db: Db) {
    let world = World::start(db).await;
    let told = is_told(&world, Reply::new().tool("launch_rocket", json!({})), "stop").await;
    assert!(told.contains("launch_rocket"), "{told}");
}

async fn arguments_that_do_not_fit_never_run(db: Db) {
    let world = World::start(db).await;
    let call = Reply::new().tool("create_task", json!({"title": "Milk", "colour": "red"}));
    let told = is_told(&world, call, "stop").await;
    assert!(told.contains("colour"), "{told}");
}

async fn arguments_that_are_no_json_never_run(db: Db) {
    let world = World::start(db).await;
    let call = Reply::new().broken_tool("toolu_broken", "create_task", r#"{"title": "Mi"#);
    let told = is_told(&world, call, "stop").await;
    assert!(told.contains("JSON"), "{told}");
}

async fn a_call_that_was_cut_off_never_runs(db: Db) {
    let world = World::start(db).await;
    let told = is_told(&world, adds("Milk").stop("max_tokens"), "length").await;
    assert!(told.contains("cut off"), "{told}");
}

async fn a_tool_that_refuses_tells_the_model(db: Db) {
    let world = World::start(db).await;
    let both = json!({"title": "x", "dueOn": "2026-11-27", "dueAt": "2026-11-27T10:00:00Z"});
    let told = is_told(&world, Reply::new().tool("create_task", both), "stop").await;
    assert!(told.contains("not both"), "{told}");
    let unknown = json!({"id": "01900000-0000-7000-8000-000000000000"});
    world.model.script([Reply::new().tool("get_task", unknown), says("I see.")]);
    world.say("Look at it").await;
    assert_eq!(world.result(0)["is_error"], true);
}

async fn nobody_is_asked_about_what_cannot_be_done(db: Db) {
    let world = World::start(db).await;
    let both = json!({"title": "x", "dueOn": "2026-11-27", "dueAt": "2026-11-27T10:00:00Z"});
    world.model.script([Reply::new().tool("create_task", both), says("I see.")]);
    let told = world.say("Add it").await;
    assert!(told.approvals().is_empty());
    assert_eq!(told.finish(), "stop");
    assert!(text_of(&world.result(0)).contains("not both"));
}

async fn each_step_counts_in_the_usage(db: Db) {
    let world = World::start(db).await;
    let usage = |output: u64| {
        json!({"input_tokens": 100, "output_tokens": output,
        "cache_read_input_tokens": 7, "cache_creation_input_tokens": 3})
    };
    let first = Reply::new().tool("list_tasks", json!({})).usage(&usage(11));
    world.model.script([first, says("Nothing.").usage(&usage(22))]);
    let told = world.say("What is there?").await;
    let totals = json!({"inputTokens": 200, "cacheReadTokens": 14, "cacheWriteTokens": 6,
        "outputTokens": 33});
    let data: &Value = &told.all("data-usage").pop().unwrap()["data"];
    for (name, tokens) in totals.as_object().unwrap() {
        assert_eq!(&data[name], tokens, "{name}");
    }
}
