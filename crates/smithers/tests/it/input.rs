//! What a client may send wrong, and what it is told.

use reqwest::{Body, Method};
use serde_json::{Value, json};

use crate::client::Answer;
use crate::data::{Db, journeys};
use crate::openapi::routes;
use crate::world::{CHAT, World, chat, own, says, user_message};

journeys! {
    every_body_must_be_json,
    every_body_must_be_an_object,
    text_that_no_database_keeps_is_refused,
    unknown_fields_are_named,
    a_body_may_have_eight_mebibytes,
    a_text_may_have_a_hundred_thousand_characters,
    unknown_addresses_and_methods_are_problems,
    a_post_to_the_agent_is_checked,
    only_text_and_files_can_be_sent,
    a_deep_body_does_no_harm,
    every_response_names_its_request,
}

/// Every route that takes a JSON object, its parameters filled in. The approval is one that waits.
fn writes(approval: &str, task: &str, meeting: &str, memory: &str) -> Vec<(Method, String)> {
    let has_body = |method: &str| matches!(method, "post" | "put" | "patch");
    routes()
        .into_iter()
        .filter(|(method, path)| {
            let other = ["/stop", "/compact", "/logout", "/restore", "/files", "/imports"];
            has_body(method) && !other.iter().any(|end| path.ends_with(end))
        })
        .map(|(method, path)| {
            let id = match path.as_str() {
                "/api/approvals/{id}" => approval,
                "/api/tasks/{id}" => task,
                "/api/meetings/{id}" => meeting,
                "/api/memories/{id}" => memory,
                _ => CHAT,
            };
            (method.to_uppercase().parse().unwrap(), path.replace("{id}", id))
        })
        .collect()
}

async fn with_something_of_each(db: Db) -> (World, Vec<(Method, String)>) {
    let world = World::start(db).await;
    let approval = world.asked_to_add("Milk").await;
    let task = world.me.post("/api/tasks", json!({"title": "Bread"})).await.expect(201);
    let meeting = json!({"title": "Review", "startsAt": "2026-12-03T13:00:00Z",
        "endsAt": "2026-12-03T14:00:00Z"});
    let meeting = world.me.post("/api/meetings", meeting).await.expect(201);
    let memory = world.me.post("/api/memories", json!({"text": "Tea"})).await.expect(201);
    let [task, meeting, memory] =
        [&task, &meeting, &memory].map(|made| made["id"].as_str().unwrap());
    let writes = writes(&approval, task, meeting, memory);
    assert_eq!(writes.len(), 18);
    (world, writes)
}

async fn send(world: &World, (method, path): &(Method, String), body: &'static str) -> Answer {
    let request = world.me.request(method.clone(), path);
    Answer::of(request.header("content-type", "application/json").body(body)).await
}

async fn every_body_must_be_json(db: Db) {
    let (world, writes) = with_something_of_each(db).await;
    for write in &writes {
        send(&world, write, "").await.problem(400, "invalid_request");
        for broken in ["{", "{\"title\": }", "nothing", "{} {}", "{\"a\": \"\u{1}\"}"] {
            send(&world, write, broken).await.problem(400, "invalid_request");
        }
        let request = || world.me.request(write.0.clone(), &write.1);
        for kind in ["text/plain", "application/x-www-form-urlencoded", "garbage"] {
            let wrong = Answer::of(request().header("content-type", kind).body("{}")).await;
            wrong.problem(400, "invalid_request");
        }
        Answer::of(request().body("{}")).await.problem(400, "invalid_request");
        let latin = Body::from(&b"{\"title\": \"caf\xE9\"}"[..]);
        let request = request().header("content-type", "application/json; charset=utf-8");
        Answer::of(request.body(latin)).await.problem(400, "invalid_request");
    }
    assert_eq!(world.tasks().await, ["Bread"]);
}

async fn every_body_must_be_an_object(db: Db) {
    let (world, writes) = with_something_of_each(db).await;
    for write in &writes {
        for other in ["[]", "null", "5", "\"text\"", "true"] {
            assert_eq!(send(&world, write, other).await.wrong_fields(), [""], "{write:?}");
        }
    }
}

