//! The task tools on a real database.

use std::sync::Arc;

use agent::tool::{Tool, ToolCall, ToolError, ToolSource as _, check_arguments};
use agent::{ToolCallId, UserId};
use serde_json::{Value, json};
use store::{Location, NewUser, Store, Ts, UserRole};
use tempfile::TempDir;
use tools::BuiltIn;
use uuid::Uuid;

/// 2026-11-25 14:03 in Berlin.
const NOW: i64 = 1_795_611_780_000_000;

/// A person with the built-in tools.
pub(crate) struct Desk {
    tools: BuiltIn,
    user: UserId,
    _folder: TempDir,
}

impl Desk {
    pub(crate) async fn open() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::open(&Location::Sqlite(folder.path().join("t.db"))).await.unwrap();
        store.migrate_up().await.unwrap();
        let person = NewUser {
            email: "ada@example.org".to_owned(),
            name: "Ada".to_owned(),
            role: UserRole::Owner,
            password_hash: None,
            timezone: "Europe/Berlin".to_owned(),
            mode: agent::permission::Mode::Default,
        };
        let user = store.accounts().add(person, Ts(NOW)).await.unwrap().unwrap().id;
        Self { tools: BuiltIn::new(&store).unwrap(), user, _folder: folder }
    }

    pub(crate) async fn tools(&self) -> Vec<Arc<dyn Tool>> {
        self.tools.tools(self.user).await
    }

    pub(crate) async fn tool(&self, name: &str) -> Arc<dyn Tool> {
        let tools = self.tools().await;
        tools.into_iter().find(|tool| tool.spec().name == name).unwrap()
    }

    pub(crate) fn arguments(&self, id: u128, arguments: Value) -> ToolCall {
        ToolCall {
            id: ToolCallId(Uuid::from_u128(id)),
            user: self.user,
            arguments,
            timezone: "Europe/Berlin".to_owned(),
            now_micros: NOW,
        }
    }

    pub(crate) async fn call(&self, name: &str, arguments: Value) -> Result<Value, ToolError> {
        let call = self.arguments(Uuid::now_v7().as_u128(), arguments);
        Ok(self.tool(name).await.call(call).await?.value)
    }

    pub(crate) async fn summary(&self, name: &str, arguments: Value) -> String {
        self.tool(name).await.summary(&self.arguments(1, arguments)).await
    }
}

#[tokio::test]
async fn a_task_is_made_once_for_one_call() {
    let desk = Desk::open().await;
    let create = desk.tool("create_task").await;
    let call = desk.arguments(7, json!({"title": "Send the offer", "dueOn": "2026-11-27"}));

    let first = create.call(call.clone()).await.unwrap();
    let second = create.call(call).await.unwrap();

    assert_eq!(first, second);
    let all = desk.call("list_tasks", json!({})).await.unwrap();
    assert_eq!(all["items"].as_array().unwrap().len(), 1);
    assert_eq!(all["items"][0]["dueOn"], "2026-11-27");
}

#[tokio::test]
async fn setting_one_due_field_clears_the_other() {
    let desk = Desk::open().await;
    let made =
        desk.call("create_task", json!({"title": "Call", "dueOn": "2026-11-27"})).await.unwrap();
    let change = json!({"id": made["id"], "dueAt": "2026-11-26T14:00:00Z"});

    let changed = desk.call("update_task", change).await.unwrap();

    assert_eq!(changed["dueOn"], Value::Null);
    assert_eq!(changed["dueAt"], "2026-11-26T14:00:00Z");
}

#[tokio::test]
async fn null_clears_and_absent_stays() {
    let desk = Desk::open().await;
    let task =
        json!({"title": "Call", "notes": "about May", "dueOn": "2026-11-27", "assignee": "Bo"});
    let made = desk.call("create_task", task).await.unwrap();

    let changed = desk.call("update_task", json!({"id": made["id"], "dueOn": null})).await.unwrap();

    assert_eq!(changed["dueOn"], Value::Null);
    assert_eq!(changed["notes"], "about May");
    assert_eq!(changed["assignee"], "Bo");
}

