//! What an administrator sets for everybody.

use serde_json::{Value, json};

use crate::data::{Db, journeys};
use crate::world::{World, adds, says, text_of};

journeys! {
    a_pause_stops_every_write_at_once,
    an_approved_call_does_not_run_in_a_pause,
    the_ceiling_wins_over_allow_rules,
    bypassing_needs_an_administrators_leave,
    the_ceiling_is_checked_and_kept,
    only_administrators_set_it,
}

const CEILING: &str = "/api/admin/permissions";

async fn set(world: &World, ceiling: Value) -> Value {
    world.me.put(CEILING, ceiling).await.expect(200)
}

async fn newest_decider(world: &World) -> Value {
    world.me.get("/api/decisions").await.expect(200)["items"][0]["by"].clone()
}

async fn a_pause_stops_every_write_at_once(db: Db) {
    let world = World::start(db).await;
    let allow = json!({"mode": "default", "rules": [{"verdict": "allow", "tool": "*"}]});
    world.me.put("/api/permissions", allow).await.expect(200);
    set(&world, json!({"paused": true})).await;

    world.model.script([adds("Milk"), says("I may not.")]);
    let told = world.say("Add milk").await;

    assert_eq!(told.all("tool-output-denied").len(), 1);
    assert!(world.tasks().await.is_empty());
    assert!(text_of(&world.result(0)).contains("administrator"));
    assert_eq!(newest_decider(&world).await, json!({"kind": "admin"}));
    world.me.post("/api/tasks", json!({"title": "My own act"})).await.expect(201);
}

async fn an_approved_call_does_not_run_in_a_pause(db: Db) {
    let world = World::start(db).await;
    let approval = world.asked_to_add("Milk").await;
    set(&world, json!({"paused": true})).await;

    world.model.script([says("It was stopped.")]);
    world.approve(&approval).await;
    world.settled().await;

    assert!(world.tasks().await.is_empty());
    assert!(text_of(&world.result(0)).contains("administrator"));
}

async fn the_ceiling_wins_over_allow_rules(db: Db) {
    let world = World::start(db).await;
    let allow = json!({"mode": "default", "rules": [{"verdict": "allow", "tool": "*"}]});
    world.me.put("/api/permissions", allow).await.expect(200);
    let rules = json!([{"verdict": "ask", "tool": "create_*", "when": {"/title": "Secret*"}}]);
    set(&world, json!({"rules": rules})).await;

    world.model.script([adds("Milk"), says("Done.")]);
    assert_eq!(world.say("Add milk").await.finish(), "stop");
    let asked = world.exchange("Add more", adds("Secret plan")).await;

    assert_eq!(asked.finish(), "tool-calls");
    let descriptor = &asked.one("tool-approval-request")["approvalDescriptor"];
    assert_eq!(descriptor["rememberable"], false, "a rule of one's own would not help");
    assert_eq!(world.tasks().await, ["Milk"]);
}

async fn bypassing_needs_an_administrators_leave(db: Db) {
    let world = World::start(db).await;
    let bypass = json!({"mode": "bypassPermissions", "rules": []});
    let refused = world.me.put("/api/permissions", bypass.clone()).await;
    assert_eq!(refused.wrong_fields(), ["/mode"]);
    set(&world, json!({"bypassEnabled": true})).await;
    world.me.put("/api/permissions", bypass).await.expect(200);

    world.model.script([adds("Milk"), says("Done.")]);
    assert_eq!(world.say("Add milk").await.finish(), "stop");
    assert_eq!(newest_decider(&world).await, json!({"kind": "mode"}));
    set(&world, json!({"bypassEnabled": false})).await;
    let mode = world.me.get("/api/permissions").await.expect(200)["mode"].clone();
    assert_eq!(mode, "default", "what holds, not what was chosen");
    let asked = world.exchange("Add bread", adds("Bread")).await;

    assert_eq!(asked.finish(), "tool-calls", "what was chosen holds no longer");
    assert_eq!(world.tasks().await, ["Milk"]);
}

async fn the_ceiling_is_checked_and_kept(db: Db) {
    let world = World::start(db).await;
    let calm = world.me.get(CEILING).await.expect(200);
    let quiet = json!({"paused": false, "bypassEnabled": false, "taintAsks": true, "rules": []});
    assert_eq!(calm, quiet);
    let rule = |verdict: &str, tool: &str| json!({"rules": [{"verdict": verdict, "tool": tool}]});
    let strange = json!({"rules": [
        {"verdict": "deny", "tool": "*", "conversationId": "01900000-0000-7000-8000-000000000000"},
    ]});
    let cases = [
        (rule("allow", "*"), "/rules/0/verdict"),
        (rule("deny", "a b"), "/rules/0/tool"),
        (strange, "/rules/0/conversationId"),
        (json!({"paused": "yes"}), "/paused"),
    ];
    for (ceiling, field) in cases {
        assert_eq!(world.me.put(CEILING, ceiling).await.wrong_fields(), [field]);
    }

    let id = "01900000-0000-7000-8000-000000000001";
    let twice = json!([{"id": id, "verdict": "ask", "tool": "a"}, {"id": id, "verdict": "deny", "tool": "b"}]);
    let kept = set(&world, json!({"taintAsks": false, "rules": twice})).await;

    assert_eq!(kept["rules"], json!([{"id": id, "verdict": "deny", "tool": "b"}]));
    assert_eq!(kept["taintAsks"], false);
    assert_eq!(world.me.get(CEILING).await.expect(200), kept);
    assert_eq!(set(&world, json!({})).await, kept, "what is left out stays");
}

async fn only_administrators_set_it(db: Db) {
    let world = World::start(db).await;
    let bob = world.somebody_else().await;

    bob.get(CEILING).await.problem(403, "forbidden");
    bob.put(CEILING, json!({"paused": true})).await.problem(403, "forbidden");

    assert_eq!(world.me.get(CEILING).await.expect(200)["paused"], false);
}
