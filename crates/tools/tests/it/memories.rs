//! The memory tools and the search tool on a real database.

use agent::tool::{Effect, ToolError};
use serde_json::json;
use uuid::Uuid;

use crate::tasks::Desk;

#[tokio::test]
async fn what_is_remembered_can_be_forgotten() {
    let desk = Desk::open().await;

    let made = desk.call("remember", json!({"text": " Likes tea "})).await.unwrap();
    let listed = desk.call("list_memories", json!({"q": "TEA"})).await.unwrap();
    let asked = desk.summary("forget", json!({"id": made["id"]})).await;
    let first = desk.call("forget", json!({"id": made["id"]})).await.unwrap();
    let again = desk.call("forget", json!({"id": made["id"]})).await.unwrap();

    assert_eq!((&made["text"], &made["undo"]), (&json!("Likes tea"), &json!("forget")));
    assert_eq!(listed["items"][0]["id"], made["id"]);
    assert_eq!(asked, "Forget “Likes tea”");
    let forgotten =
        json!({"forgotten": true, "id": made["id"], "text": "Likes tea", "undo": "restore"});
    assert_eq!((&first, &again), (&forgotten, &forgotten));
    let rest = desk.call("list_memories", json!({})).await.unwrap();
    assert_eq!(rest["items"], json!([]));
}

#[tokio::test]
async fn they_run_without_asking_because_they_can_be_undone() {
    let desk = Desk::open().await;

    for tool in desk.tools().await {
        let expected = matches!(tool.spec().name.as_str(), "remember" | "forget");
        assert_eq!(tool.spec().effect == Effect::UNDOABLE, expected, "{}", tool.spec().name);
    }
}

#[tokio::test]
async fn the_model_is_told_what_does_not_fit() {
    let desk = Desk::open().await;

    for (name, arguments) in [
        ("remember", json!({"text": " "})),
        ("forget", json!({"id": Uuid::now_v7()})),
        ("forget", json!({"id": "x"})),
        ("list_memories", json!({"cursor": "garbage"})),
        ("search_conversations", json!({"q": "tea", "cursor": "garbage"})),
        ("list_tasks", json!({"cursor": "garbage"})),
    ] {
        let refused = desk.call(name, arguments).await;
        assert!(matches!(refused, Err(ToolError::TellModel(_))), "{name}: {refused:?}");
    }
    let found = desk.call("search_conversations", json!({"q": "tea"})).await.unwrap();
    assert_eq!(found, json!({"items": [], "nextCursor": null}));
}
