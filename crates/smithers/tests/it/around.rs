//! The commands around a conversation: lists, approvals, the story of a turn, the doctor.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Stdio;

use serde_json::{Value, json};
use standins::Reply;
use standins::anthropic::Anthropic;

use crate::data::{Data, Db, block_on, journeys};
use crate::server::{Ended, free_address, run, smithers};
use crate::world::{KEY, World, says};

journeys! {
    tasks_are_added_listed_and_done,
    a_list_is_followed_to_its_end,
    every_list_is_a_table_or_the_contracts_json,
    approvals_are_answered,
    a_command_answers_without_a_server,
    a_turn_tells_its_story_and_is_decided_again,
    a_turn_that_was_superseded_is_decided_again,
    a_turn_tells_what_was_tried_in_vain,
    the_doctor_finds_nothing_wrong,
    the_doctor_says_what_to_do,
}

/// Runs a command that must succeed; what it prints as JSON.
async fn printed(data: &Data, arguments: &[&str]) -> Value {
    let ended = succeeded(data, arguments).await;
    serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("no JSON: {ended:?}"))
}

async fn succeeded(data: &Data, arguments: &[&str]) -> Ended {
    let ended = run(data, arguments, &[]).await;
    assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
    ended
}

fn titles(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap().iter();
    items.map(|item| item["title"].as_str().unwrap()).collect()
}

async fn tasks_are_added_listed_and_done(db: Db) {
    let world = World::offline(db).await;
    let data = &world.data;
    let added = succeeded(data, &["tasks", "add", "Send the offer", "--due", "2026-12-01"]).await;
    let id = added.stdout.trim();
    let made = ["tasks", "add", "Call", "--due", "2026-12-01T14:00:00Z", "--notes", "N", "--json"];
    assert_eq!(printed(data, &made).await["dueAt"], "2026-12-01T14:00:00Z");
    let table = succeeded(data, &["tasks"]).await.stdout;
    assert!(table.starts_with("ID"), "{table}");
    let row = table.lines().find(|line| line.starts_with(id)).expect("its row");
    assert!(row.contains("open  ") && row.contains("2026-12-01"), "{row}");
    assert!(row.ends_with("Send the offer"), "{row}");

    assert_eq!(succeeded(data, &["tasks", "done", id]).await.stdout.trim(), id);

    assert_eq!(titles(&printed(data, &["tasks", "--json"]).await), ["Call"]);
    let done = printed(data, &["tasks", "list", "--status", "done", "--json"]).await;
    assert_eq!((&done["items"][0]["id"], titles(&done)), (&json!(id), vec!["Send the offer"]));
    let unknown = run(data, &["tasks", "done", "019a0000-0000-7000-8000-000000000000"], &[]).await;
    assert_eq!(unknown.code, Some(1), "{unknown:?}");
    for wrong in [
        &["tasks", "done", "../me"][..],
        &["tasks", "add", "Call", "--due", "someday"],
        &["tasks", "--status", "lost"],
        &["tasks", "--limit", "0"],
        &["tasks", "--user", "nobody@example.org"],
    ] {
        let ended = run(data, wrong, &[]).await;
        assert_eq!(ended.code, Some(2), "{wrong:?}: {ended:?}");
        assert!(ended.stdout.is_empty() && !ended.stderr.contains("some fields"), "{ended:?}");
    }
}

async fn a_list_is_followed_to_its_end(db: Db) {
    let world = World::offline(db).await;
    for number in 0..203 {
        let task = json!({"title": format!("Task {number}")});
        world.me.post("/api/tasks", task).await.expect(201);
    }

    let all = printed(&world.data, &["tasks", "--json"]).await;
    let some = printed(&world.data, &["tasks", "--json", "--limit", "201"]).await;

    assert_eq!((titles(&all).len(), &all["nextCursor"]), (203, &Value::Null));
    assert_eq!(titles(&some), titles(&all)[..201]);
    assert!(some["nextCursor"].is_string());
}

