//! `ask`, `chat` and `login`: alone, beside a server, and with one elsewhere.

use serde_json::{Value, json};
use standins::anthropic::{Anthropic, Gate, Reply};

use crate::data::{Data, Db, EMAIL, PASSWORD, journeys};
use crate::server::{Ended, Running, Server, free_address, run, run_with_input, stranger};
use crate::world::{CHAT, KEY, World, adds, says};

journeys! {
    asking_alone_runs_the_turn_in_the_command,
    a_fresh_machine_answers_at_once,
    asking_beside_a_server_uses_it,
    somebody_else_can_be_named,
    a_write_that_nobody_can_be_asked_about_ends_with_code_3,
    the_stream_is_printed_as_json,
    a_chat_in_json_is_json_alone,
    a_message_comes_from_stdin,
    a_chat_asks_and_shows_what_came_of_it,
    only_an_answer_answers_a_question,
    what_a_call_does_can_be_edited,
    a_conversation_is_resumed_with_what_waits_in_it,
    a_refusal_does_not_end_a_chat,
    a_login_leads_to_a_server_elsewhere,
    a_stranger_at_the_address_of_the_server_sees_no_token,
    a_dead_token_of_the_machine_is_replaced,
    others_work_beside_a_chat_alone,
    an_answer_goes_on_after_the_connection_was_lost,
    an_answer_that_is_begun_anew_is_shown_anew,
    a_watched_answer_that_ends_unseen_is_shown_to_its_end,
    what_a_crash_left_is_taken_up_by_those_who_run_turns,
    a_conversation_is_opened_with_thoughts_and_calls,
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
    assert!(asked.stderr.contains("no such conversation; this begins one"), "{asked:?}");
    assert!(!again.stderr.contains("begins one"), "{again:?}");
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

async fn a_chat_in_json_is_json_alone(db: Db) {
    let world = World::offline(db).await;
    world.say("Hello").await;

    let arguments = ["chat", "--json", "--conversation", CHAT];
    let lines = "/list\n/tasks\n/export\n/help\nHello";
    let talked = run_with_input(&world.data, &arguments, &[], lines).await;

    assert_eq!(talked.code, Some(0), "{talked:?}");
    let told: Result<Vec<Value>, _> = talked.stdout.lines().map(serde_json::from_str).collect();
    let told = told.unwrap_or_else(|error| panic!("{error}: {talked:?}"));
    let has = |pointer: &str| told.iter().any(|line| line.pointer(pointer).is_some());
    assert!(has("/items/0/title") && has("/markdown") && has("/finishReason"), "{talked:?}");
    assert!(talked.stderr.contains("/export"), "{talked:?}");
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

#[test]
fn ctrl_c_ends_a_chat_that_waits_for_a_pipe() {
    crate::data::run(Db::Sqlite, async |db| {
        let data = db.with_owner();
        let mut chat = Running::start(&data, &["chat"], &[]);
        chat.until_told("/help lists commands").await;

        let ended = chat.interrupted().await;

        assert_eq!(ended.code, Some(0), "{ended:?}");
        let server = Server::start(&data, &[]).await;
        let me = crate::client::Client::owner_of(&server).await;
        let tokens = me.get("/api/tokens").await.expect(200);
        assert_eq!(tokens["items"].as_array().unwrap().len(), 1, "only the server's is left");
    });
}

async fn only_an_answer_answers_a_question(db: Db) {
    let world = World::start(db).await;
    world.model.script([adds("Milk"), says("Added.")]);

    let talked = chat(&world.data, &["Add Milk", "Yes, please", "approve"]).await;

    assert_eq!(talked.code, Some(3), "{talked:?}");
    assert!(talked.stderr.contains("write y, n, e or r"), "{talked:?}");
    assert!(world.tasks().await.is_empty());
    let talked = chat(&world.data, &["/tasks"]).await;
    assert_eq!(talked.code, Some(3), "{talked:?}");
    assert!(talked.stderr.contains("no open tasks"), "a command is no answer: {talked:?}");
    let mut left = Running::start(&world.data, &["chat", "--conversation", CHAT], &[]);
    left.until_told("[y]es, [n]o").await;
    let left = left.interrupted().await;
    assert_eq!(left.code, Some(3), "{left:?}");
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

    let lines =
        "/compact\n/open ../me\n/open 99\n/taks\n/help\n/approvals\n/model none\nHello\n/compact";
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
        "there is nothing to summarise yet",
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
    let nowhere = format!("http://{}", free_address());
    for (url, says) in [(nowhere.as_str(), "does not answer"), (&stranger(200).0, "no Smithers")] {
        let nobody = run(&laptop, &["login", url], &settings).await;
        assert_eq!(nobody.code, Some(1), "{nobody:?}");
        assert!(nobody.stderr.contains(says) && nobody.stderr.contains(url), "{nobody:?}");
    }

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

/// Whether a logout at a server that refuses with this status is done.
async fn is_logged_out_by(status: u16) -> bool {
    let laptop = Db::Sqlite.empty();
    let folder = laptop.working_folder().join(".config/smithers");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("login.json");
    let login = json!({"url": stranger(status).0, "id": CHAT, "token": "smithers_x"});
    std::fs::write(&file, login.to_string()).unwrap();
    let home = laptop.working_folder().to_str().unwrap().to_owned();

    let ended = run(&laptop, &["logout"], &[("HOME", home.as_str())]).await;

    let is_done = ended.code == Some(0);
    assert_eq!(file.exists(), !is_done, "{status}: {ended:?}");
    assert_eq!(ended.stderr.contains("may still be valid"), !is_done, "{status}: {ended:?}");
    is_done
}

#[tokio::test]
async fn a_logout_is_done_only_when_the_token_has_ended() {
    for (status, is_done) in
        [(401, true), (404, true), (403, false), (429, false), (500, false), (503, false)]
    {
        assert_eq!(is_logged_out_by(status).await, is_done, "{status}");
    }
}

async fn a_stranger_at_the_address_of_the_server_sees_no_token(db: Db) {
    let world = World::start(db).await;
    let note = world.data.data_folder().join("server.url");
    let noted = std::fs::read_to_string(&note).unwrap();
    let (url, heard) = stranger(200);
    std::fs::write(&note, noted.replace(world.server.url(), &url)).unwrap();

    let asked = ask(&world.data, "Hello").await;

    assert_eq!(asked.code, Some(0), "it can do without the server: {asked:?}");
    let heard = heard.lock().unwrap().to_lowercase();
    assert!(heard.contains("/healthz"), "{heard}");
    assert!(!heard.contains("authorization") && !heard.contains("smithers_"), "{heard}");
}

async fn a_dead_token_of_the_machine_is_replaced(db: Db) {
    let world = World::start(db).await;
    let tokens = world.me.get("/api/tokens").await.expect(200);
    let path = format!("/api/tokens/{}", tokens["items"][0]["id"].as_str().unwrap());
    world.me.delete(&path).await.expect(204);
    world.model.script([says("Hi.")]);

    let asked = ask(&world.data, "Hello").await;

    assert_eq!(asked.stdout, "Hi.\n", "{asked:?}");
    assert_eq!(world.messages().await.len(), 2, "the server has answered");
}

async fn others_work_beside_a_chat_alone(db: Db) {
    let data = db.with_owner();
    let model = Anthropic::start().await;
    let gate = Gate::new();
    model.script([
        Reply::new().text("First half").gate(&gate).text(" and second."),
        adds("Milk"),
        says("Added."),
    ]);
    let settings = [
        ("ANTHROPIC_BASE_URL", model.url()),
        ("ANTHROPIC_API_KEY", KEY),
        ("SMITHERS_TITLES", "off"),
    ];
    let mut chat = Running::start(&data, &["chat", "--conversation", CHAT], &settings);
    chat.write("Speak");
    chat.until("First half").await;

    let asked = run(&data, &["ask", "Add Milk"], &settings).await;
    assert_eq!(asked.code, Some(3), "{asked:?}");
    let waiting = run(&data, &["approvals", "--json"], &settings).await;
    let waiting: Value = serde_json::from_str(&waiting.stdout).unwrap();
    let (id, turn) = (&waiting["items"][0]["id"], &waiting["items"][0]["turnId"]);
    let (id, turn) = (id.as_str().unwrap(), turn.as_str().unwrap());
    for arguments in [
        &["approvals", "approve", id][..],
        &["tasks"],
        &["meetings"],
        &["conversations"],
        &["usage"],
        &["turn", "show", turn],
        &["doctor"],
    ] {
        let ended = run(&data, arguments, &settings).await;
        assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
    }
    let busy = run(&data, &["ask", "--conversation", CHAT, "And?"], &settings).await;
    assert_eq!(busy.code, Some(1), "one answer at a time: {busy:?}");
    if db == Db::Sqlite {
        let migrated = run(&data, &["migrate", "down"], &settings).await;
        assert_eq!(migrated.code, Some(1), "{migrated:?}");
        assert!(migrated.stderr.contains("try again when"), "{migrated:?}");
    }

    gate.open();
    chat.until("and second.").await;
    chat.write("/tasks");
    let talked = chat.ended().await;
    assert_eq!(talked.code, Some(0), "{talked:?}");
    assert!(talked.stdout.contains("• Milk"), "{talked:?}");
    let server = Server::start(&data, &settings).await;
    let me = crate::client::Client::owner_of(&server).await;
    let messages = me.get(&format!("/api/conversations/{CHAT}/messages")).await.expect(200);
    assert_eq!(messages["items"].as_array().unwrap().len(), 2, "nobody has driven it as well");
}

/// What `ask` shows whose server is killed after `Half of the`, and the model then says this.
async fn asked_across_a_crash(db: Db, how: &[&str], then: &str) -> Ended {
    let world = World::with(db, &[("SMITHERS_LEASE_TTL", "1s")]).await;
    let (gate, second) = (Gate::new(), Gate::new());
    world.model.script([
        says("Half of the house.").gate_after(3, &gate),
        Reply::new().gate(&second).text(then),
    ]);
    let mut asked = Running::start(&world.data, &[&["ask", "Hello"], how].concat(), &[]);
    asked.until("Half of").await;

    let world = world.after_kill().await;
    second.open();

    let ended = asked.ended().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("connection"), "{ended:?}");
    let found = world.me.get("/api/conversations").await.expect(200);
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
    ended
}

async fn an_answer_goes_on_after_the_connection_was_lost(db: Db) {
    let asked = asked_across_a_crash(db, &[], "Half of the house.").await;

    assert_eq!(asked.stdout, "Half of the house.\n");
    let told = asked_across_a_crash(db, &["--json"], "Half of the house.").await;
    assert_eq!(told.stdout.matches("\"type\":\"start\"").count(), 2, "{told:?}");
}

async fn an_answer_that_is_begun_anew_is_shown_anew(db: Db) {
    let asked = asked_across_a_crash(db, &[], "Half a garden.").await;

    assert_eq!(asked.stdout, "Half of the \nHalf a garden.\n");
    assert!(asked.stderr.contains("begins again"), "{asked:?}");
}

async fn a_watched_answer_that_ends_unseen_is_shown_to_its_end(db: Db) {
    let world = World::with(db, &[("SMITHERS_LEASE_TTL", "1s")]).await;
    let gate = Gate::new();
    let half = says("Half of the house.").gate_after(3, &gate);
    world.model.script([half, says("Half of the house.")]);
    let mut asked = Running::start(&world.data, &[&ASK[..], &["Hello"]].concat(), &[]);
    asked.until("Half of").await;
    let mut chat = Running::start(&world.data, &["chat", "--conversation", CHAT], &[]);
    chat.until("Half of").await;

    chat.signal("STOP");
    let world = world.after_kill().await;
    world.settled().await;
    chat.signal("CONT");

    let ended = chat.ended().await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "Half of the house.\n"), "{ended:?}");
}