#[tokio::test]
async fn what_does_not_fit_changes_nothing_and_tells_the_model_why() {
    let desk = Desk::open().await;
    let both = json!({"title": "Call", "dueOn": "2026-11-27", "dueAt": "2026-11-26T14:00:00Z"});
    let no_day = json!({"title": "Call", "dueOn": "2026-02-31"});
    let nobody = json!({"id": Uuid::now_v7()});

    let refusals = [
        desk.call("create_task", both).await,
        desk.call("create_task", no_day).await,
        desk.call("complete_task", nobody).await,
    ];

    for refusal in refusals {
        assert!(matches!(refusal, Err(ToolError::TellModel(_))), "{refusal:?}");
    }
    let all = desk.call("list_tasks", json!({})).await.unwrap();
    assert_eq!(all["items"], json!([]));
}

#[tokio::test]
async fn deleting_twice_is_the_same_as_once() {
    let desk = Desk::open().await;
    let made = desk.call("create_task", json!({"title": "Call"})).await.unwrap();

    let first = desk.call("delete_task", json!({"id": made["id"]})).await.unwrap();
    let second = desk.call("delete_task", json!({"id": made["id"]})).await.unwrap();

    assert_eq!(first, second);
}

#[tokio::test]
async fn a_person_is_asked_in_words_and_in_their_own_time() {
    let desk = Desk::open().await;
    let made = desk.call("create_task", json!({"title": "Call Bo"})).await.unwrap();
    let due = json!({"title": "Send it", "dueAt": "2026-11-27T14:00:00Z", "assignee": "Bo"});
    let change = json!({"id": made["id"], "status": "done", "dueOn": null});

    let asked = [
        desk.summary("create_task", due).await,
        desk.summary("update_task", change).await,
        desk.summary("delete_task", json!({"id": made["id"]})).await,
    ];

    assert_eq!(
        asked,
        [
            "Add the task “Send it”, due Friday 27 November 2026, 15:00, for Bo",
            "Change the task “Call Bo”: done, no due date",
            "Delete the task “Call Bo” for good",
        ]
    );
}

#[tokio::test]
async fn the_schemas_refuse_what_the_tools_would_not_understand() {
    let desk = Desk::open().await;
    let cases = [
        ("create_task", json!({"title": "x", "priority": 1})),
        ("create_task", json!({"notes": "no title"})),
        ("list_tasks", json!({"status": "late"})),
        ("delete_task", json!({})),
        ("update_task", json!({"id": "x", "colour": "red"})),
    ];

    for (name, arguments) in cases {
        let tool = desk.tool(name).await;
        let problems = check_arguments(&tool.spec().input_schema, &arguments);
        assert!(!problems.is_empty(), "{name} {arguments}");
    }
}

#[tokio::test]
async fn the_check_finds_what_a_schema_cannot_say() {
    let desk = Desk::open().await;
    let both = json!({"title": "x", "dueOn": "2026-11-27", "dueAt": "2026-11-27T14:00:00Z"});
    let cases = [
        ("create_task", both, "/dueAt"),
        ("create_task", json!({"title": "  "}), "/title"),
        ("create_task", json!({"title": "x", "dueOn": "2026-02-30"}), "/dueOn"),
        ("update_task", json!({"id": "x", "dueAt": "soon"}), "/dueAt"),
        ("list_tasks", json!({"dueBefore": "20261127"}), "/dueBefore"),
        ("get_task", json!({"id": 5}), "/id"),
    ];

    for (name, arguments, pointer) in cases {
        let problems = desk.tool(name).await.check(&arguments);
        let pointers: Vec<&str> = problems.iter().map(|each| each.pointer.as_str()).collect();
        assert_eq!(pointers, [pointer], "{name} {arguments}");
    }
    assert_eq!(desk.tool("create_task").await.check(&json!({"title": "x"})), []);
}