async fn every_list_is_a_table_or_the_contracts_json(db: Db) {
    let world = World::start(db).await;
    world.exchange("Hello", says("Hi.")).await;
    let meeting = json!({"title": "Review", "startsAt": "2026-12-01T09:00:00Z",
        "endsAt": "2026-12-01T10:00:00Z"});
    world.me.post("/api/meetings", meeting).await.expect(201);
    for (command, path, word) in [
        ("meetings", "/api/meetings", "Review"),
        ("conversations", "/api/conversations", "Hello"),
        ("usage", "/api/usage", "claude-sonnet-5-5"),
        ("approvals", "/api/approvals", ""),
    ] {
        let told = printed(&world.data, &[command, "list", "--json"]).await;
        assert_eq!(told, world.me.get(path).await.expect(200), "{command}");
        let table = succeeded(&world.data, &[command]).await.stdout;
        assert!(table.contains(word), "{command}: {table}");
    }
    let people = printed(&world.data, &["user", "list", "--json"]).await;
    assert_eq!(people["items"][0]["email"], "ada@example.org");
    let migrations = printed(&world.data, &["migrate", "status", "--json"]).await;
    assert_eq!(migrations["items"][0]["state"], "applied");
    let link = printed(&world.data, &["sign-in-link", "--json"]).await;
    assert!(link["url"].as_str().unwrap().contains("/sign-in?token="), "{link}");
    let usage = succeeded(&world.data, &["usage"]).await.stdout;
    assert!(usage.lines().last().unwrap().starts_with("total"), "{usage}");
    let wrong = run(&world.data, &["usage", "--from", "yesterday"], &[]).await;
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    assert!(wrong.stderr.contains("from"), "{wrong:?}");
}

async fn approvals_are_answered(db: Db) {
    let world = World::start(db).await;
    let id = world.asked_to_add("Milk").await;
    let waiting = succeeded(&world.data, &["approvals"]).await.stdout;
    assert!(waiting.contains(&id) && waiting.contains("Add the task “Milk”"), "{waiting}");
    world.model.script([says("Then not.")]);
    let deny = ["approvals", "deny", &id, "--reason", "too late", "--json"];
    let denied = printed(&world.data, &deny).await;
    assert_eq!((&denied["status"], &denied["reason"]), (&json!("denied"), &json!("too late")));
    world.settled().await;
    assert!(world.tasks().await.is_empty());
    let other = run(&world.data, &["approvals", "approve", &id], &[]).await;
    assert_eq!(other.code, Some(1), "{other:?}");

    let id = world.asked_to_add("Bread").await;
    world.model.script([says("Done.")]);
    assert_eq!(succeeded(&world.data, &["approvals", "approve", &id]).await.stdout.trim(), id);
    world.settled().await;
    assert_eq!(world.tasks().await, ["Bread"]);
}

async fn a_command_answers_without_a_server(db: Db) {
    let world = World::offline(db).await;
    let told = world.say("Add a task to send the offer").await;
    let id = told.approvals().remove(0);
    let World { server, data, .. } = world;
    server.terminate().await;

    let approved = succeeded(&data, &["approvals", "approve", &id]).await;

    assert_eq!(titles(&printed(&data, &["tasks", "--json"]).await), ["Send the offer"]);
    let mut lines = approved.stdout.lines();
    assert_eq!(lines.next(), Some(id.as_str()));
    assert!(lines.next().is_some_and(|line| line.contains("offer")), "{approved:?}");
}

/// Asks a turn to be decided again.
async fn again(world: &World, turn: &str) -> Ended {
    run(&world.data, &["turn", "show", turn, "--replay"], &[]).await
}

