//! Whatever one person has, another can neither see nor touch, by any route that is described.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::data::{Db, EMAIL, journeys};
use crate::imports::imported;
use crate::openapi::{EXAMPLE_ID, document, example_body, routes};
use crate::world::{CHAT, World, adds, chat, says, user_message};

journeys! {
    nobody_reaches_what_is_anothers,
    ids_of_others_in_a_body_find_nothing,
}

/// Stands in every text of the owner's.
const SECRET: &str = "Zirkonium";

/// Something of each kind, by the word before the id in a path.
struct Things(BTreeMap<&'static str, Vec<String>>);

impl Things {
    async fn of(world: &World) -> Self {
        world.model.script([adds(SECRET), says(SECRET)]);
        let first = world.me.agent(chat("m1", SECRET)).await.rest().await;
        let decided = first.approvals().remove(0);
        world.approve(&decided).await;
        world.settled().await;
        let pending = world.asked_to_add(&format!("{SECRET} again")).await;
        let rule = json!({"verdict": "deny", "tool": "delete_*", "when": {"/id": SECRET}});
        let rules = json!({"mode": "default", "rules": [rule]});
        let rules = world.me.put("/api/permissions", rules).await.expect(200);
        let rule = text(&rules["rules"][0]["id"]);
        let task = world.me.get("/api/tasks").await.expect(200)["items"][0]["id"].clone();
        let meeting = json!({"title": SECRET, "startsAt": "2030-12-03T13:00:00Z",
            "endsAt": "2030-12-03T14:00:00Z"});
        let meeting = world.me.post("/api/meetings", meeting).await.expect(201);
        let memory = world.me.post("/api/memories", json!({"text": SECRET})).await.expect(201);
        let token = json!({"name": SECRET});
        let token = world.me.post("/api/tokens", token).await.expect(201);
        // What is served as a file is read as JSON here.
        let file = json!(SECRET).to_string();
        let file = world.me.post_raw(&format!("/api/files?name={SECRET}.json"), file).await;
        let exported = json!({"format": "smithers.conversation", "version": 1,
            "conversation": {"id": "other", "title": SECRET,
                "createdAt": "2026-11-25T13:00:00Z", "updatedAt": "2026-11-25T13:00:00Z"},
            "messages": [{"id": "a", "parentId": null, "role": "user",
                "createdAt": "2026-11-25T13:00:00Z", "parts": [{"type": "text", "text": SECRET}]}],
            "headId": "a"});
        let import = imported(world, exported.to_string()).await;
        let conversation = text(&world.conversation().await["id"]);
        let conversations = vec![conversation, CHAT.to_owned()];
        let mut things = BTreeMap::from([
            ("agent", conversations.clone()),
            ("approvals", vec![pending, decided]),
            ("conversations", conversations),
            ("tasks", vec![text(&task)]),
            ("meetings", vec![text(&meeting["id"])]),
            ("memories", vec![text(&memory["id"])]),
            ("files", vec![text(&file.expect(201)["id"])]),
            ("tokens", vec![text(&token["id"])]),
            ("imports", vec![text(&import["id"])]),
        ]);
        let messages = world.messages().await;
        let ids = messages.iter().map(|message| message["metadata"]["id"].as_str().unwrap());
        things.insert("", ids.map(str::to_owned).chain([rule]).collect());
        Self(things)
    }

    fn all(&self) -> Vec<&str> {
        self.0.values().flatten().map(String::as_str).collect()
    }

    /// The owner's ids that fit into a path, which must have one.
    fn fitting(&self, path: &str) -> &[String] {
        let kind = path.split_once("/{").unwrap().0.rsplit_once('/').unwrap().1;
        self.0.get(kind).unwrap_or_else(|| panic!("make a thing for {path} in isolation.rs"))
    }

    /// Nothing of the owner's is in an answer, but for ids that were in the question.
    fn assert_absent(&self, question: &str, answer: &Answer) {
        let text = format!("{} {:?}", answer.body, answer.headers);
        assert!(!answer.status.is_server_error(), "{question}: {text}");
        assert!(!text.contains(SECRET) && !text.contains(EMAIL), "{question}: {text}");
        for id in self.all().into_iter().filter(|id| id.len() > 30 && !question.contains(id)) {
            assert!(!text.contains(id), "{question}: {text}");
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Every route that ends by itself and is no door: whoever knows the password is the owner.
fn tried() -> impl Iterator<Item = (Method, String)> {
    let is_tried = |path: &str| path != "/api/events" && !path.starts_with("/api/auth/");
    let routes = routes().into_iter().filter(move |(_, path)| is_tried(path));
    routes.map(|(method, path)| (method.to_uppercase().parse().unwrap(), path))
}

fn filled(path: &str, id: &str) -> String {
    let (before, rest) = path.split_once('{').unwrap();
    format!("{before}{id}{}", rest.split_once('}').unwrap().1)
}

async fn send(client: &Client, method: &Method, path: &str, body: Option<&Value>) -> Answer {
    let request = client.request(method.clone(), path);
    Answer::of(match body {
        Some(body) => request.json(body),
        None => request,
    })
    .await
}

/// All that the owner can read.
async fn seen(world: &World, things: &Things) -> BTreeMap<String, Value> {
    let mut seen = BTreeMap::new();
    let gets = tried().filter(|(method, path)| *method == Method::GET && path.starts_with("/api/"));
    for (_, path) in gets {
        if !path.contains('{') {
            let query = if path == "/api/search" { format!("?q={SECRET}") } else { String::new() };
            let found = world.me.get(&format!("{path}{query}")).await.expect(200);
            seen.insert(path, found);
            continue;
        }
        for id in things.fitting(&path) {
            let path = filled(&path, id);
            let answer = world.me.get(&path).await;
            assert!(answer.status.is_success(), "{path} is the owner's: {}", answer.body);
            seen.insert(path, answer.expect(answer.status.as_u16()));
        }
    }
    seen
}

async fn nobody_reaches_what_is_anothers(db: Db) {
    let world = World::start(db).await;
    let things = Things::of(&world).await;
    let bob = world.somebody_else().await;
    let before = seen(&world, &things).await;
    let asked = world.requests().len();
    world.model.otherwise(says("Hello, Bob."));
    let document = document();
    for (method, path) in tried() {
        let example = example_body(&document, method.as_str().to_lowercase().as_str(), &path);
        if !path.contains('{') {
            // Cursors and searches by what only the owner has.
            for query in [
                String::new(),
                format!("?q={SECRET}"),
                format!("?limit=1&cursor={}", cursor(&before)),
            ] {
                let address = format!("{path}{query}");
                let answer = send(&bob, &method, &address, example.as_ref()).await;
                things.assert_absent(&format!("{method} {address}"), &answer);
            }
            continue;
        }
        things.fitting(&path);
        for id in things.all() {
            let address = filled(&path, id);
            let answer = send(&bob, &method, &address, example.as_ref()).await;
            things.assert_absent(&address, &answer);
            if path.ends_with("/stream") {
                assert_eq!(answer.status, 204, "{address}");
            } else {
                answer.problem(404, "not_found");
            }
        }
    }
    let bobs = world.requests().split_off(asked);
    assert!(!bobs.is_empty() && !json!(bobs).to_string().contains(SECRET));
    assert_eq!(seen(&world, &things).await, before);
}

/// Where the owner's list of approvals goes on after the first.
fn cursor(seen: &BTreeMap<String, Value>) -> String {
    let newest = seen["/api/approvals"]["items"][0]["id"].as_str().unwrap();
    newest.replace('-', "")
}

async fn ids_of_others_in_a_body_find_nothing(db: Db) {
    let world = World::start(db).await;
    let things = Things::of(&world).await;
    let bob = world.somebody_else().await;
    let before = seen(&world, &things).await;
    world.model.otherwise(says("Hello, Bob."));
    let mut begin = chat("b1", "Hi");
    begin["id"] = json!("bobs");
    send(&bob, &Method::POST, "/api/agent", Some(&begin)).await;
    let document = document();
    for id in things.all() {
        for (method, path) in tried().filter(|(_, path)| !path.contains('{')) {
            let method_word = method.as_str().to_lowercase();
            let Some(example) = example_body(&document, &method_word, &path) else { continue };
            let body = example.to_string().replace(EXAMPLE_ID, id);
            let request = bob.request(method, &path).header("content-type", "application/json");
            let answer = Answer::of(request.body(body.clone())).await;
            things.assert_absent(&format!("{path} {body}"), &answer);
        }
        for (path, status, body) in posts(id) {
            let method = match path {
                "/api/permissions" => Method::PUT,
                "/api/agent" => Method::POST,
                _ => Method::PATCH,
            };
            let answer = send(&bob, &method, path, Some(&body)).await;
            things.assert_absent(&format!("{path} {body}"), &answer);
            assert_eq!(answer.status, status, "{path} {body}: {}", answer.body);
        }
    }
    assert_eq!(seen(&world, &things).await, before);
}

/// Bodies that name something of the owner's, and what Bob is told.
fn posts(id: &str) -> Vec<(&'static str, u16, Value)> {
    let part = json!({"type": "dynamic-tool", "state": "approval-responded",
        "approval": {"id": id, "approved": true}});
    let answer = json!({"id": id, "role": "assistant", "parts": [part]});
    let question = user_message("b9", "Hi");
    let rule = json!({"id": id, "verdict": "allow", "tool": "none"});
    let mut there = rule.clone();
    there["conversationId"] = json!(id);
    // Only an approval's id, which is ours, can be one.
    let is_ours = id.len() == EXAMPLE_ID.len();
    let (forged, ruled) = if is_ours { (404, 200) } else { (422, 422) };
    let again = json!({"id": "bobs", "messages": [question], "messageId": id,
        "trigger": "regenerate-message"});
    vec![
        ("/api/agent", forged, json!({"id": id, "messages": [answer]})),
        ("/api/agent", forged, json!({"id": "bobs", "messages": [answer]})),
        ("/api/agent", 404, again),
        ("/api/agent", 200, json!({"conversationId": id, "message": "Hi"})),
        (
            "/api/agent",
            404,
            json!({"id": id, "messages": [], "messageId": CHAT,
            "trigger": "regenerate-message"}),
        ),
        ("/api/conversations/bobs", 422, json!({"headId": id})),
        ("/api/permissions", ruled, json!({"mode": "default", "rules": [there]})),
        ("/api/permissions", ruled, json!({"mode": "default", "rules": [rule]})),
    ]
}
