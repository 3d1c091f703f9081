//! Tokens for programs, and the people they act for.

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::data::{Db, EMAIL, PASSWORD, journeys};
use crate::openapi::{document, example_body, routes};
use crate::server::{run, run_with_input, token_of};
use crate::world::{CHAT, World, says};

journeys! {
    a_token_is_shown_once_and_ends_at_once,
    each_scope_opens_its_routes_and_no_others,
    a_posted_answer_needs_leave_to_approve,
    a_token_makes_none_that_can_do_more,
    only_one_with_admin_makes_and_ends_others,
    a_wrong_token_names_each_field,
    commands_make_people_and_tokens,
    the_first_person_is_the_owner,
    the_server_keeps_a_token_for_its_machine,
    what_commands_need_of_a_server_ends_with_it,
}

/// An id that no token has.
const NO_TOKEN: &str = "01960000-0000-7000-8000-000000000000";

async fn token(world: &World, scopes: &[&str]) -> Client {
    let body = json!({"name": scopes.join(" "), "scopes": scopes});
    let made = world.me.post("/api/tokens", body).await.expect(201);
    world.me.with_token(made["token"].as_str().unwrap())
}

async fn a_token_is_shown_once_and_ends_at_once(db: Db) {
    let world = World::start(db).await;

    let made = world.me.post("/api/tokens", json!({"name": " nightly "})).await.expect(201);
    let program = world.me.with_token(made["token"].as_str().unwrap());

    assert_eq!((&made["name"], &made["scopes"]), (&json!("nightly"), &json!(["read", "chat"])));
    assert_eq!(program.get("/api/me").await.expect(200)["email"], EMAIL);
    let list = program.get("/api/tokens").await;
    let ours = list.expect(200)["items"][0].clone();
    assert_eq!(ours["id"], made["id"]);
    assert!(ours["expiresAt"].is_null() && ours.get("token").is_none());
    assert!(!list.body.contains(made["token"].as_str().unwrap()));
    world.model.script([says("Hi.")]);
    let told = program.agent(json!({"message": "Hello"})).await.rest().await;
    assert_eq!(told.text(), "Hi.");

    let path = format!("/api/tokens/{}", made["id"].as_str().unwrap());
    world.me.delete(&path).await.expect(204);
    world.me.delete(&path).await.problem(404, "not_found");
    program.get("/api/me").await.problem(401, "unauthorized");
}

/// Which scope a route needs.
fn scope(method: &str, path: &str) -> &'static str {
    let is_approval = method == "post" && path.starts_with("/api/approvals");
    match (method, path) {
        _ if path.starts_with("/api/admin/") => "admin",
        ("post" | "delete", _) if path.starts_with("/api/tokens") => "admin",
        ("put", "/api/permissions") => "approve",
        _ if is_approval => "approve",
        ("get", _) => "read",
        _ => "chat",
    }
}

async fn each_scope_opens_its_routes_and_no_others(db: Db) {
    let world = World::start(db).await;
    world.model.otherwise(says("Hi."));
    let document = document();
    let all = ["read", "chat", "approve", "admin"];
    let mut asked = 0;
    for given in all {
        let program = token(&world, &[given]).await;
        for (method, path) in routes() {
            let is_open = path.starts_with("/api/auth/") || path == "/api/config";
            if is_open || !path.starts_with("/api/") || path == "/api/events" {
                continue;
            }
            // Whether it is the token itself is read from the path first.
            let id = if path.starts_with("/api/tokens/") { NO_TOKEN } else { CHAT };
            let address = path.replace("{id}", id).replace("{conversation}", CHAT);
            let request = program.request(method.to_uppercase().parse().unwrap(), &address);
            let answer = Answer::of(match example_body(&document, &method, &path) {
                Some(body) => request.json(&body),
                None => request,
            })
            .await;
            if scope(&method, &path) == given {
                assert_ne!(answer.status, 401, "{given}: {method} {path}");
                assert!(!answer.body.contains("lacks"), "{given}: {method} {path}");
            } else {
                let problem = answer.problem(403, "forbidden");
                assert!(problem["detail"].as_str().unwrap().contains("lacks"), "{problem}");
            }
            asked += 1;
        }
    }
    assert!(asked > 150, "{asked}");
}

async fn a_posted_answer_needs_leave_to_approve(db: Db) {
    let world = World::start(db).await;
    world.model.otherwise(says("Done."));
    let approval = world.asked_to_add("Milk").await;
    let part = json!({"type": "dynamic-tool", "state": "approval-responded",
        "approval": {"id": approval, "approved": true}});
    let answer = json!({"id": "a", "role": "assistant", "parts": [part]});
    let post = json!({"id": CHAT, "messages": [answer]});
    let chatting = token(&world, &["read", "chat"]).await;
    chatting.post("/api/agent", post.clone()).await.problem(403, "forbidden");
    assert_eq!(world.approval(&approval).await["status"], "pending");
    let approving = token(&world, &["approve"]).await;
    assert_eq!(approving.agent(post).await.rest().await.finish(), "stop");
    assert_eq!(world.tasks().await.first().map(String::as_str), Some("Milk"));
}

