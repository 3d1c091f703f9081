//! Memories.

use agent::UserId;
use store::{ChangeKind, Memories, Memory, Remembered, Ts, fresh};

use crate::fixtures::{Db, NOW, page};
use crate::harness::conformance;

conformance! {
    a_memory_is_kept_as_told,
    one_call_makes_one_memory,
    memories_are_searched_without_case_and_accents,
    a_memory_changes,
    what_is_forgotten_can_be_brought_back_for_a_day,
    there_is_a_most,
    whoever_looks_on_is_told,
    nobody_else_has_them,
}

const DAY: i64 = 86_400;

impl Db {
    fn memories(&self) -> Memories {
        self.store.memories()
    }
}

async fn keep(db: &Db, owner: UserId, text: &str) -> Memory {
    match db.memories().create(owner, text, None, NOW).await.unwrap() {
        Remembered::Kept(memory) => memory,
        Remembered::Full => panic!("full"),
    }
}

async fn texts(db: &Db, owner: UserId, query: Option<&str>) -> Vec<String> {
    let found = db.memories().list(owner, query, &page(200)).await.unwrap();
    found.items.into_iter().map(|memory| memory.text).collect()
}

async fn a_memory_is_kept_as_told(db: Db) {
    let ada = db.person("ada").await;

    let made = keep(&db, ada, "Likes tea").await;
    let newer = keep(&db, ada, "Lives in Zürich").await;

    let expected = Memory { id: made.id, text: "Likes tea".to_owned(), created_at: NOW };
    assert_eq!(made, expected);
    assert_eq!(db.memories().get(ada, made.id).await.unwrap(), Some(made.clone()));
    assert_eq!(db.context(ada, 1).await.memories, std::slice::from_ref(&newer));
    let first = db.memories().list(ada, None, &page(1)).await.unwrap();
    let rest = store::PageRequest { limit: 1, cursor: first.next };
    let rest = db.memories().list(ada, None, &rest).await.unwrap();
    assert_eq!((first.items, rest.items, rest.next), (vec![newer], vec![made], None));
}

async fn one_call_makes_one_memory(db: Db) {
    let (ada, bob) = (db.person("ada").await, db.person("bob").await);
    let call = Some(fresh());

    let first = db.memories().create(ada, "one", call, NOW).await.unwrap();
    let again = db.memories().create(ada, "two", call, NOW).await.unwrap();
    let other = db.memories().create(bob, "mine", call, NOW).await.unwrap();

    assert_eq!(again, first);
    assert_ne!(other, first);
    assert_eq!(texts(&db, ada, None).await, ["one"]);
}

async fn memories_are_searched_without_case_and_accents(db: Db) {
    let ada = db.person("ada").await;
    keep(&db, ada, "Lives in Zürich").await;
    keep(&db, ada, "100 % tea").await;

    for (query, found) in [
        ("ZURICH lives", vec!["Lives in Zürich"]),
        ("lives tea", vec![]),
        ("%", vec!["100 % tea"]),
        ("", vec!["100 % tea", "Lives in Zürich"]),
    ] {
        assert_eq!(texts(&db, ada, Some(query)).await, found, "{query}");
    }
}

async fn a_memory_changes(db: Db) {
    let ada = db.person("ada").await;
    let before = keep(&db, ada, "Likes tea").await;

    let after = db.memories().update(ada, before.id, "Likes café").await.unwrap();

    assert_eq!(after, Some(Memory { text: "Likes café".to_owned(), ..before }));
    assert_eq!(texts(&db, ada, Some("cafe")).await, ["Likes café"]);
    assert_eq!(db.memories().update(ada, fresh(), "x").await.unwrap(), None);
}

