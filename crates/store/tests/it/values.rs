//! What goes in comes out: NUL characters, times, the order of ids.

use serde_json::json;
use store::{StartFrom, StepStatus, Task, Ts, fresh};

use crate::fixtures::{Db, NOW, in_new, message, new_call, page, start, started, text_step};
use crate::harness::conformance;

conformance! {
    nul_characters_are_replaced_everywhere,
    times_come_back_to_the_microsecond,
    times_beyond_the_calendar_are_its_ends,
    ids_are_in_the_order_of_making,
    the_database_answers,
}

async fn nul_characters_are_replaced_everywhere(db: Db) {
    let ada = db.person("ada").await;
    let mut begin = start(in_new(None), message(None, None, ""));
    begin.preamble = Some("a\0b".to_owned());
    if let StartFrom::New { content, parts, plain, .. } = &mut begin.message {
        *content = vec![json!({"type": "text", "text": "a\0b"})];
        *parts = vec![json!({"a\0": "\\u0000"})];
        "a\0b".clone_into(plain);
    }

    let (conversation, turn) = started(db.turns().start(ada, begin).await.unwrap());
    let fence = store::Fence { turn: turn.id, epoch: 1 };
    let mut call = new_call("send\0", "write", "d\0");
    call.arguments = json!({"x": ["\0"]});
    let step = text_step(StepStatus::Complete, "a\0");
    db.turns().record_step(fence, step, vec![call], NOW).await.unwrap();
    let task = Task { title: "a\0b".to_owned(), ..Task::new(NOW) };
    let task = db.tasks().create(ada, task, None).await.unwrap();

    let branch = db.conversations().branch(ada, conversation.id, None).await.unwrap();
    assert_eq!(branch[0].message.content, [json!({"type": "text", "text": "a\u{fffd}b"})]);
    assert_eq!(branch[0].message.parts, [json!({"a\u{fffd}": "\\u0000"})]);
    let rows = branch[1].turn.as_ref().unwrap();
    assert_eq!(rows.turn.preamble.as_deref(), Some("a\u{fffd}b"));
    assert_eq!(rows.steps[0].content, [json!({"type": "text", "text": "a\u{fffd}"})]);
    assert_eq!(rows.calls[0].arguments, json!({"x": ["\u{fffd}"]}));
    assert_eq!(rows.calls[0].tool, "send\u{fffd}");
    assert_eq!(task.title, "a\u{fffd}b");
    let list = db.conversations().list(ada, false, Some("\0"), &page(1)).await.unwrap();
    assert!(list.items.is_empty());
    assert_eq!(db.conversations().find(ada, "\0").await.unwrap(), None);
}

async fn due_at(db: &Db, at: Ts) -> Ts {
    let ada = store::NewUser { ..crate::fixtures::user(&format!("{}@example.com", at.0)) };
    let ada = db.store.accounts().add(ada, NOW).await.unwrap().unwrap().id;
    let task = Task { due_at: Some(at), ..Task::new(NOW) };
    let task = db.tasks().create(ada, task, None).await.unwrap();
    db.tasks().get(ada, task.id).await.unwrap().unwrap().due_at.unwrap()
}

async fn times_come_back_to_the_microsecond(db: Db) {
    for micros in
        [0, 1, -1, 1_790_000_000_123_457, -62_135_596_800_000_000, 253_402_207_200_999_999]
    {
        assert_eq!(due_at(&db, Ts(micros)).await, Ts(micros));
    }
}

async fn times_beyond_the_calendar_are_its_ends(db: Db) {
    assert_eq!(due_at(&db, Ts(i64::MAX)).await, Ts(253_402_207_200_999_999));
    assert_eq!(due_at(&db, Ts(i64::MIN)).await, Ts(-62_135_596_800_000_000));
}

async fn ids_are_in_the_order_of_making(db: Db) {
    let ada = db.person("ada").await;
    let mut made: Vec<agent::TaskId> = Vec::new();
    for _ in 0..100 {
        let task = Task::new(NOW);
        made.push(db.tasks().create(ada, task, None).await.unwrap().id);
    }
    assert!(made.is_sorted());
    made.reverse();

    let list = db.tasks().list(ada, &store::TaskFilter::default(), &page(200)).await.unwrap();

    assert_eq!(list.items.iter().map(|task| task.id).collect::<Vec<_>>(), made);
    let many: Vec<uuid::Uuid> = (0..10_000).map(|_| fresh()).collect();
    assert!(many.windows(2).all(|pair| pair[0] < pair[1]));
}

async fn the_database_answers(db: Db) {
    db.store.ping().await.unwrap();
    let clock = db.store.clock().await.unwrap().day("UTC");
    assert!(clock.starts_with("20"), "{clock}");
    let clone = db.store.clone();
    db.store.close().await;
    assert!(clone.ping().await.is_err());
}
