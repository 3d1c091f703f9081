//! `ask`, `chat` and `login`: alone, beside a server, and with one elsewhere.

use serde_json::{Value, json};

use crate::data::{Data, Db, EMAIL, PASSWORD, journeys};
use crate::server::{Ended, Server, run, run_with_input};
use crate::world::{CHAT, World, adds, says};

journeys! {
    asking_alone_runs_the_turn_in_the_command,
    a_fresh_machine_answers_at_once,
    asking_beside_a_server_uses_it,
    somebody_else_can_be_named,
    a_write_that_nobody_can_be_asked_about_ends_with_code_3,
    the_stream_is_printed_as_json,
    a_message_comes_from_stdin,
    a_chat_asks_and_shows_what_came_of_it,
    only_an_answer_answers_a_question,
    what_a_call_does_can_be_edited,
    a_conversation_is_resumed_with_what_waits_in_it,
    a_refusal_does_not_end_a_chat,
    a_login_leads_to_a_server_elsewhere,
}

const ASK: [&str; 3] = ["ask", "--conversation", CHAT];

async fn ask(data: &Data, message: &str) -> Ended {
    run(data, &[&ASK[..], &[message]].concat(), &[]).await
}

async fn chat(data: &Data, lines: &[&str]) -> Ended {
    run_with_input(data, &["chat", "--conversation", CHAT], &[], &lines.join("\n")).await
}

async fn asking_alone_runs_the_turn_in_the_command(db: Db) {
    let data = db.with_owner();

    let asked = ask(&data, "What is on my list?").await;
    let again = ask(&data, "And my meetings?").await;

    assert_eq!((asked.code, again.code), (Some(0), Some(0)), "{asked:?}");
    assert!(asked.stdout.contains("no open tasks"), "{asked:?}");
    assert!(asked.stderr.contains("offline"), "{asked:?}");
    let server = Server::start(&data, &[]).await;
    let me = crate::client::Client::owner_of(&server).await;
    let found = me.get(&format!("/api/conversations/{CHAT}/messages")).await.expect(200);
    assert_eq!(found["items"].as_array().unwrap().len(), 4, "both are in one conversation");
    let tokens = me.get("/api/tokens").await.expect(200);
    assert_eq!(tokens["items"].as_array().unwrap().len(), 1, "only the server's is left");
}

async fn a_fresh_machine_answers_at_once(db: Db) {
    let data = db.empty();

    let asked = run(&data, &["ask", "Hello"], &[("USER", "grace")]).await;

    if db == Db::Postgres {
        // The database may be many people's.
        assert_eq!(asked.code, Some(2), "{asked:?}");
        assert!(asked.stderr.contains("smithers user add"), "{asked:?}");
        return;
    }
    assert_eq!(asked.code, Some(0), "{asked:?}");
    assert!(asked.stderr.contains("grace@localhost"), "{asked:?}");
    let again = run(&data, &["ask", "Hello"], &[("USER", "grace")]).await;
    assert!(!again.stderr.contains("grace"), "{again:?}");
    assert!(Server::start(&data, &[]).await.ready()["signInUrl"].is_string());
}

async fn asking_beside_a_server_uses_it(db: Db) {
    let world = World::start(db).await;
    world.model.script([says("The answer is **42**.")]);

    let asked = ask(&world.data, "What is the answer?").await;

    assert_eq!(asked.code, Some(0), "{asked:?}");
    assert_eq!(asked.stdout, "The answer is **42**.\n", "as it is, where nobody looks on");
    assert_eq!(world.messages().await.len(), 2);
    let refused = ask(&world.data, "").await;
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("/message"), "{refused:?}");
}