async fn what_is_forgotten_can_be_brought_back_for_a_day(db: Db) {
    let ada = db.person("ada").await;
    let (tea, milk) = (keep(&db, ada, "tea").await, keep(&db, ada, "milk").await);
    let (memories, soon) = (db.memories(), NOW.plus_seconds(DAY - 1));
    let late = NOW.plus_seconds(DAY);

    assert_eq!(memories.forget(ada, tea.id, NOW).await.unwrap(), Some(tea.clone()));
    assert_eq!(memories.forget(ada, tea.id, soon).await.unwrap(), Some(tea.clone()), "again");
    assert_eq!(memories.forget(ada, fresh(), NOW).await.unwrap(), None);
    assert_eq!(memories.get(ada, tea.id).await.unwrap(), None);
    assert_eq!(memories.update(ada, tea.id, "x").await.unwrap(), None);
    assert_eq!(texts(&db, ada, None).await, ["milk"]);

    assert_eq!(memories.restore(ada, tea.id, late).await.unwrap(), None, "too late");
    memories.purge(soon).await.unwrap();
    let restored = memories.restore(ada, tea.id, soon).await.unwrap();
    assert_eq!(restored, Some(Remembered::Kept(tea.clone())));
    assert_eq!(memories.restore(ada, tea.id, soon).await.unwrap(), None, "it is there");
    assert_eq!(texts(&db, ada, None).await, ["milk", "tea"]);

    memories.forget(ada, milk.id, NOW).await.unwrap();
    memories.purge(late).await.unwrap();
    assert_eq!(memories.restore(ada, milk.id, NOW).await.unwrap(), None);
    assert_eq!(db.number("SELECT COUNT(*) FROM memories").await, 1);
}

async fn there_is_a_most(db: Db) {
    let ada = db.person("ada").await;
    let first = keep(&db, ada, "first").await;
    for number in 1..1_000 {
        keep(&db, ada, &number.to_string()).await;
    }
    let (memories, more) = (db.memories(), Some(fresh()));

    assert_eq!(memories.create(ada, "more", more, NOW).await.unwrap(), Remembered::Full);
    memories.forget(ada, first.id, NOW).await.unwrap();
    let kept = memories.create(ada, "more", more, NOW).await.unwrap();
    assert!(matches!(kept, Remembered::Kept(_)));
    assert_eq!(memories.restore(ada, first.id, NOW).await.unwrap(), Some(Remembered::Full));
    assert_eq!(memories.get(ada, first.id).await.unwrap(), None);
    assert_eq!(memories.create(ada, "again", more, NOW).await.unwrap(), kept);
}

async fn whoever_looks_on_is_told(db: Db) {
    let ada = db.person("ada").await;
    let mut changes = db.store.changes();

    let memory = keep(&db, ada, "tea").await;
    db.memories().update(ada, memory.id, "milk").await.unwrap();
    db.memories().forget(ada, memory.id, NOW).await.unwrap();
    db.memories().restore(ada, memory.id, NOW).await.unwrap();
    db.memories().update(ada, fresh(), "none").await.unwrap();

    for _ in 0..4 {
        let told = changes.recv().await.unwrap();
        assert_eq!((told.owner, told.kind, told.id), (ada, ChangeKind::Memory, memory.id.0));
    }
    assert!(changes.try_recv().is_err());
}

async fn nobody_else_has_them(db: Db) {
    let (ada, bob) = (db.person("ada").await, db.person("bob").await);
    let memory = keep(&db, ada, "tea").await;
    let (memories, now) = (db.memories(), Ts(NOW.0 + 1));

    assert_eq!(memories.get(bob, memory.id).await.unwrap(), None);
    assert_eq!(memories.update(bob, memory.id, "x").await.unwrap(), None);
    assert_eq!(memories.forget(bob, memory.id, now).await.unwrap(), None);
    assert!(texts(&db, bob, None).await.is_empty());
    memories.forget(ada, memory.id, now).await.unwrap();
    assert_eq!(memories.restore(bob, memory.id, now).await.unwrap(), None);
    let restored = memories.restore(ada, memory.id, now).await.unwrap();
    assert_eq!(restored, Some(Remembered::Kept(memory)));
}
