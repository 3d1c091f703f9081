//! The commands, their output and their exit codes.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use standins::Reply;

use crate::client::Client;
use crate::data::{Db, block_on, journeys};
use crate::server::{Ended, Running, Server, free_address, run, token_of};
use crate::world::World;

journeys! {
    migrations_go_up_and_down,
    a_sign_in_link_is_printed_beside_the_running_server,
    the_ready_line_says_how_to_get_in,
    nothing_but_the_ready_line_is_on_stdout,
    a_given_port_that_is_taken_is_an_error,
    a_setting_that_cannot_be_meant_is_code_2,
    a_secret_may_stand_in_a_file,
    another_vendors_model_answers,
    a_dot_env_file_is_read,
    a_later_mode_holds_for_new_people_only,
}

fn states(ended: &Ended) -> Vec<&str> {
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let rows = ended.stdout.lines().skip(1);
    rows.map(|line| line.rsplit_once(' ').unwrap().1).collect()
}

async fn migrations_go_up_and_down(db: Db) {
    let data = db.empty();
    let status = run(&data, &["migrate", "status"], &[]).await;
    assert!(states(&status).iter().all(|state| *state == "pending"), "{status:?}");
    let up = run(&data, &["migrate", "up"], &[]).await;
    let applied = states(&up);
    assert!(!applied.is_empty() && applied.iter().all(|state| *state == "applied"));
    let down = run(&data, &["migrate", "down"], &[]).await;
    assert_eq!(states(&down).last(), Some(&"pending"));
    let all = applied.len().to_string();
    let down = run(&data, &["migrate", "down", &all], &[]).await;
    assert!(states(&down).iter().all(|state| *state == "pending"), "{down:?}");
    let server = Server::start(&data, &[]).await;
    assert!(server.ready()["setupUrl"].is_string());
    let status = run(&data, &["migrate", "status"], &[]).await;
    assert_eq!(states(&status), applied, "serve brings the schema up to date");
}

async fn a_sign_in_link_is_printed_beside_the_running_server(db: Db) {
    let world = World::start(db).await;
    let ended = run(&world.data, &["sign-in-link"], &[]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let link = ended.stdout.trim();
    let prefix = format!("{}/sign-in?token=", world.server.url());
    assert!(link.starts_with(&prefix), "{link}");
    let other = world.me.signed_out();
    let token = json!({"token": token_of(link)});
    other.post("/api/auth/sign-in", token.clone()).await.expect(200);
    other.post("/api/auth/sign-in", token).await.problem(401, "unauthorized");
}

async fn the_ready_line_says_how_to_get_in(db: Db) {
    let world = World::start(db).await;
    let ready = world.server.ready();
    let url = world.server.url();
    assert!(ready["setupUrl"].is_null());
    assert!(ready["signInUrl"].as_str().unwrap().starts_with(&format!("{url}/sign-in?token=")));
    assert_eq!(ready["model"], "claude-sonnet-5-5");
    let names: Vec<&String> = ready.as_object().unwrap().keys().collect();
    assert_eq!(names, ["url", "setupUrl", "signInUrl", "model", "version"]);
}

async fn nothing_but_the_ready_line_is_on_stdout(db: Db) {
    let world = World::start(db).await;
    world.exchange("Hello", crate::world::says("Hi.")).await;
    let stdout = world.server.stdout();
    world.server.terminate().await;
    let stdout = stdout.lock().unwrap().clone();
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
}

#[test]
fn only_one_server_serves_a_folder() {
    block_on(async {
        let data = Db::Sqlite.empty();
        let server = Server::start(&data, &[]).await;
        for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["migrate", "down"]] {
            let second = run(&data, arguments, &[]).await;
            assert_eq!(second.code, Some(1), "{second:?}");
            assert!(second.stderr.contains("already serves"), "{}", second.stderr);
            assert!(second.stdout.is_empty());
        }
        assert_eq!(Client::of(&server).get("/healthz").await.body, "ok");
    });
}

