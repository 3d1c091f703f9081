//! `GET /api/events`: what a second tab is told.

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::client::Client;
use crate::data::{Db, journeys};
use crate::world::{World, adds, says};

journeys! {
    a_second_tab_is_told_of_a_turn_and_its_approval,
    what_is_made_changed_and_deleted_is_told,
    nobody_is_told_of_somebody_elses_things,
    the_feed_ends_when_the_server_does,
    the_feed_ends_with_its_session,
}

/// A feed that is being read.
pub(crate) struct Feed {
    response: Response,
    buffer: String,
}

impl Feed {
    pub(crate) async fn of(client: &Client) -> Self {
        let response = client.request(Method::GET, "/api/events").send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut feed = Self { response, buffer: String::new() };
        let hello = feed.block().await.expect("a greeting");
        assert!(hello.starts_with(':'), "{hello}");
        feed
    }

    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.buffer = rest;
                return Some(block);
            }
            let bytes = self.response.chunk().await.ok().flatten()?;
            self.buffer.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    /// The next change: its kind and what is said of it.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            let block = self.block().await?;
            let line = |name: &str| {
                block.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned)
            };
            if let Some(kind) = line("event: ") {
                return Some((kind, serde_json::from_str(&line("data: ").unwrap()).unwrap()));
            }
        }
    }

    /// The kinds of change until one of these is told.
    pub(crate) async fn until(&mut self, wanted: &str) -> Vec<String> {
        let mut kinds = Vec::new();
        while kinds.last().is_none_or(|kind| kind != wanted) {
            kinds.push(self.next().await.expect("more").0);
        }
        kinds
    }
}

async fn a_second_tab_is_told_of_a_turn_and_its_approval(db: Db) {
    let world = World::start(db).await;
    let mut feed = Feed::of(&world.me).await;

    let approval = world.asked_to_add("Milk").await;
    let (begun, first) = feed.next().await.unwrap();
    let (asked, second) = feed.next().await.unwrap();
    let (parked, _) = feed.next().await.unwrap();
    let conversation = world.conversation().await["id"].clone();

    assert_eq!([begun, asked, parked], ["turn", "approval", "turn"]);
    assert_eq!(first["conversationId"], conversation);
    assert_eq!(second, json!({"id": approval, "conversationId": conversation}));

    world.model.script([says("Done.")]);
    world.approve(&approval).await;
    assert_eq!(feed.until("task").await.last().unwrap(), "task");
    assert_eq!(feed.until("turn").await.last().unwrap(), "turn", "it is over");
}

async fn what_is_made_changed_and_deleted_is_told(db: Db) {
    let world = World::start(db).await;
    let mut feed = Feed::of(&world.me).await;
    let kinds = [("tasks", "task"), ("conversations", "conversation")];
    for (path, kind) in kinds {
        let made = world.me.post(&format!("/api/{path}"), json!({"title": "A"})).await.expect(201);
        let id = made["id"].as_str().unwrap();
        let path = format!("/api/{path}/{id}");
        world.me.patch(&path, json!({"title": "B"})).await.expect(200);
        world.me.delete(&path).await.expect(204);
        for _ in 0..3 {
            let (told, what) = feed.next().await.unwrap();
            assert_eq!((told.as_str(), what["id"].as_str()), (kind, Some(id)));
        }
    }
}

async fn nobody_is_told_of_somebody_elses_things(db: Db) {
    let world = World::start(db).await;
    let bob = world.somebody_else().await;
    let mut feed = Feed::of(&bob).await;

    world.me.post("/api/tasks", json!({"title": "Mine"})).await.expect(201);
    world.exchange("Add milk", adds("Milk")).await;
    let his = bob.post("/api/tasks", json!({"title": "His"})).await.expect(201);

    let (_, told) = feed.next().await.unwrap();
    assert_eq!(told["id"], his["id"]);
    world.me.signed_out().get("/api/events").await.problem(401, "unauthorized");
}

async fn the_feed_ends_when_the_server_does(db: Db) {
    let world = World::start(db).await;
    let mut feed = Feed::of(&world.me).await;

    world.server.terminate().await;

    assert!(feed.next().await.is_none());
}

async fn the_feed_ends_with_its_session(db: Db) {
    let world = World::start(db).await;
    let mut feed = Feed::of(&world.me).await;
    let elsewhere = world.another_session().await;
    let mut other = Feed::of(&elsewhere).await;

    world.me.post("/api/auth/logout", json!({})).await.expect(204);

    assert!(feed.next().await.is_none());
    elsewhere.post("/api/tasks", json!({"title": "Mine"})).await.expect(201);
    assert_eq!(other.next().await.unwrap().0, "task", "each session for itself");
}
