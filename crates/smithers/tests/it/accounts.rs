//! Set-up, signing in and out, and the person's own profile.

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::data::{Db, EMAIL, PASSWORD, ZONE, journeys, owner};
use crate::server::Server;
use crate::world::World;

journeys! {
    the_setup_link_makes_the_owner_once,
    a_setup_names_each_wrong_field,
    a_password_signs_in_and_logging_out_ends_the_session,
    a_sign_in_link_works_once,
    a_wrong_password_says_no_more_than_that,
    too_many_wrong_passwords_are_refused,
    many_wrong_passwords_at_once_are_as_few_as_one_after_another,
    what_no_account_has_is_wrong_and_not_counted,
    strangers_cannot_keep_the_owner_from_setting_up,
    the_profile_can_be_changed,
    a_wrong_profile_names_each_field,
    config_says_what_a_client_must_know,
}

async fn the_setup_link_makes_the_owner_once(db: Db) {
    let data = db.empty();
    let server = Server::start(&data, &[]).await;
    assert!(server.ready()["signInUrl"].is_null());
    let (mut client, token) = (Client::of(&server), server.setup_token());
    let config = client.get("/api/config").await.expect(200);
    assert_eq!(config["auth"]["setupRequired"], true);
    let wrong = client.post("/api/auth/setup", owner("guessed")).await;
    wrong.problem(401, "unauthorized");

    let answer = client.post("/api/auth/setup", owner(&token)).await;
    let user = answer.expect(201);
    assert_eq!(user["email"], EMAIL);
    assert_eq!(user["role"], "owner");
    let preferences = json!({"timezone": ZONE, "locale": "en", "instructions": ""});
    assert_eq!(user["preferences"], preferences);
    client.session = Some(answer.session());
    assert_eq!(client.get("/api/me").await.expect(200), user);

    client.post("/api/auth/setup", owner(&token)).await.problem(401, "unauthorized");
    let config = client.get("/api/config").await.expect(200);
    assert_eq!(config["auth"]["setupRequired"], false);
    server.terminate().await;
    let server = Server::start(&data, &[]).await;
    assert!(server.ready()["setupUrl"].is_null());
    assert!(server.ready()["signInUrl"].is_string());
}

async fn a_setup_names_each_wrong_field(db: Db) {
    let data = db.empty();
    let server = Server::start(&data, &[]).await;
    let (client, token) = (Client::of(&server), server.setup_token());
    let body = json!({"token": token, "email": "nobody", "name": " ", "password": "short",
        "timezone": "Mars/Olympus"});
    let answer = client.post("/api/auth/setup", body).await;
    assert_eq!(answer.wrong_fields(), ["/email", "/name", "/password", "/timezone"]);
    client.post("/api/auth/setup", owner(&token)).await.expect(201);
}

async fn log_in(client: &Client, password: &str) -> Answer {
    client.post("/api/auth/login", json!({"email": EMAIL, "password": password})).await
}

async fn a_password_signs_in_and_logging_out_ends_the_session(db: Db) {
    let world = World::start(db).await;
    let mut client = world.me.signed_out();
    client.get("/api/me").await.problem(401, "unauthorized");
    let answer = log_in(&client, PASSWORD).await;
    assert_eq!(answer.expect(200)["email"], EMAIL);
    client.session = Some(answer.session());
    client.get("/api/me").await.expect(200);
    let gone = client.post("/api/auth/logout", json!({})).await;
    gone.expect(204);
    assert!(gone.header("set-cookie").contains("Max-Age=0"));
    client.get("/api/me").await.problem(401, "unauthorized");
    world.me.get("/api/me").await.expect(200);
}

async fn a_sign_in_link_works_once(db: Db) {
    let world = World::start(db).await;
    let other = world.me.signed_out();
    let again = json!({"token": world.server.sign_in_token()});
    other.post("/api/auth/sign-in", again).await.problem(401, "unauthorized");
    let guessed = json!({"token": "guessed"});
    other.post("/api/auth/sign-in", guessed).await.problem(401, "unauthorized");
}

async fn a_wrong_password_says_no_more_than_that(db: Db) {
    let world = World::start(db).await;
    let other = world.me.signed_out();
    let wrong = log_in(&other, "not my password").await.problem(401, "unauthorized");
    let nobody = json!({"email": "nobody@example.org", "password": "not my password"});
    let unknown = other.post("/api/auth/login", nobody).await.problem(401, "unauthorized");
    assert_eq!(wrong["detail"], unknown["detail"]);
    let shouted = json!({"email": " ADA@Example.org ", "password": PASSWORD});
    other.post("/api/auth/login", shouted).await.expect(200);
}