async fn a_given_port_that_is_taken_is_an_error(db: Db) {
    let data = db.empty();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = run(&data, &["serve", "--listen", &address], &[]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains(&address), "{}", ended.stderr);
    assert!(ended.stdout.is_empty());
}

#[test]
fn a_default_port_that_is_taken_moves_on() {
    block_on(async {
        let data = Db::Sqlite.empty();
        // If somebody else has it, it is taken as well.
        let _taken = TcpListener::bind("127.0.0.1:8080");
        let server = Server::start_with(&data, &[], &[]).await;
        assert!(server.port() > 8080, "{}", server.url());
        Client::of(&server).get("/api/config").await.expect(200);
    });
}

async fn a_setting_that_cannot_be_meant_is_code_2(db: Db) {
    let data = db.empty();
    let wrong = [
        ("DATABASE_URL", "mysql://root@localhost/smithers"),
        ("AGENT_MAX_TURNS", "0"),
        ("AGENT_MAX_TURNS", "many"),
        ("SMITHERS_APPROVAL_TTL", "soon"),
        ("SMITHERS_LEASE_TTL", "10ms"),
        ("SMITHERS_PUBLIC_URL", "smithers.example.org"),
        ("SMITHERS_PUBLIC_URL", "https://smithers example.org"),
        ("SMITHERS_PUBLIC_URL", "https://ada:secret@smithers.example.org"),
        ("SMITHERS_PUBLIC_URL", "https://smithers.example.org?x"),
        ("SMITHERS_PUBLIC_URL", "https://smithers.example.org:port"),
        ("SMITHERS_LISTEN", "everywhere"),
        ("ANTHROPIC_API_KEY", "sk-\u{7}"),
        ("ANTHROPIC_API_KEY_FILE", "/nowhere/key"),
    ];
    for (name, value) in wrong {
        let ended = run(&data, &["serve"], &[(name, value)]).await;
        assert_eq!(ended.code, Some(2), "{name}={value}: {ended:?}");
        assert!(ended.stdout.is_empty());
        assert!(ended.stderr.contains(name), "{name}={value}: {}", ended.stderr);
    }
    for url in ["nowhere", "https://", "ftp://example.org", "https://exa mple.org"] {
        let settings = [("ANTHROPIC_API_KEY", "sk-x"), ("ANTHROPIC_BASE_URL", url)];
        let ended = run(&data, &["serve"], &settings).await;
        assert_eq!(ended.code, Some(2), "{url}: {ended:?}");
        assert!(ended.stderr.contains("ANTHROPIC_BASE_URL"), "{url}: {}", ended.stderr);
    }
    for (settings, says) in [
        ([("OPENAI_API_KEY", "sk-x"), ("SMITHERS_MODEL", "")], "SMITHERS_MODEL"),
        ([("OPENAI_BASE_URL", "nowhere"), ("SMITHERS_MODEL", "m")], "OPENAI_BASE_URL"),
    ] {
        let ended = run(&data, &["serve"], &settings).await;
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains(says), "{ended:?}");
    }
    for arguments in [&["serve", "--colour"][..], &["fly"], &[]] {
        assert_eq!(run(&data, arguments, &[]).await.code, Some(2), "{arguments:?}");
    }
    let nothing = db.empty();
    let early = run(&nothing, &["sign-in-link"], &[]).await;
    assert_eq!(early.code, Some(2), "{early:?}");
    assert!(early.stderr.contains("start the server"), "{early:?}");
}

async fn a_secret_may_stand_in_a_file(db: Db) {
    let data = db.with_owner();
    let model = standins::anthropic::Anthropic::start().await;
    model.require_key("sk-from-a-file");
    model.script([crate::world::says("Hi.")]);
    let file = data.working_folder().join("key");
    std::fs::write(&file, "sk-from-a-file\n").unwrap();
    let settings =
        [("ANTHROPIC_API_KEY_FILE", file.to_str().unwrap()), ("ANTHROPIC_BASE_URL", model.url())];
    let server = Server::start(&data, &settings).await;
    let me = Client::owner_of(&server).await;
    assert_eq!(me.agent(json!({"message": "Hello"})).await.rest().await.text(), "Hi.");
}