async fn text_that_no_database_keeps_is_refused(db: Db) {
    let (world, _) = with_something_of_each(db).await;
    let nul = json!({"title": "a\0b", "notes": "\0"});
    let answer = world.me.post("/api/tasks", nul).await;
    assert_eq!(answer.wrong_fields(), ["/title", "/notes"]);
    let rule = json!({"verdict": "deny", "tool": "*", "when": {"/a\0": "*"}});
    let nul = world.me.put("/api/permissions", json!({"mode": "default", "rules": [rule]})).await;
    assert_eq!(nul.wrong_fields(), ["/rules/0/when"]);
    let nul = world.me.post("/api/agent", own("a\0b")).await;
    assert_eq!(nul.wrong_fields(), ["/message"]);
    let nul = world.me.post("/api/agent", chat("m1", "a\0b")).await;
    assert_eq!(nul.wrong_fields().len(), 1);
    for path in ["/api/tasks", "/api/agent", "/api/conversations"] {
        for lone in [r#"{"title": "\ud800"}"#, r#"{"message": "\udc00 x"}"#] {
            world.me.post_raw(path, lone).await.problem(422, "unprocessable");
        }
    }
    let paired = world.me.post_raw("/api/tasks", r#"{"title": "\ud83d\ude00"}"#).await;
    assert_eq!(paired.expect(201)["title"], "😀");
}

async fn unknown_fields_are_named(db: Db) {
    let (world, writes) = with_something_of_each(db).await;
    for write in writes.iter().filter(|(method, _)| *method == Method::PATCH) {
        let answer = send(&world, write, r#"{"a/b~c": 1}"#).await;
        assert_eq!(answer.wrong_fields(), ["/a~1b~0c"], "{write:?}");
    }
    let answer = world.me.post("/api/agent", json!({"message": "x", "extra": 1})).await;
    assert_eq!(answer.wrong_fields(), ["/extra"]);
    let deep = json!({"preferences": {"colour": "red"}});
    assert_eq!(world.me.patch("/api/me", deep).await.wrong_fields(), ["/preferences/colour"]);
}

async fn a_body_may_have_eight_mebibytes(db: Db) {
    let world = World::start(db).await;
    world.model.script([says("Hi.")]);
    let post = |padding: usize| {
        let old = json!({"padding": "x".repeat(padding)});
        json!({"id": CHAT, "trigger": "submit-message",
            "messages": [old, user_message("m1", "Hello")]})
    };
    let frame = post(0).to_string().len();
    let largest = 8 * 1024 * 1024;
    let fits = world.me.post("/api/agent", post(largest - frame)).await;
    assert_eq!(fits.status, 200, "{}", fits.body);
    for size in [largest + 1, 2 * largest] {
        let answer = world.me.post("/api/agent", post(size - frame)).await;
        answer.problem(413, "payload_too_large");
        let title = json!({"title": "x".repeat(size)});
        world.me.post("/api/tasks", title).await.problem(413, "payload_too_large");
    }
}

async fn a_text_may_have_a_hundred_thousand_characters(db: Db) {
    let world = World::start(db).await;
    world.model.script([says("Long.")]);
    assert_eq!(world.say(&"é".repeat(100_000)).await.text(), "Long.");
    let answer = world.me.post("/api/agent", own(&"é".repeat(100_001))).await;
    assert_eq!(answer.wrong_fields(), ["/message"]);
    let answer = world.me.post("/api/agent", chat("m1", &"é".repeat(100_001))).await;
    assert_eq!(answer.wrong_fields(), ["/messages/0/parts"]);
    for empty in ["", "  \n"] {
        let answer = world.me.post("/api/agent", own(empty)).await;
        assert_eq!(answer.wrong_fields(), ["/message"]);
    }
}

async fn unknown_addresses_and_methods_are_problems(db: Db) {
    let world = World::start(db).await;
    for path in ["/api/", "/api/nothing", "/api/tasks/x/y", "/api/agent/x", "/api/%00"] {
        world.me.get(path).await.problem(404, "not_found");
        world.me.signed_out().get(path).await.problem(404, "not_found");
    }
    for (path, allowed) in [("/api/tasks", "GET"), ("/api/agent", "POST"), ("/api/me", "PATCH")] {
        let answer = world.me.delete(path).await;
        answer.problem(405, "method_not_allowed");
        assert!(answer.header("allow").contains(allowed), "{path}: {}", answer.header("allow"));
    }
    for path in ["/api/openapi.json", "/healthz", "/readyz"] {
        let answer = world.me.post(path, json!({})).await;
        answer.problem(405, "method_not_allowed");
        assert!(answer.header("allow").contains("GET"), "{path}");
    }
}

async fn a_post_to_the_agent_is_checked(db: Db) {
    let world = World::start(db).await;
    let wrong = async |body: Value| world.me.post("/api/agent", body).await.wrong_fields();
    assert_eq!(wrong(json!({})).await, ["/message"]);
    assert_eq!(wrong(json!({"message": 5})).await, ["/message"]);
    assert_eq!(wrong(json!({"message": "x", "conversationId": "a b"})).await, ["/conversationId"]);
    assert_eq!(wrong(json!({"message": "x", "conversationId": 5})).await, ["/conversationId"]);
    let long = "x".repeat(65);
    assert_eq!(wrong(json!({"message": "x", "conversationId": long})).await, ["/conversationId"]);
    assert_eq!(wrong(json!({"message": "x", "model": "gpt"})).await, ["/model"]);
    assert_eq!(wrong(json!({"message": {"role": "user"}})).await, ["/message"]);
    let system = json!({"message": {"role": "system", "parts": []}});
    assert_eq!(wrong(system).await, ["/message/role"]);
    let id = json!({"message": user_message("a b", "x")});
    assert_eq!(wrong(id).await, ["/message/id"]);
    let with = |id: Value, messages: Value, trigger: &str| json!({"id": id, "messages": messages, "trigger": trigger});
    let message = json!([user_message("m1", "x")]);
    assert_eq!(wrong(json!({"messages": message})).await, ["/id"]);
    assert_eq!(wrong(with(json!("a b"), message.clone(), "submit-message")).await, ["/id"]);
    assert_eq!(wrong(with(json!(CHAT), message.clone(), "shout")).await, ["/trigger"]);
    assert_eq!(wrong(with(json!(CHAT), json!([]), "submit-message")).await, ["/messages"]);
    assert_eq!(wrong(with(json!(CHAT), json!({}), "submit-message")).await, ["/messages"]);
    assert_eq!(wrong(with(json!(CHAT), json!([5]), "submit-message")).await, ["/messages/0"]);
    let system = json!([{"id": "s", "role": "system", "parts": []}]);
    assert_eq!(wrong(with(json!(CHAT), system, "submit-message")).await, ["/messages/0/role"]);
    assert_eq!(world.me.get("/api/conversations").await.expect(200)["items"], json!([]));
    assert!(world.requests().is_empty());
}

async fn only_text_and_files_can_be_sent(db: Db) {
    let world = World::start(db).await;
    let part = |part: Value| json!({"message": {"role": "user", "parts": [part]}});
    let wrong = async |body: Value| world.me.post("/api/agent", body).await.wrong_fields();
    let source = json!({"type": "source-url", "sourceId": "s", "url": "https://example.org"});
    assert_eq!(wrong(part(source)).await, ["/message/parts/0/type"]);
    assert_eq!(wrong(part(json!({"type": "text"}))).await, ["/message/parts/0/text"]);
    assert_eq!(wrong(part(json!(5))).await, ["/message/parts/0/type"]);
    assert_eq!(wrong(json!({"message": {"role": "user", "parts": []}})).await, ["/message/parts"]);
}

async fn a_deep_body_does_no_harm(db: Db) {
    let (world, writes) = with_something_of_each(db).await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (method, path) in &writes {
        for body in
            [deep.clone(), format!("{{\"title\": {deep}}}"), format!("{{\"message\": {deep}}}")]
        {
            let request = world.me.request(method.clone(), path);
            let request = request.header("content-type", "application/json");
            let answer = Answer::of(request.body(body)).await;
            assert!(matches!(answer.status.as_u16(), 400 | 422), "{path}: {}", answer.body);
        }
    }
    world.me.get("/api/me").await.expect(200);
}

async fn every_response_names_its_request(db: Db) {
    let world = World::start(db).await;
    let mut seen = Vec::new();
    for path in ["/", "/healthz", "/readyz", "/api/config", "/api/me", "/api/nothing", "/nothing"] {
        let answer = world.me.get(path).await;
        seen.push(answer.header("x-request-id").to_owned());
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 7);
    assert_eq!(world.me.get("/healthz").await.body, "ok");
    assert_eq!(world.me.get("/readyz").await.body, "ready");
    assert!(seen.iter().all(|id| !id.is_empty()));
}