async fn somebody_else_can_be_named(db: Db) {
    let world = World::start(db).await;
    let bob = world.somebody_else().await;
    world.model.script([says("Hello, Bob.")]);

    let asked = run(&world.data, &["ask", "--user", "bob@example.org", "Hi"], &[]).await;
    let unknown = run(&world.data, &["ask", "--user", "eve@example.org", "Hi"], &[]).await;

    assert_eq!(asked.stdout, "Hello, Bob.\n", "{asked:?}");
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    let count = |list: Value| list["items"].as_array().unwrap().len();
    assert_eq!(count(bob.get("/api/conversations").await.expect(200)), 1);
    assert_eq!(count(bob.get("/api/tokens").await.expect(200)), 0);
    assert_eq!(count(world.me.get("/api/conversations").await.expect(200)), 0);
}

async fn a_write_that_nobody_can_be_asked_about_ends_with_code_3(db: Db) {
    let world = World::start(db).await;
    world.model.script([adds("Milk"), says("Added.")]);

    let asked = ask(&world.data, "Add Milk").await;

    assert_eq!(asked.code, Some(3), "{asked:?}");
    let pending = world.me.get("/api/approvals?status=pending").await.expect(200);
    let id = pending["items"][0]["id"].as_str().unwrap();
    assert!(asked.stderr.contains(id), "{asked:?}");
    assert!(world.tasks().await.is_empty());
    world.approve(id).await;
    world.settled().await;
    assert_eq!(world.tasks().await, ["Milk"]);
}

async fn the_stream_is_printed_as_json(db: Db) {
    let world = World::start(db).await;
    world.model.script([says("Hi.")]);

    let asked = run(&world.data, &["ask", "--json", "--message", "Hello"], &[]).await;

    let chunks: Vec<Value> =
        asked.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(chunks[0]["type"], "start");
    assert_eq!(chunks.last().unwrap(), &json!({"type": "finish", "finishReason": "stop"}));
    assert!(asked.stderr.is_empty(), "{asked:?}");
}

async fn a_message_comes_from_stdin(db: Db) {
    let world = World::start(db).await;
    world.model.script([says("Two lines.")]);

    let asked = run_with_input(&world.data, &["ask"], &[], "One\nTwo\n").await;

    assert_eq!(asked.stdout, "Two lines.\n", "{asked:?}");
    let blocks = world.newest_blocks();
    assert!(blocks.last().unwrap()["text"].as_str().unwrap().contains("One\nTwo"));
}

async fn a_chat_asks_and_shows_what_came_of_it(db: Db) {
    let data = db.with_owner();

    let talked = chat(&data, &["Add a task to buy milk", "y", "/tasks", "/list", "/model"]).await;

    assert_eq!(talked.code, Some(0), "{talked:?}");
    assert!(talked.stderr.contains("[y]es") && talked.stderr.contains('✓'), "{talked:?}");
    assert!(talked.stdout.contains("• Buy milk"), "{talked:?}");
    assert!(talked.stdout.contains(" 1  "), "{talked:?}");
    assert!(talked.stderr.contains("model: offline"), "{talked:?}");
    let refused = chat(&data, &["Add a task to buy bread", "r", "Not now", "/tasks"]).await;
    assert_eq!(refused.code, Some(0), "{refused:?}");
    assert!(!refused.stdout.contains("• Buy bread"), "{refused:?}");
}

async fn only_an_answer_answers_a_question(db: Db) {
    let world = World::start(db).await;
    world.model.script([adds("Milk"), says("Added.")]);

    let talked = chat(&world.data, &["Add Milk", "Yes, please", "approve"]).await;

    assert_eq!(talked.code, Some(3), "{talked:?}");
    assert!(talked.stderr.contains("write y, n, e or r"), "{talked:?}");
    assert!(world.tasks().await.is_empty());
}