async fn a_token_makes_none_that_can_do_more(db: Db) {
    let world = World::start(db).await;
    let soon = "2100-01-01T00:00:00Z";
    let body = json!({"name": "a", "scopes": ["read", "chat", "admin"], "expiresAt": soon});
    let made = world.me.post("/api/tokens", body).await.expect(201);
    let program = world.me.with_token(made["token"].as_str().unwrap());

    let more = json!({"name": "b", "scopes": ["read", "approve"]});
    program.post("/api/tokens", more).await.problem(403, "forbidden");
    let same = program.post("/api/tokens", json!({"name": "b"})).await.expect(201);
    let longer = json!({"name": "c", "scopes": ["read"], "expiresAt": "2200-01-01T00:00:00Z"});
    let longer = program.post("/api/tokens", longer).await.expect(201);

    for made in [same, longer] {
        assert_eq!(made["expiresAt"], soon, "it lasts no longer than what made it");
    }
}

async fn only_one_with_admin_makes_and_ends_others(db: Db) {
    let world = World::start(db).await;
    let make = async |scopes: &[&str]| {
        let body = json!({"name": "a", "scopes": scopes});
        let made = world.me.post("/api/tokens", body).await.expect(201);
        let path = format!("/api/tokens/{}", made["id"].as_str().unwrap());
        (world.me.with_token(made["token"].as_str().unwrap()), path)
    };
    let (chatting, chatting_path) = make(&["read", "chat", "approve"]).await;
    let (managing, managing_path) = make(&["admin"]).await;
    let (other, other_path) = make(&["read"]).await;

    let kept = json!({"name": "kept", "scopes": ["read"]});
    chatting.post("/api/tokens", kept).await.problem(403, "forbidden");
    chatting.delete(&managing_path).await.problem(403, "forbidden");
    chatting.delete(&other_path).await.problem(403, "forbidden");
    managing.delete(&other_path).await.expect(204);
    chatting.delete(&chatting_path).await.expect(204);

    for ended in [other, chatting] {
        ended.get("/api/me").await.problem(401, "unauthorized");
    }
}

async fn a_wrong_token_names_each_field(db: Db) {
    let world = World::start(db).await;
    let wrong = async |body: Value| world.me.post("/api/tokens", body).await.wrong_fields();
    assert_eq!(wrong(json!({})).await, [""]);
    let all = json!({"name": " ", "scopes": [], "expiresAt": "2020-01-01T00:00:00Z"});
    assert_eq!(wrong(all).await, ["/name", "/scopes", "/expiresAt"]);
    assert_eq!(wrong(json!({"name": "a", "scopes": ["write"]})).await, ["/scopes/0"]);
    assert_eq!(wrong(json!({"name": "a", "expiresAt": "soon"})).await, ["/expiresAt"]);
    let no_offset = json!({"name": "a", "expiresAt": "2200-01-01T00:00:00+24:00"});
    assert_eq!(wrong(no_offset).await, ["/expiresAt"]);
    assert_eq!(wrong(json!({"name": "a", "token": "mine"})).await, ["/token"]);
}