async fn another_vendors_model_answers(db: Db) {
    let data = db.with_owner();
    let model = standins::openai::OpenAi::start().await;
    model.script([
        Reply::new().thinking("Hm.", "").text("Let me look.").tool("list_tasks", json!({})),
        crate::world::says("Nothing is open."),
    ]);
    let base_url = model.base_url();
    let settings = [("OPENAI_BASE_URL", base_url.as_str()), ("SMITHERS_MODEL", "qwen3:8b")];
    let server = Server::start(&data, &settings).await;
    assert_eq!(server.ready()["model"], "qwen3:8b");
    let me = Client::owner_of(&server).await;

    let told = me.agent(json!({"message": "What is open?"})).await.rest().await;

    assert_eq!(told.text(), "Let me look.Nothing is open.");
    assert!(told.one("data-usage")["data"]["inputTokens"].as_u64().unwrap() > 100);
    let sent = &model.requests()[1].body["messages"];
    let roles: Vec<&str> =
        sent.as_array().unwrap().iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["system", "user", "assistant", "tool"]);
    assert_eq!(sent[2]["reasoning_content"], "Hm.", "reasoning goes back as it came");
}

async fn a_dot_env_file_is_read(db: Db) {
    let data = db.empty();
    std::fs::write(data.working_folder().join(".env"), "ANTHROPIC_API_KEY=sk-from-dot-env\n")
        .unwrap();
    let server = Server::start(&data, &[]).await;
    assert_eq!(server.ready()["model"], "claude-sonnet-5-5");
}

/// Every command that needs the database.
const ON_DATA: [&[&str]; 11] = [
    &["serve"],
    &["ask", "Hello"],
    &["chat"],
    &["tasks"],
    &["approvals"],
    &["turn", "show", "019a0000-0000-7000-8000-000000000000"],
    &["migrate", "status"],
    &["user", "list"],
    &["token", "create", "--user", "ada@example.org", "--name", "n"],
    &["sign-in-link"],
    &["doctor"],
];

#[test]
fn a_database_that_cannot_be_reached_is_named_soon() {
    block_on(async {
        let data = Db::Sqlite.empty();
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let silent = silent.local_addr().unwrap().to_string();
        let nobody = free_address();
        for (address, commands) in [(&nobody, &ON_DATA[..]), (&silent, &ON_DATA[..1])] {
            let url = format!("postgres://ada:hush@{address}/smithers");
            for arguments in commands {
                let begun = Instant::now();
                let ended = run(&data, arguments, &[("DATABASE_URL", &url)]).await;

                assert!(begun.elapsed() < Duration::from_secs(15), "{arguments:?}");
                assert_eq!(ended.code, Some(1), "{arguments:?}: {ended:?}");
                let told = ended.stdout + &ended.stderr;
                assert!(told.contains(address), "{arguments:?}: {told}");
                assert!(told.contains("DATABASE_URL") && !told.contains("hush"), "{told}");
            }
        }
    });
}

