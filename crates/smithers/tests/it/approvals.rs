//! One call that a person is asked about.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::data::{Db, journeys};
use crate::world::{CHAT, World, own, says, text_of};

journeys! {
    nothing_is_written_before_the_answer,
    an_approved_call_is_run_once,
    the_digest_is_that_of_the_contract,
    a_denied_call_is_not_run_and_the_model_hears_why,
    edited_arguments_run_and_the_model_hears_of_them,
    edited_arguments_must_fit_the_schema,
    edited_arguments_that_the_tool_would_refuse_are_refused,
    an_answer_to_other_arguments_is_refused,
    the_same_answer_again_is_no_error,
    another_answer_is_refused,
    the_inbox_lists_by_state,
    a_new_message_supersedes_what_waits,
    an_approval_expires,
    a_batch_answers_each_for_itself,
    a_wrong_batch_changes_nothing,
}

async fn nothing_is_written_before_the_answer(db: Db) {
    let world = World::start(db).await;
    let told = world.exchange("Add milk", crate::world::adds("Milk")).await;
    assert_eq!(
        told.story(),
        [
            "start",
            "start-step",
            "text-start",
            "text-delta",
            "text-end",
            "tool-input-start",
            "tool-input-delta",
            "tool-input-available",
            "tool-approval-request",
            "finish-step",
            "finish"
        ]
    );
    assert_eq!(told.finish(), "tool-calls");
    let call = told.one("tool-input-available");
    assert_eq!(call["input"], json!({"title": "Milk"}));
    assert_eq!((&call["dynamic"], &call["toolName"]), (&json!(true), &json!("create_task")));
    let request = told.one("tool-approval-request");
    assert_eq!(request["toolCallId"], call["toolCallId"]);
    let descriptor = &request["approvalDescriptor"];
    assert_eq!(descriptor["effect"], "write");
    assert_eq!(descriptor["rememberable"], true);
    assert_eq!(descriptor["summary"], "Add the task “Milk”");
    assert!(world.tasks().await.is_empty());
    assert_eq!(world.conversation().await["status"], "waiting");
    assert!(world.me.watch(CHAT).await.is_none());
    let part = &world.newest_message().await["parts"][2];
    assert_eq!(part["state"], "approval-requested");
    assert_eq!(part["approval"]["id"], request["approvalId"]);
    assert_eq!(world.requests().len(), 1);
}

async fn an_approved_call_is_run_once(db: Db) {
    let world = World::start(db).await;
    let approval = world.asked_to_add("Milk").await;
    world.model.script([says("It is on your list.")]);
    let decided = world.approve(&approval).await;
    assert_eq!(decided["status"], "approved");
    assert!(decided["decidedAt"].is_string() && decided["decidedBy"].is_string());
    world.settled().await;
    assert_eq!(world.tasks().await, ["Milk"]);
    let answer = world.newest_message().await;
    assert_eq!(answer["metadata"]["status"], "completed");
    let part = &answer["parts"][2];
    assert_eq!(part["state"], "output-available");
    assert_eq!(part["output"]["title"], "Milk");
    assert_eq!(part["approval"]["approved"], true);
    assert!(world.result(0)["is_error"].is_null());
}

async fn the_digest_is_that_of_the_contract(db: Db) {
    let world = World::start(db).await;
    let approval = world.asked_to_add("Milk").await;
    let request = world.requests().remove(0);
    let tools = request["tools"].as_array().unwrap();
    let tool = tools.iter().find(|tool| tool["name"] == "create_task").unwrap();
    let signed = json!({
        "tool": "create_task",
        "arguments": {"title": "Milk"},
        "schemaHash": hash(&tool["input_schema"]),
    });
    let approval = world.approval(&approval).await;
    assert_eq!(approval["digest"], hash(&signed));
}

/// SHA-256 of the RFC 8785 form, for values with plain names and no fractions.
fn hash(value: &Value) -> String {
    hex::encode(Sha256::digest(sorted(value).to_string()))
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort();
            names.into_iter().map(|name| (name.clone(), sorted(&fields[name]))).collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        plain => plain.clone(),
    }
}

