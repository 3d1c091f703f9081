//! Who may do what: cookies, origins, and tokens.

use reqwest::Method;
use serde_json::json;

use crate::client::{Answer, Client};
use crate::data::{Db, EMAIL, PASSWORD, journeys};
use crate::server::{Server, free_address};
use crate::world::World;

journeys! {
    the_cookie_is_kept_from_scripts_and_other_sites,
    the_cookie_of_a_public_server_needs_https,
    a_write_by_cookie_needs_our_own_origin,
    a_bad_bearer_never_falls_back_to_the_cookie,
    what_a_proxy_is_shown_leaves_the_cookie,
    without_identity_nothing_is_given,
    what_is_not_mine_is_not_found,
}

async fn the_cookie_is_kept_from_scripts_and_other_sites(db: Db) {
    let world = World::start(db).await;
    let body = json!({"email": EMAIL, "password": PASSWORD});
    let answer = world.me.signed_out().post("/api/auth/login", body).await;
    let cookie = answer.header("set-cookie");
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    assert!(pair.starts_with(&format!("smithers_{}=", world.server.port())), "{cookie}");
    let mut attributes: Vec<&str> =
        attributes.split("; ").filter(|attribute| !attribute.starts_with("Max-Age=")).collect();
    attributes.sort_unstable();
    assert_eq!(attributes, ["HttpOnly", "Path=/", "SameSite=Lax"]);
}

async fn the_cookie_of_a_public_server_needs_https(db: Db) {
    let data = db.with_owner();
    let public = "https://smithers.example.org";
    let address = free_address();
    let settings = [("SMITHERS_PUBLIC_URL", public), ("SMITHERS_LISTEN", address.as_str())];
    let server = Server::start_with(&data, &[], &settings).await;
    assert_eq!(server.url(), public);
    let token = json!({"token": server.sign_in_token()});
    let client = Client::at(&format!("http://{address}"));
    let answer = client.post("/api/auth/sign-in", token).await;
    answer.expect(200);
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-smithers="), "{cookie}");
    assert!(cookie.contains("; Secure") && cookie.contains("; Path=/;"), "{cookie}");
    assert!(!cookie.contains("Domain"), "{cookie}");
    let from = async |origin: &str| {
        let request = client.bare(Method::POST, "/api/tasks").json(&json!({"title": "Milk"}));
        let cookie = format!("__Host-smithers={}", answer.session());
        Answer::of(request.header("cookie", cookie).header("origin", origin)).await
    };
    // Whoever can alter what is sent without encryption must not write as the person.
    from(&format!("http://{address}")).await.problem(403, "forbidden");
    from("http://smithers.example.org").await.problem(403, "forbidden");
    from(public).await.expect(201);
}

async fn a_write_by_cookie_needs_our_own_origin(db: Db) {
    let world = World::start(db).await;
    let post = async |origin: Option<&str>| {
        let request = world.me.bare(Method::POST, "/api/tasks").json(&json!({"title": "Milk"}));
        Answer::of(match origin {
            Some(origin) => request.header("origin", origin),
            None => request,
        })
        .await
    };
    post(None).await.problem(403, "forbidden");
    let number = world.server.port();
    let foreign = [
        "https://evil.example".to_owned(),
        "null".to_owned(),
        format!("http://127.0.0.1:{}", number ^ 1),
        format!("http://127.0.0.1:{number}.evil.example"),
        "http://127.0.0.1".to_owned(),
        format!("https://127.0.0.1:{number}"),
    ];
    for origin in &foreign {
        post(Some(origin)).await.problem(403, "forbidden");
    }
    post(Some(world.server.url())).await.expect(201);
    assert_eq!(world.tasks().await, ["Milk"]);
    Answer::of(world.me.bare(Method::GET, "/api/tasks")).await.expect(200);
    Answer::of(world.me.bare(Method::POST, "/api/auth/logout")).await.problem(403, "forbidden");
    world.me.get("/api/me").await.expect(200);
}