async fn a_turn_tells_its_story_and_is_decided_again(db: Db) {
    let world = World::start(db).await;
    let three = Reply::new()
        .tool("list_tasks", json!({}))
        .tool("create_task", json!({"title": "Milk"}))
        .tool("create_task", json!({"title": "Bread"}));
    world.model.script([three]);
    let asked = world.say("Add both").await.approvals();
    let turn = world.approval(&asked[0]).await["turnId"].as_str().unwrap().to_owned();
    assert_eq!(again(&world, &turn).await.code, Some(0), "also while it waits");
    world.model.script([says("Milk is there.")]);
    world.decide(&asked[1], json!({"decision": "deny", "reason": "enough"})).await;
    world.decide(&asked[0], json!({"decision": "approve"})).await;
    world.settled().await;

    let told = printed(&world.data, &["turn", "show", &turn, "--replay", "--json"]).await;
    let words = again(&world, &turn).await;

    assert_eq!((&told["status"], &told["modelCalls"]), (&json!("completed"), &json!(2)));
    let calls = told["steps"][0]["calls"].as_array().unwrap();
    let states: Vec<&Value> = calls.iter().map(|call| &call["status"]).collect();
    assert_eq!(states, ["succeeded", "succeeded", "denied"]);
    let by: Vec<&Value> = calls.iter().map(|call| &call["decisions"][0]["by"]["kind"]).collect();
    assert_eq!(by, ["mode", "user", "user"]);
    assert_eq!(calls[2]["approvals"][0]["reason"], "enough");
    let cache = &told["steps"][1]["cache"];
    assert!(cache["expectedTokens"].is_u64() && cache["missedTokens"].is_u64(), "{cache}");
    assert!(told["usage"]["costUsd"].as_f64().unwrap() > 0.0);
    assert_eq!(told["replay"]["difference"], Value::Null);
    assert_eq!(words.code, Some(0), "{words:?}");
    for part in [
        "asked: Add both",
        "claude-sonnet-5-5",
        "Add the task “Milk”",
        "allow by user",
        "reason: enough",
    ] {
        assert!(words.stdout.contains(part), "{part}: {}", words.stdout);
    }

    let rules = json!({"mode": "default", "rules": [{"verdict": "deny", "tool": "create_task"}]});
    world.me.put("/api/permissions", rules).await.expect(200);
    let other = again(&world, &turn).await;
    assert_eq!(other.code, Some(1), "{other:?}");
    assert!(other.stderr.contains("create_task is refused by rule"), "{other:?}");
    let rules = json!({"mode": "default", "rules": [{"verdict": "allow", "tool": "create_task"}]});
    world.me.put("/api/permissions", rules).await.expect(200);
    let other = again(&world, &turn).await;
    assert_eq!(other.code, Some(1), "{other:?}");
    assert!(other.stderr.contains("create_task is run, let by rule"), "{other:?}");

    world.somebody_else().await;
    let stranger = ["turn", "show", &turn, "--user", "bob@example.org"];
    let refused = run(&world.data, &stranger, &[]).await;
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{refused:?}");
    assert_eq!(run(&world.data, &["turn", "show", "7"], &[]).await.code, Some(2));
}

async fn a_turn_that_was_superseded_is_decided_again(db: Db) {
    let world = World::start(db).await;
    let asked = world.asked_to_add("Milk").await;
    let turn = world.approval(&asked).await["turnId"].as_str().unwrap().to_owned();
    world.exchange("Never mind", says("Fine.")).await;

    let told = again(&world, &turn).await;

    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.stdout.contains("superseded"), "{told:?}");
}

async fn a_turn_tells_what_was_tried_in_vain(db: Db) {
    let other = Anthropic::start().await;
    other.script([says("The other one.")]);
    let models = json!([
        {"name": "first", "provider": "anthropic"},
        {"name": "second", "provider": "anthropic", "base_url": other.url(), "api_key": "k",
            "model": "claude-haiku-5-5"},
    ]);
    let models = models.to_string();
    let settings = [("SMITHERS_MODELS", models.as_str()), ("SMITHERS_FALLBACK", "second")];
    let world = World::with(db, &settings).await;
    let refused = || Reply::http_error(529, "overloaded_error").header("x-should-retry", "false");
    world.model.script([says("Half an answer").error_after(4, "overloaded_error"), refused()]);

    let told = world.say("Hello").await;

    assert_eq!(told.text(), "The other one.");
    let turn = told.one("start")["messageMetadata"]["turnId"].as_str().unwrap();
    let story = printed(&world.data, &["turn", "show", turn, "--json"]).await;
    let steps = story["steps"].as_array().unwrap();
    let seen: Vec<_> = steps.iter().map(|step| (&step["model"], &step["status"])).collect();
    let (first, second) = (json!("claude-sonnet-5-5"), json!("claude-haiku-5-5"));
    let (broken, complete) = (json!("broken"), json!("complete"));
    assert_eq!(seen, [(&first, &broken), (&first, &broken), (&second, &complete)]);
    assert!(steps[0]["note"].as_str().unwrap().contains("Overloaded"), "{story}");
    let words = succeeded(&world.data, &["turn", "show", turn]).await.stdout;
    assert!(words.contains("1. claude-sonnet-5-5  broken\n   note: Overloaded"), "{words}");
    assert!(words.contains("wanted was the model first"), "{words}");
    let bill = succeeded(&world.data, &["usage"]).await.stdout;
    assert!(bill.contains("KIND") && bill.contains("  answer  "), "{bill}");
}