#[test]
fn what_cannot_be_meant_is_code_2_everywhere() {
    crate::data::run(Db::Sqlite, async |db| {
        let data = db.with_owner();
        for (arguments, says) in [
            (&["help", "tsks"][..], "'tasks'"),
            (&["tsks"], "'tasks'"),
            (&["help", "tasks", "ad"], "'add'"),
            (&["turn", "show", "x"], "no id"),
            (&["approvals", "approve", "nonsense"], "no id"),
            (&["approvals", "deny", "../me"], "no id"),
            (&["tasks", "done", "nonsense"], "no id"),
            (&["ask", "--conversation", "a b", "Hi"], "conversationId"),
            (&["ask", ""], "message"),
            (&["usage", "--from", "yesterday"], "from"),
            (&["meetings", "--from", "yesterday"], "from"),
            (&["tasks", "add", ""], "title"),
            (&["tasks", "add", "X", "--due", "tomorrow"], "--due takes a day"),
            (&["tasks", "add", "X", "--due", "2026-13-01"], "--due takes a day"),
            (&["user", "remove"], "unrecognized subcommand 'remove'"),
            (&["token", "revoke", "x"], "no id"),
            (&["user", "add", "nobody", "--name", "N"], "email"),
            (&["token", "create", "--user", "eve@example.org", "--name", "n"], "eve@example.org"),
            (&["login", "example.org"], "https://"),
            (&["login", "https://exa mple.org"], "https://"),
            (&["config", "check", "nowhere.toml"], "nowhere.toml"),
        ] {
            let ended = run(&data, arguments, &[]).await;
            assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
            assert!(ended.stderr.contains(says), "{arguments:?}: {ended:?}");
            assert!(ended.stdout.is_empty(), "{arguments:?}: {ended:?}");
            assert!(!ended.stderr.contains("exists: 'list'"), "{arguments:?}: {ended:?}");
        }
        let unknown = "019a0000-0000-7000-8000-000000000000";
        for arguments in [
            &["turn", "show", unknown][..],
            &["approvals", "approve", unknown],
            &["tasks", "done", unknown],
            &["token", "revoke", unknown],
        ] {
            let ended = run(&data, arguments, &[]).await;
            assert_eq!(ended.code, Some(1), "{arguments:?}: {ended:?}");
        }
    });
}

#[test]
fn every_command_that_tells_something_tells_it_as_json() {
    crate::data::run(Db::Sqlite, async |db| {
        let data = db.with_owner();
        let home = data.working_folder().to_str().unwrap();
        for (arguments, pointer) in [
            (&["tasks"][..], "/items"),
            (&["meetings"], "/items"),
            (&["conversations"], "/items"),
            (&["approvals"], "/items"),
            (&["usage"], "/items"),
            (&["user", "list"], "/items/0/email"),
            (&["user", "add", "bob@example.org", "--name", "Bob"], "/setupUrl"),
            (&["token", "create", "--user", "bob@example.org", "--name", "n"], "/token"),
            (&["tasks", "add", "Milk"], "/id"),
            (&["migrate", "status"], "/items/0/state"),
            (&["migrate", "up"], "/items/0/state"),
            (&["sign-in-link"], "/url"),
            (&["config", "show"], "/settings/0/key"),
            (&["config", "check"], "/ok"),
            (&["doctor"], "/checks/0/status"),
            (&["openapi"], "/openapi"),
        ] {
            let ended = run(&data, &[arguments, &["--json"]].concat(), &[("HOME", home)]).await;
            assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
            let told = serde_json::from_str::<Value>(&ended.stdout);
            let told = told.unwrap_or_else(|_| panic!("{arguments:?}: {ended:?}"));
            assert!(told.pointer(pointer).is_some(), "{arguments:?}: {told}");
        }
        let people = run(&data, &["user", "list"], &[]).await.stdout;
        assert!(people.starts_with("ID") && people.contains("bob@example.org"), "{people}");
    });
}

async fn a_later_mode_holds_for_new_people_only(db: Db) {
    let data = db.with_owner();
    let plan = [("AGENT_PERMISSION_MODE", "plan")];

    let mut serve = Running::start(&data, &["serve", "--listen", "127.0.0.1:0"], &plan);

    serve.until_told("new people only; yours is `default`").await;
    serve.until_told("Settings").await;
    for command in [&["config", "show"][..], &["doctor"]] {
        let ended = run(&data, command, &plan).await;
        assert!(ended.stdout.contains("new people only"), "{ended:?}");
        let ended = run(&data, command, &[("AGENT_PERMISSION_MODE", "default")]).await;
        assert!(!ended.stdout.contains("new people only"), "{ended:?}");
    }
}