async fn what_a_crash_left_is_taken_up_by_those_who_run_turns(db: Db) {
    let data = db.with_owner();
    let (model, gate, second) = (Anthropic::start().await, Gate::new(), Gate::new());
    model.script([
        says("Half of the house.").gate_after(3, &gate),
        Reply::new().gate(&second).text("Half of the house."),
        says("And a garden."),
    ]);
    let settings = [
        ("ANTHROPIC_BASE_URL", model.url()),
        ("ANTHROPIC_API_KEY", KEY),
        ("SMITHERS_TITLES", "off"),
        ("SMITHERS_LEASE_TTL", "1s"),
    ];
    let mut asked = Running::start(&data, &[&ASK[..], &["A house"]].concat(), &settings);
    asked.until("Half of").await;
    drop(asked);

    for list in ["tasks", "meetings", "conversations", "approvals", "usage"] {
        let listed = run(&data, &[list], &settings).await;
        assert_eq!(listed.code, Some(0), "{listed:?}");
    }
    assert_eq!(model.requests().len(), 1, "lists ask no model");
    if db == Db::Postgres {
        // Nobody can tell there that it was a crash before the lease has run out.
        return;
    }
    let mut asked = Running::start(&data, &[&ASK[..], &["And a garden"]].concat(), &settings);
    asked.until_told("finishes it first").await;
    second.open();
    let asked = asked.ended().await;

    assert_eq!(asked.code, Some(0), "{asked:?}");
    assert_eq!(asked.stdout, "Half of the house.\nAnd a garden.\n", "{asked:?}");
    assert_eq!(model.requests().len(), 3, "{asked:?}");
}

async fn a_conversation_is_opened_with_thoughts_and_calls(db: Db) {
    let world = World::start(db).await;
    let thoughtful = Reply::new().thinking("It is about milk.", "signed").text("Let me see.");
    world.model.script([thoughtful.tool("list_tasks", json!({})), says("Nothing yet.")]);
    world.say("What is there?").await;

    let opened = chat(&world.data, &[]).await;

    assert_eq!(opened.code, Some(0), "{opened:?}");
    assert_eq!(opened.stdout, "Let me see.\nNothing yet.\n");
    assert!(opened.stderr.contains("thought: It is about milk."), "{opened:?}");
    assert!(opened.stderr.contains("✓ List tasks"), "{opened:?}");
}