/// What the doctor finds, by the names of its checks.
fn finding<'a>(report: &'a Value, name: &str) -> &'a Value {
    let checks = report["checks"].as_array().unwrap().iter();
    checks.rev().find(|check| check["name"] == name).unwrap_or_else(|| panic!("{name}: {report}"))
}

async fn the_doctor_finds_nothing_wrong(db: Db) {
    let world = World::start(db).await;
    let before = world.requests().len();
    let url = world.server.url().to_owned();
    let settings = [
        ("ANTHROPIC_BASE_URL", world.model.url()),
        ("ANTHROPIC_API_KEY", KEY),
        ("SMITHERS_PUBLIC_URL", &url),
    ];

    let ended = run(&world.data, &["doctor", "--json"], &settings).await;

    assert_eq!(ended.code, Some(0), "{ended:?}");
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(report["ok"], true);
    for name in [
        "config",
        "database",
        "clock",
        "disk",
        "model",
        "port",
        "public URL",
        "proxy",
        "local models",
    ] {
        assert_eq!(finding(&report, name)["status"], "ok", "{report:#}");
    }
    assert_eq!(world.requests().len(), before, "nothing was spent");
    let words = run(&world.data, &["doctor"], &settings).await;
    assert_eq!(words.code, Some(0), "{words:?}");
    assert!(words.stdout.lines().any(|line| line.starts_with("ok       config: ")), "{words:?}");
}

/// Settings; the check that speaks of them; what it comes to; a part of its remedy.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str, &'a str);

async fn the_doctor_says_what_to_do(db: Db) {
    let world = World::start(db).await;
    let data = db.empty();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    let nowhere = format!("http://{}", free_address());
    let wrong_key = [("ANTHROPIC_API_KEY", "sk-wrong"), ("ANTHROPIC_BASE_URL", world.model.url())];
    let no_model = [("OPENAI_BASE_URL", nowhere.as_str()), ("SMITHERS_MODEL", "m")];
    let cases: [Case<'_>; 8] = [
        (&[("AGENT_MAX_TURNS", "many")], "config", "failed", "config check"),
        (&[("SMITHERS_COLOUR", "red")], "config", "warning", "config check"),
        (&wrong_key, "model", "failed", "check the key"),
        (&no_model, "model", "failed", "address"),
        (&[], "model", "warning", "ANTHROPIC_API_KEY"),
        (&[("SMITHERS_LISTEN", &taken)], "port", "failed", "SMITHERS_LISTEN"),
        (&[("SMITHERS_PUBLIC_URL", &nowhere)], "public URL", "failed", "SMITHERS_PUBLIC_URL"),
        (&[("HTTPS_PROXY", "http://proxy:3128")], "proxy", "warning", "ANTHROPIC_BASE_URL"),
    ];
    for (settings, name, status, remedy) in cases {
        let ended = run(&data, &["doctor", "--json"], settings).await;

        let report: Value = serde_json::from_str(&ended.stdout).unwrap();
        let found = finding(&report, name);
        assert_eq!(found["status"], status, "{settings:?}: {report:#}");
        assert!(found["remedy"].as_str().unwrap().contains(remedy), "{found}");
        assert_eq!(ended.code, Some(i32::from(status == "failed")), "{settings:?}: {ended:?}");
        assert!(!ended.stdout.contains("sk-wrong"), "{ended:?}");
    }
    drop(listener);
}