async fn what_a_call_does_can_be_edited(db: Db) {
    let world = World::start(db).await;
    world.model.script([adds("Milk"), says("Added.")]);

    let lines = ["Add Milk", "e", "{", "e", "{\"name\": 1}", "e", "{\"title\": \"Oat milk\"}"];
    let talked = chat(&world.data, &lines).await;

    assert_eq!(talked.code, Some(0), "{talked:?}");
    assert!(talked.stderr.contains("not valid JSON"), "{talked:?}");
    assert!(talked.stderr.contains("/arguments"), "{talked:?}");
    assert!(talked.stderr.contains("✓ Add task: {\"title\":\"Oat milk\"}"), "{talked:?}");
    assert!(talked.stdout.contains("Added."), "{talked:?}");
    assert_eq!(world.tasks().await, ["Oat milk"]);
}

async fn a_conversation_is_resumed_with_what_waits_in_it(db: Db) {
    let world = World::start(db).await;
    world.exchange("Hello", says("Good morning.")).await;
    world.asked_to_add("Milk").await;
    world.model.script([says("Added.")]);

    let talked = chat(&world.data, &["y", "/export"]).await;

    assert_eq!(talked.code, Some(0), "{talked:?}");
    assert!(talked.stderr.contains("› Hello"), "{talked:?}");
    assert!(talked.stdout.contains("Good morning.\n"), "{talked:?}");
    assert_eq!(talked.stdout.matches("Added.").count(), 2, "once more in the export: {talked:?}");
    assert_eq!(world.tasks().await, ["Milk"]);
}

async fn a_refusal_does_not_end_a_chat(db: Db) {
    let world = World::start(db).await;
    world.model.script([says("Hi.")]);

    let lines = "/compact\n/open ../me\n/open 99\n/taks\n/help\n/approvals\n/model none\nHello";
    let talked = run_with_input(&world.data, &["chat"], &[], lines).await;

    assert_eq!(talked.code, Some(0), "{talked:?}");
    for says in [
        "no conversation yet",
        "say which",
        "there is no such conversation",
        "no such command; did you mean /tasks?",
        "/export",
        "nothing waits",
        "there is no model none; choose one of claude-sonnet-5-5",
    ] {
        assert!(talked.stderr.contains(says), "{says}: {talked:?}");
    }
    assert_eq!(talked.stdout, "Hi.\n");
    world.model.script([says("And so").stop("max_tokens")]);
    let cut = ask(&world.data, "Long").await;
    assert_eq!((cut.code, cut.stdout.as_str()), (Some(1), "And so\n"), "{cut:?}");
    assert!(cut.stderr.contains("a limit is met"), "{cut:?}");
}

async fn a_login_leads_to_a_server_elsewhere(db: Db) {
    let world = World::start(db).await;
    let laptop = Db::Sqlite.empty();
    let home = laptop.working_folder().to_str().unwrap().to_owned();
    let settings = [("HOME", home.as_str())];
    let login = ["login", world.server.url()];
    let wrong = run_with_input(&laptop, &login, &settings, &format!("{EMAIL}\nwrong")).await;
    assert_eq!(wrong.code, Some(1), "{wrong:?}");

    let input = format!("{EMAIL}\n{PASSWORD}\n");
    let logged_in = run_with_input(&laptop, &login, &settings, &input).await;

    assert_eq!(logged_in.code, Some(0), "{logged_in:?}");
    let file = laptop.working_folder().join(".config/smithers/login.json");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    world.model.script([says("From afar.")]);
    let asked = run(&laptop, &["ask", "Hello"], &settings).await;
    assert_eq!(asked.stdout, "From afar.\n", "{asked:?}");
    assert!(!laptop.data_folder().exists(), "nothing is made here");
    let local = run(&laptop, &["ask", "--local", "Hello"], &settings).await;
    assert!(local.stderr.contains("offline"), "{local:?}");
    let logged_out = run(&laptop, &["logout"], &settings).await;
    assert_eq!(logged_out.code, Some(0), "{logged_out:?}");
    assert!(!file.exists());
    let program = world.me.with_token(kept["token"].as_str().unwrap());
    program.get("/api/me").await.problem(401, "unauthorized");
    assert_eq!(run(&laptop, &["logout"], &settings).await.code, Some(2));
}