async fn a_denied_call_is_not_run_and_the_model_hears_why(db: Db) {
    let world = World::start(db).await;
    let approval = world.asked_to_add("Milk").await;
    world.model.script([says("Then I won't.")]);
    let answer = json!({"decision": "deny", "reason": "We have milk."});
    let decided = world.decide(&approval, answer).await;
    assert_eq!(
        (&decided["status"], &decided["reason"]),
        (&json!("denied"), &json!("We have milk."))
    );
    world.settled().await;
    assert!(world.tasks().await.is_empty());
    let result = world.result(0);
    assert_eq!(result["is_error"], true);
    assert!(text_of(&result).contains("We have milk."), "{result}");
    let message = world.newest_message().await;
    let part = &message["parts"][2];
    assert_eq!(part["state"], "output-denied");
    assert_eq!(part["approval"]["approved"], false);
    assert_eq!(part["approval"]["reason"], "We have milk.");
}

async fn edited_arguments_run_and_the_model_hears_of_them(db: Db) {
    let world = World::start(db).await;
    let approval = world.asked_to_add("Milk").await;
    world.model.script([says("Oat milk it is.")]);
    let edited = json!({"title": "Oat milk"});
    let answer = json!({"decision": "approve", "arguments": edited});
    let decided = world.decide(&approval, answer).await;
    assert_eq!(decided["editedArguments"], edited);
    assert_eq!(decided["arguments"], json!({"title": "Milk"}));
    world.settled().await;
    assert_eq!(world.tasks().await, ["Oat milk"]);
    let request = world.requests().remove(1);
    let call = &request["messages"][1]["content"][1];
    assert_eq!(call["input"], json!({"title": "Milk"}), "the model's own call stays as it was");
    let told = text_of(&world.result(0));
    assert!(told.contains("changed") && told.contains("Oat milk"), "{told}");
}

async fn edited_arguments_must_fit_the_schema(db: Db) {
    let world = World::start(db).await;
    let approval = world.asked_to_add("Milk").await;
    let path = format!("/api/approvals/{approval}");
    let answer = |arguments: Value| json!({"decision": "approve", "arguments": arguments});
    let wrong = world.me.post(&path, answer(json!({"title": 5}))).await;
    assert_eq!(wrong.wrong_fields(), ["/arguments/title"]);
    let missing = world.me.post(&path, answer(json!({}))).await;
    assert_eq!(missing.wrong_fields(), ["/arguments"]);
    let denied = json!({"decision": "deny", "arguments": {"title": "Oat milk"}});
    assert_eq!(world.me.post(&path, denied).await.wrong_fields(), ["/arguments"]);
    assert_eq!(world.approval(&approval).await["status"], "pending");
    assert!(world.tasks().await.is_empty());
}

async fn edited_arguments_that_the_tool_would_refuse_are_refused(db: Db) {
    let world = World::start(db).await;
    let approval = world.asked_to_add("Milk").await;
    let path = format!("/api/approvals/{approval}");
    let wrong = async |arguments: Value| {
        let answer = json!({"decision": "approve", "arguments": arguments});
        world.me.post(&path, answer).await.wrong_fields()
    };
    let both = json!({"title": "x", "dueOn": "2026-11-27", "dueAt": "2026-11-27T14:00:00Z"});
    assert_eq!(wrong(both).await, ["/arguments/dueAt"]);
    let no_day = json!({"title": "  ", "dueOn": "2026-02-30"});
    assert_eq!(wrong(no_day).await, ["/arguments/title", "/arguments/dueOn"]);
    assert_eq!(world.approval(&approval).await["status"], "pending");
}

async fn an_answer_to_other_arguments_is_refused(db: Db) {
    let world = World::start(db).await;
    let approval = world.asked_to_add("Milk").await;
    let path = format!("/api/approvals/{approval}");
    let other = json!({"decision": "approve", "digest": "0".repeat(64)});
    world.me.post(&path, other).await.problem(409, "digest_mismatch");
    assert_eq!(world.approval(&approval).await["status"], "pending");
    world.model.script([says("Done.")]);
    let digest = world.approval(&approval).await["digest"].clone();
    world.decide(&approval, json!({"decision": "approve", "digest": digest})).await;
    world.settled().await;
    assert_eq!(world.tasks().await, ["Milk"]);
}