async fn many_wrong_passwords_at_once_are_as_few_as_one_after_another(db: Db) {
    let world = World::start(db).await;
    let stranger = world.me.signed_out();
    let attempts = (0..30).map(|_| log_in(&stranger, "not my password"));

    let answers = futures_util::future::join_all(attempts).await;

    let heard = answers.iter().filter(|answer| answer.status == 401).count();
    assert_eq!(heard, 10);
    assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 401 | 429)));
}

async fn what_no_account_has_is_wrong_and_not_counted(db: Db) {
    let world = World::start(db).await;
    let other = world.me.signed_out();
    let long = json!({"email": format!("{}@example.org", "a".repeat(250)), "password": PASSWORD});
    for _ in 0..12 {
        log_in(&other, &"x".repeat(257)).await.problem(401, "unauthorized");
        other.post("/api/auth/login", long.clone()).await.problem(401, "unauthorized");
    }
    log_in(&other, PASSWORD).await.expect(200);
}

async fn strangers_cannot_keep_the_owner_from_setting_up(db: Db) {
    let data = db.empty();
    let server = Server::start(&data, &[]).await;
    let (client, token) = (Client::of(&server), server.setup_token());
    let guesses = (0..12).map(|_| client.post("/api/auth/setup", owner("guessed")));
    for answer in futures_util::future::join_all(guesses).await {
        answer.problem(401, "unauthorized");
    }
    client.post("/api/auth/setup", owner(&token)).await.expect(201);
}

async fn too_many_wrong_passwords_are_refused(db: Db) {
    let world = World::start(db).await;
    let other = world.me.signed_out();
    for _ in 0..10 {
        log_in(&other, "not my password").await.problem(401, "unauthorized");
    }
    log_in(&other, "not my password").await.problem(429, "rate_limited");
    log_in(&other, PASSWORD).await.problem(429, "rate_limited");
    world.me.get("/api/me").await.expect(200);
}

async fn the_profile_can_be_changed(db: Db) {
    let world = World::start(db).await;
    let change = json!({"name": "Ada L.", "preferences": {"timezone": "Asia/Tokyo"}});
    let me = world.me.patch("/api/me", change).await.expect(200);
    assert_eq!((&me["name"], &me["email"]), (&json!("Ada L."), &json!(EMAIL)));
    let more = json!({"preferences": {"locale": "de-DE", "instructions": "Be brief."}});
    let me = world.me.patch("/api/me", more).await.expect(200);
    let all = json!({"timezone": "Asia/Tokyo", "locale": "de-DE", "instructions": "Be brief."});
    assert_eq!(me["preferences"], all, "what is left out stays");
    assert_eq!(world.me.patch("/api/me", json!({})).await.expect(200), me);
    assert_eq!(world.me.get("/api/me").await.expect(200), me);
}

async fn a_wrong_profile_names_each_field(db: Db) {
    let world = World::start(db).await;
    let wrong = async |change: Value| world.me.patch("/api/me", change).await.wrong_fields();
    let preferences = json!({"timezone": "Mars/Olympus", "locale": "not a locale",
        "instructions": "x".repeat(8_001)});
    assert_eq!(
        wrong(json!({"name": "", "preferences": preferences})).await,
        ["/name", "/preferences/timezone", "/preferences/locale", "/preferences/instructions"]
    );
    assert_eq!(wrong(json!({"preferences": {"timezone": 1}})).await, ["/preferences/timezone"]);
    assert_eq!(wrong(json!({"role": "owner"})).await, ["/role"]);
}

async fn config_says_what_a_client_must_know(db: Db) {
    let world = World::start(db).await;
    let config = world.me.signed_out().get("/api/config").await.expect(200);
    assert_eq!(config["name"], "Smithers");
    assert_eq!(config["version"], world.server.ready()["version"]);
    assert_eq!(config["auth"], json!({"mode": "local", "setupRequired": false}));
    let model = json!({"provider": "anthropic", "id": "claude-sonnet-5-5", "offline": false});
    assert_eq!(config["model"], model);
    let mut choice = model;
    choice["name"] = json!("claude-sonnet-5-5");
    assert_eq!(config["models"], json!([choice]));
    assert!(config["features"].is_object());
}
