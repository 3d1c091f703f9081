//! Two servers on one Postgres database.

use serde_json::json;
use standins::anthropic::{Gate, Reply};

use crate::client::Client;
use crate::compaction::is_summary;
use crate::data::{Db, run};
use crate::server::Server;
use crate::world::{CHAT, World, own, says};

#[test]
fn an_approval_may_be_given_at_another_server() {
    run(Db::Postgres, async |db| {
        let (world, other, _server) = two(db).await;
        let approval = world.asked_to_add("Milk").await;
        world.model.script([says("Done.")]);
        let path = format!("/api/approvals/{approval}");
        let approve = json!({"decision": "approve"});
        let (one, two) =
            tokio::join!(other.post(&path, approve.clone()), world.me.post(&path, approve));
        assert_eq!(one.expect(200), two.expect(200));
        world.settled().await;
        assert_eq!(world.tasks().await, ["Milk"]);
        assert_eq!(world.requests().len(), 2);
    });
}

#[test]
fn an_answer_may_be_stopped_at_another_server() {
    run(Db::Postgres, async |db| {
        let (world, other, _server) = two(db).await;
        let gate = Gate::new();
        world.model.script([Reply::new().text("Half").gate(&gate)]);
        let mut events = world.me.agent(own("Hello")).await;
        events.until_text("Half").await;
        other.post("/api/agent", own("And?")).await.problem(409, "turn_active");
        other.post(&format!("/api/agent/{CHAT}/stop"), json!({})).await.expect(202);
        assert_eq!(events.rest().await.finish(), "other");
        gate.abandoned().await;
        assert_eq!(world.newest_message().await["metadata"]["status"], "stopped");
    });
}

#[test]
fn an_answer_is_taken_over_from_a_server_that_dies() {
    run(Db::Postgres, async |db| {
        let (world, other, _server) = two(db).await;
        let (gate, second) = (Gate::new(), Gate::new());
        world.model.script([
            Reply::new().text("Half").gate(&gate),
            Reply::new().gate(&second).text("The whole answer."),
        ]);
        let mut events = world.me.agent(own("Hello")).await;
        let begun = events.until_text("Half").await;
        world.server.kill().await;
        let events = other.watch(CHAT).await.expect("the turn goes on");
        second.open();
        let told = events.rest().await;
        assert_eq!(told.message_id(), begun.message_id());
        assert_eq!(told.text(), "The whole answer.");
    });
}

#[test]
fn a_budget_holds_for_summaries_at_two_servers() {
    run(Db::Postgres, async |db| {
        let (world, other, server) = two(db).await;
        drop((other, server));
        for word in ["One", "Two"] {
            world.exchange(word, says("So.")).await;
        }
        let bill = world.me.get("/api/usage").await.expect(200);
        let budget = format!("{:.3}", bill["total"]["costUsd"].as_f64().unwrap() + 0.06);
        let world = world.restarted_with(&[("SMITHERS_BUDGET_USER", &budget)]).await;
        let server = world.second_server().await;
        let other = world.me.moved_to(&server);
        let gate = Gate::new();
        world.model.when(is_summary, Reply::new().text("They talked.").gate(&gate));
        let path = format!("/api/conversations/{CHAT}/compact");

        let (made, ()) = tokio::join!(world.me.post(&path, json!({})), async {
            gate.reached().await;
            other.post(&path, json!({})).await.problem(409, "turn_active");
            let told = other.agent(json!({"message": "Hello"})).await.rest().await;
            let notice = told.one("data-notice")["data"]["text"].clone();
            assert!(notice.as_str().unwrap().contains("set aside"), "{notice}");
            gate.open();
        });

        assert_eq!(made.expect(200)["summary"], "They talked.");
        world.model.script([says("There is money again.")]);
        let told = other.agent(json!({"message": "Hello"})).await.rest().await;
        assert_eq!(told.text(), "There is money again.");
    });
}

/// A world and the same person's browser at a second server.
async fn two(db: Db) -> (World, Client, Server) {
    let world = World::with(db, &[("SMITHERS_LEASE_TTL", "1s")]).await;
    let server = world.second_server().await;
    let other = world.me.moved_to(&server);
    (world, other, server)
}