#[cfg(unix)]
#[test]
fn the_doctor_looks_at_the_folder() {
    use std::os::unix::fs::PermissionsExt;

    block_on(async {
        let data = Db::Sqlite.empty();
        std::fs::create_dir(data.data_folder()).unwrap();
        std::fs::set_permissions(data.data_folder(), PermissionsExt::from_mode(0o755)).unwrap();

        let ended = run(&data, &["doctor", "--json"], &[]).await;

        let report: Value = serde_json::from_str(&ended.stdout).unwrap();
        let found = finding(&report, "data folder");
        assert_eq!(found["status"], "warning", "{report:#}");
        assert!(found["remedy"].as_str().unwrap().starts_with("`chmod 700"), "{found}");
    });
}

#[test]
fn the_doctor_names_where_the_database_was_given() {
    block_on(async {
        let data = Db::Sqlite.empty();
        let folder = data.working_folder();
        let url = format!("postgres://{}/desk", free_address());
        std::fs::write(folder.join("database_url"), url).unwrap();

        let given = [("CREDENTIALS_DIRECTORY", folder.to_str().unwrap())];
        let ended = run(&data, &["doctor", "--json"], &given).await;

        let report: Value = serde_json::from_str(&ended.stdout).unwrap();
        let found = finding(&report, "database");
        assert_eq!(found["status"], "failed", "{report:#}");
        let remedy = found["remedy"].as_str().unwrap();
        assert!(remedy.starts_with("check $CREDENTIALS_DIRECTORY/database_url"), "{found}");
    });
}

/// A server of models on one of the usual ports, as far as one is free.
fn local_model_server() -> String {
    let mut ports = [1_234, 8_000, 11_434].into_iter();
    let listener = ports.find_map(|port| TcpListener::bind(("127.0.0.1", port)).ok());
    let listener = listener.expect("a usual port that is free");
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let body = json!({"object": "list", "data": [{"id": "qwen3:8b", "owned_by": "library"}]});
        let body = body.to_string();
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            // One read is enough for so short a request.
            drop(connection.read(&mut [0; 4_096]));
            let length = body.len();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close");
            drop(write!(connection, "{head}\r\ncontent-type: application/json\r\n\r\n{body}"));
        }
    });
    url
}

#[test]
fn the_doctor_recognises_a_local_model() {
    block_on(async {
        let url = local_model_server();
        let data = Db::Sqlite.empty();

        let ended = run(&data, &["doctor"], &[]).await;

        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.stdout.contains(&format!("Ollama at {url} has qwen3:8b")), "{ended:?}");
        let line = format!("OPENAI_BASE_URL={url}/v1 SMITHERS_MODEL='qwen3:8b' smithers serve");
        assert!(ended.stdout.contains(&line), "{ended:?}");
    });
}

#[test]
fn the_commands_are_documented_by_themselves() {
    block_on(async {
        let data = Db::Sqlite.empty();
        for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
            let script = succeeded(&data, &["completions", shell]).await.stdout;
            assert!(script.contains("conversations"), "{shell}: {script}");
        }
        assert_eq!(run(&data, &["completions", "basic"], &[]).await.code, Some(2));
        let page = succeeded(&data, &["man"]).await.stdout;
        assert!(page.contains("Exit codes: 0 done"), "{page}");
        let folder = data.working_folder().join("man1");
        succeeded(&data, &["man", "--out", folder.to_str().unwrap()]).await;
        let page = std::fs::read_to_string(folder.join("smithers-tasks-add.1")).unwrap();
        assert!(page.contains("due"), "{page}");
        let help = succeeded(&data, &["--help"]).await.stdout;
        assert!(help.contains("3 waiting for an approval"), "{help}");
        let near = run(&data, &["taks"], &[]).await;
        assert_eq!(near.code, Some(2), "{near:?}");
        assert!(near.stderr.contains("'tasks'"), "{near:?}");
    });
}

#[test]
fn what_is_no_text_is_wrong_input() {
    let data = Db::Sqlite.empty();
    let mut command = smithers(&data, &[]);
    let mut child = command.arg("ask").stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"\xff").unwrap();

    assert_eq!(child.wait().unwrap().code(), Some(2));
}

#[test]
fn nobody_need_read_to_the_end() {
    let data = Db::Sqlite.empty();
    let mut child = smithers(&data, &[]).arg("openapi").stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());

    assert_eq!(child.wait().unwrap().code(), Some(0));
}