async fn a_bad_bearer_never_falls_back_to_the_cookie(db: Db) {
    let world = World::start(db).await;
    let with = async |authorization: &[u8], method: Method, path: &str| {
        let request = world.me.request(method, path);
        Answer::of(request.header("authorization", authorization)).await
    };
    for bad in ["Bearer garbage", "bearer", "BEARER  ", "Bearer\tx", "Bearer \u{e9}"] {
        let bad = bad.as_bytes();
        with(bad, Method::GET, "/api/me").await.problem(401, "unauthorized");
        with(bad, Method::POST, "/api/agent").await.problem(401, "unauthorized");
        with(bad, Method::POST, "/api/auth/logout").await.problem(401, "unauthorized");
    }
    world.me.get("/api/me").await.expect(200);
}

async fn what_a_proxy_is_shown_leaves_the_cookie(db: Db) {
    let world = World::start(db).await;
    let with_basic = async |client: &Client, method: Method, path: &str| {
        Answer::of(client.request(method, path).header("authorization", "Basic YTpi")).await
    };
    with_basic(&world.me, Method::GET, "/api/me").await.expect(200);
    let nobody = with_basic(&world.me.signed_out(), Method::GET, "/api/me").await;
    nobody.problem(401, "unauthorized");
    with_basic(&world.me, Method::POST, "/api/auth/logout").await.expect(204);
    world.me.get("/api/me").await.problem(401, "unauthorized");
}

async fn without_identity_nothing_is_given(db: Db) {
    let world = World::start(db).await;
    let mut other = world.me.signed_out();
    for session in [None, Some("garbage".to_owned())] {
        other.session = session;
        for (method, path) in crate::openapi::routes() {
            let is_public = path.starts_with("/api/auth/") || path == "/api/config";
            if is_public || !path.starts_with("/api/") {
                continue;
            }
            let path = path.replace("{id}", "x").replace("{conversation}", "x");
            let request = other.request(method.to_uppercase().parse().unwrap(), &path);
            Answer::of(request).await.problem(401, "unauthorized");
        }
    }
}

async fn what_is_not_mine_is_not_found(db: Db) {
    let world = World::start(db).await;
    let unknown = "01900000-0000-7000-8000-000000000000";
    for id in [unknown, "no-uuid", "%00", "%FF", "a%20b", &"x".repeat(300)] {
        for path in ["tasks", "meetings", "memories", "approvals", "conversations"] {
            world.me.get(&format!("/api/{path}/{id}")).await.problem(404, "not_found");
        }
        for path in ["tasks", "meetings", "conversations"] {
            world.me.delete(&format!("/api/{path}/{id}")).await.problem(404, "not_found");
            let patch = world.me.patch(&format!("/api/{path}/{id}"), json!({"title": "x"})).await;
            patch.problem(404, "not_found");
        }
        let memory = format!("/api/memories/{id}");
        world.me.delete(&memory).await.problem(404, "not_found");
        world.me.patch(&memory, json!({"text": "x"})).await.problem(404, "not_found");
        world.me.post(&format!("{memory}/restore"), json!({})).await.problem(404, "not_found");
        let path = format!("/api/conversations/{id}/messages");
        world.me.get(&path).await.problem(404, "not_found");
        let decision = json!({"decision": "approve"});
        let decided = world.me.post(&format!("/api/approvals/{id}"), decision).await;
        decided.problem(404, "not_found");
        let stopped = world.me.post(&format!("/api/agent/{id}/stop"), json!({})).await;
        stopped.problem(404, "not_found");
    }
    assert!(world.me.watch(unknown).await.is_none());
    let mine = world.me.agent(json!({"conversationId": unknown, "message": "N=1"})).await;
    mine.rest().await;
    let found = world.me.get(&format!("/api/conversations/{unknown}")).await.expect(200);
    assert_eq!(found["clientId"], unknown, "an id that only somebody else has is a new one");
}