async fn the_same_answer_again_is_no_error(db: Db) {
    let world = World::start(db).await;
    let approval = world.asked_to_add("Milk").await;
    world.model.script([says("Done.")]);
    let first = world.approve(&approval).await;
    let again = world.approve(&approval).await;
    assert_eq!(first, again);
    world.settled().await;
    assert_eq!(world.approve(&approval).await, first);
    assert_eq!(world.tasks().await, ["Milk"]);
    assert_eq!(world.requests().len(), 2);
}

async fn another_answer_is_refused(db: Db) {
    let world = World::start(db).await;
    let approval = world.asked_to_add("Milk").await;
    world.model.script([says("Done.")]);
    world.approve(&approval).await;
    let path = format!("/api/approvals/{approval}");
    let deny = json!({"decision": "deny"});
    world.me.post(&path, deny).await.problem(409, "approval_decided");
    let edited = json!({"decision": "approve", "arguments": {"title": "Oat milk"}});
    world.me.post(&path, edited).await.problem(409, "approval_decided");
    world.settled().await;
    assert_eq!(world.tasks().await, ["Milk"]);
}

async fn the_inbox_lists_by_state(db: Db) {
    let world = World::start(db).await;
    let first = world.asked_to_add("Milk").await;
    world.model.script([says("No.")]);
    world.decide(&first, json!({"decision": "deny"})).await;
    world.settled().await;
    let second = world.asked_to_add("Bread").await;
    let ids = async |query: &str| -> Vec<String> {
        let list = world.me.get(&format!("/api/approvals{query}")).await.expect(200);
        let items = list["items"].as_array().unwrap().iter();
        items.map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids("?status=pending").await, [second.as_str()]);
    assert_eq!(ids("?status=denied").await, [first.as_str()]);
    assert!(ids("?status=expired").await.is_empty());
    assert_eq!(ids("").await, [second.as_str(), first.as_str()]);
    let wrong = world.me.get("/api/approvals?status=perhaps").await;
    assert_eq!(wrong.wrong_fields(), ["/status"]);
    let pending = world.approval(&second).await;
    let tool = json!({"name": "create_task", "title": "Add task", "source": "smithers",
        "effect": "write"});
    assert_eq!(pending["tool"], tool);
    assert_eq!(pending["inputSchema"]["required"], json!(["title"]));
    let inbox = world.me.get("/api/approvals?status=pending").await.expect(200);
    assert!(inbox["items"][0].get("inputSchema").is_none(), "a list loads no bodies");
    assert_eq!(pending["conversationId"], world.conversation().await["id"]);
    assert!(pending.get("decidedAt").is_none(), "what is not there is left out");
}

async fn a_new_message_supersedes_what_waits(db: Db) {
    let world = World::start(db).await;
    let approval = world.asked_to_add("Milk").await;
    world.model.script([says("All right.")]);
    let told = world.me.agent(own("Never mind")).await.rest().await;
    assert_eq!(told.text(), "All right.");
    assert_eq!(world.approval(&approval).await["status"], "superseded");
    let path = format!("/api/approvals/{approval}");
    let late = world.me.post(&path, json!({"decision": "approve"})).await;
    late.problem(409, "approval_decided");
    assert!(world.tasks().await.is_empty());
    let result = world.result(0);
    assert_eq!(result["is_error"], true);
    let before = &world.messages().await[1];
    assert_eq!(before["metadata"]["status"], "superseded");
    assert_eq!(before["parts"][2]["state"], "output-error");
}

