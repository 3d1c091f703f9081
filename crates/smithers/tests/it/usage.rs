//! What one's own model calls cost.

use serde_json::json;

use crate::data::{Db, journeys};
use crate::world::{World, says};

journeys! {
    each_call_of_the_model_is_on_the_bill_of_its_day,
    days_are_checked,
}

async fn each_call_of_the_model_is_on_the_bill_of_its_day(db: Db) {
    let world = World::start(db).await;
    let empty = world.me.get("/api/usage").await.expect(200);
    assert_eq!((&empty["items"], &empty["total"]["modelCalls"]), (&json!([]), &json!(0)));

    world.exchange("One", says("First.")).await;
    let told = world.exchange("Two", says("Second.")).await;
    let bob = world.somebody_else().await;
    let bill = world.me.get("/api/usage").await.expect(200);

    let [day] = bill["items"].as_array().unwrap().as_slice() else { panic!("{bill}") };
    assert_eq!(day["modelCalls"], 2);
    assert_eq!(bill["nextCursor"], json!(null));
    for name in ["inputTokens", "cacheReadTokens", "cacheWriteTokens", "outputTokens"] {
        assert_eq!(bill["total"][name], day[name], "{name}");
    }
    let last = &told.one("data-usage")["data"]["outputTokens"];
    assert!(day["outputTokens"].as_u64() > last.as_u64(), "{day} {last}");
    world.me.delete("/api/conversations/chat-1").await.expect(204);
    assert_eq!(world.me.get("/api/usage").await.expect(200), bill, "what was spent stays spent");
    assert_eq!(bob.get("/api/usage").await.expect(200)["items"], json!([]));
    let before = world.me.get("/api/usage?to=2000-01-01&from=1999-01-01").await.expect(200);
    assert_eq!(before["items"], json!([]));
}

async fn days_are_checked(db: Db) {
    let world = World::start(db).await;
    for (query, field) in [("from=2026-02-30", "/from"), ("to=yesterday", "/to"), ("to=", "/to")] {
        let path = format!("/api/usage?{query}");
        assert_eq!(world.me.get(&path).await.wrong_fields(), [field], "{query}");
    }
}