async fn commands_make_people_and_tokens(db: Db) {
    let world = World::start(db).await;
    let data = &world.data;
    let add = ["user", "add", "bob@example.org", "--name", "Bob"];
    let bob = run(data, &add, &[]).await;
    assert_eq!(bob.code, Some(0), "{bob:?}");
    let bob: Value = serde_json::from_str(&bob.stdout).unwrap();
    assert_eq!((&bob["email"], &bob["role"]), (&json!("bob@example.org"), &json!("member")));
    let first_link = token_of(bob["setupUrl"].as_str().unwrap());
    let renewed = run(data, &add, &[]).await;
    let renewed: Value = serde_json::from_str(&renewed.stdout).unwrap();
    assert_eq!(renewed["id"], bob["id"]);
    let bob = renewed;
    let create = ["token", "create", "--user", "bob@example.org", "--name", "x", "--scope", "read"];
    let made = run(data, &create, &[]).await;
    let program = world.me.with_token(made.stdout.trim());
    assert_eq!(program.get("/api/me").await.expect(200)["id"], bob["id"]);
    program.post("/api/tasks", json!({"title": "Milk"})).await.problem(403, "forbidden");
    let made = run(data, &[&create[..], &["--json"]].concat(), &[]).await;
    let made: Value = serde_json::from_str(&made.stdout).unwrap();
    assert_eq!(made["scopes"], json!(["read"]));
    let whose = ["--user", "bob@example.org"];
    let listed = run(data, &[&["token", "list", "--json"], &whose[..]].concat(), &[]).await;
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2, "{listed}");
    assert_eq!(listed["items"][0]["id"], made["id"], "the newest first");
    let second = world.me.with_token(made["token"].as_str().unwrap());
    let revoke = [&["token", "revoke", made["id"].as_str().unwrap()], &whose[..]].concat();
    second.get("/api/me").await.expect(200);
    assert_eq!(run(data, &revoke, &[]).await.code, Some(0));
    second.get("/api/me").await.problem(401, "unauthorized");
    program.get("/api/me").await.expect(200);
    assert_eq!(run(data, &revoke, &[]).await.code, Some(1), "it is gone");
    let nobody = ["token", "create", "--user", "eve@example.org", "--name", "x"];
    assert_eq!(run(data, &nobody, &[]).await.code, Some(2));

    // The link gives Bob his password, once.
    let secret = token_of(bob["setupUrl"].as_str().unwrap());
    let door = world.me.signed_out();
    let accept = |email: &str| json!({"token": secret, "email": email, "name": "Bob B.", "password": PASSWORD});
    let lost = json!({"token": first_link, "email": "bob@example.org", "name": "Bob",
        "password": PASSWORD});
    door.post("/api/auth/setup", lost).await.problem(401, "unauthorized");
    let eve = door.post("/api/auth/setup", accept("eve@example.org")).await;
    eve.problem(401, "unauthorized");
    let accepted = door.post("/api/auth/setup", accept("bob@example.org")).await.expect(201);
    assert_eq!((&accepted["id"], &accepted["role"]), (&bob["id"], &json!("member")));
    let again = door.post("/api/auth/setup", accept("bob@example.org")).await;
    again.problem(401, "unauthorized");
    assert_eq!(run(data, &add, &[]).await.code, Some(1), "Bob has a password");
    let listed = run(data, &["user", "list", "--json"], &[]).await;
    let people: Value = serde_json::from_str(&listed.stdout).unwrap();
    let people = people["items"].as_array().unwrap().iter();
    let addresses: Vec<_> = people.map(|person| &person["email"]).collect();
    assert_eq!(addresses, ["bob@example.org", EMAIL]);
}

async fn the_first_person_is_the_owner(db: Db) {
    let data = db.empty();
    let add = ["user", "add", EMAIL, "--name", "Ada", "--password-stdin"];
    let short = run_with_input(&data, &add, &[], "short\n").await;
    assert_eq!(short.code, Some(2), "{short:?}");
    assert!(short.stderr.contains("password"), "{short:?}");

    let ada = run_with_input(&data, &add, &[], &format!("{PASSWORD}\n")).await;

    let ada: Value = serde_json::from_str(&ada.stdout).unwrap();
    assert_eq!((&ada["role"], &ada["setupUrl"]), (&json!("owner"), &Value::Null));
    let server = crate::server::Server::start(&data, &[]).await;
    let login = json!({"email": EMAIL, "password": PASSWORD});
    Client::of(&server).post("/api/auth/login", login).await.expect(200);
}

async fn the_server_keeps_a_token_for_its_machine(db: Db) {
    let world = World::start(db).await;
    let file = world.data.data_folder().join("server.token");
    let first = std::fs::read_to_string(&file).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let scopes = &world.me.with_token(&first).get("/api/tokens").await.expect(200)["items"][0];
    assert_eq!(scopes["scopes"], json!(["read", "chat", "approve"]));

    let world = world.restarted_with(&[]).await;

    let second = std::fs::read_to_string(&file).unwrap();
    world.me.with_token(&first).get("/api/me").await.problem(401, "unauthorized");
    assert_eq!(world.me.with_token(&second).get("/api/me").await.expect(200)["email"], EMAIL);
}

async fn what_commands_need_of_a_server_ends_with_it(db: Db) {
    let World { server, data, .. } = World::start(db).await;
    let files = ["server.token", "server.url"].map(|name| data.data_folder().join(name));
    let token = std::fs::read_to_string(&files[0]).unwrap();

    server.terminate().await;

    assert!(files.iter().all(|file| !file.exists()));
    let store = store::Store::open(&data.location()).await.unwrap();
    let hash = <sha2::Sha256 as sha2::Digest>::digest(token.as_bytes()).into();
    assert_eq!(store.tokens().bearer(hash, store::Ts(0)).await.unwrap(), None);
    store.close().await;
}