async fn an_approval_expires(db: Db) {
    let settings = [("SMITHERS_APPROVAL_TTL", "1s"), ("SMITHERS_LEASE_TTL", "1s")];
    let world = World::with(db, &settings).await;
    let approval = world.asked_to_add("Milk").await;
    // The contract has nothing to wait on for this.
    while world.conversation().await["status"] != "idle" {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.approval(&approval).await["status"], "expired");
    let answer = world.newest_message().await;
    assert_eq!(answer["metadata"]["status"], "expired");
    let path = format!("/api/approvals/{approval}");
    let late = world.me.post(&path, json!({"decision": "approve"})).await;
    late.problem(409, "approval_decided");
    assert!(world.tasks().await.is_empty());
    assert_eq!(world.requests().len(), 1, "the model is not asked again");
    let decisions = world.me.get("/api/decisions").await.expect(200);
    assert_eq!(decisions["items"][0]["by"]["kind"], "expiry");
    world.exchange("And now?", says("You did not answer.")).await;
    assert_eq!(world.result(0)["is_error"], true);
}

async fn a_batch_answers_each_for_itself(db: Db) {
    let world = World::start(db).await;
    let superseded = world.asked_to_add("Bread").await;
    let approval = world.asked_to_add("Milk").await;
    let unknown = "01900000-0000-7000-8000-000000000000";
    world.model.script([says("Done.")]);
    let items = json!([
        {"id": unknown, "decision": "approve"},
        {"id": "no id", "decision": "approve"},
        {"id": superseded, "decision": "approve"},
        {"id": approval, "decision": "approve", "digest": "0".repeat(64)},
        {"id": approval, "decision": "approve", "arguments": {"title": 5}},
        {"id": approval, "decision": "deny", "reason": "x".repeat(2_001)},
        {"id": approval, "decision": "approve"},
        {"id": approval, "decision": "approve"},
        {"id": approval, "decision": "deny"},
        {"id": approval, "decision": "maybe"},
        {"id": approval, "decision": "deny", "undecided": true},
        {"id": approval},
        {"id": 5, "decision": "approve"},
        "approve",
    ]);
    let answer = world.me.post("/api/approvals/batch", json!({"items": items})).await;
    let results = answer.expect(200)["items"].as_array().unwrap().clone();
    let statuses: Vec<u64> = results.iter().map(|item| item["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [404, 404, 409, 409, 422, 422, 200, 200, 409, 422, 422, 422, 422, 422]);
    for (item, result) in items.as_array().unwrap().iter().zip(&results) {
        // What is no text cannot be said again as one.
        assert_eq!(result["id"], item["id"].as_str().unwrap_or_default());
        assert_eq!(result.get("approval").is_some(), result["status"] == 200);
        assert_eq!(result.get("problem").is_some(), result["status"] != 200);
    }
    assert_eq!(results[1]["problem"]["code"], "not_found");
    assert_eq!(results[3]["problem"]["code"], "digest_mismatch");
    assert_eq!(results[4]["problem"]["fields"][0]["field"], "/arguments/title");
    let wrong: Vec<&str> = results[9..]
        .iter()
        .map(|result| result["problem"]["fields"][0]["field"].as_str().unwrap())
        .collect();
    assert_eq!(wrong, ["/decision", "/undecided", "", "/id", ""]);
    assert_eq!(results[8]["problem"]["requestId"], answer.header("x-request-id"));
    assert_eq!(results[6]["approval"], world.approval(&approval).await);
    world.settled().await;
    assert_eq!(world.tasks().await, ["Milk"]);
}

async fn a_wrong_batch_changes_nothing(db: Db) {
    let world = World::start(db).await;
    let approval = world.asked_to_add("Milk").await;
    let wrong = async |items: Value| {
        let answer = world.me.post("/api/approvals/batch", json!({"items": items})).await;
        answer.wrong_fields()
    };
    let good = json!({"id": approval, "decision": "approve"});
    assert_eq!(wrong(json!([])).await, ["/items"]);
    assert_eq!(wrong(json!(vec![good.clone(); 101])).await, ["/items"]);
    assert_eq!(wrong(json!({"id": approval, "decision": "approve"})).await, ["/items"]);
    assert_eq!(world.approval(&approval).await["status"], "pending");
}
