//! Imports, and the conversations that come with them.

use agent::{ImportId, MessageId, Role, UserId};
use serde_json::json;
use store::{
    Change, ChangeKind, Import, ImportFormat, ImportStatus, ImportedConversation, ImportedMessage,
    ItemOutcome, JobKind, NewImport, fresh,
};
use tokio::sync::mpsc;

use crate::fixtures::{Db, NOW, lease, page, words};
use crate::harness::conformance;

conformance! {
    an_import_comes_with_its_items_and_its_job,
    an_import_that_is_cut_off_is_not_kept,
    a_conversation_comes_with_its_whole_tree,
    what_is_there_is_left_alone,
    an_exported_conversation_is_its_own_duplicate,
    a_worker_that_is_lost_leaves_the_rest_to_the_next,
    two_workers_import_an_item_once,
    the_first_reason_is_kept,
    a_failed_import_keeps_nothing_to_do,
    changes_are_told,
    nobody_else_has_them,
}

fn new(items: i64) -> NewImport {
    let (name, format) = ("chats.json".to_owned(), ImportFormat::ChatGpt);
    NewImport { name, format, items, skipped: 0, error: None }
}

async fn offered(db: &Db, owner: UserId, new: NewImport, bodies: &[&str]) -> Option<Import> {
    let (sender, items) = mpsc::channel(9);
    for body in bodies {
        sender.send((*body).to_owned()).await.unwrap();
    }
    drop(sender);
    db.imports().create(owner, new, items, NOW).await.unwrap()
}

async fn created(db: &Db, owner: UserId, bodies: &[&str]) -> Import {
    offered(db, owner, new(i64::try_from(bodies.len()).unwrap()), bodies).await.unwrap()
}

fn message(parent: Option<usize>, role: Role, text: &str) -> ImportedMessage {
    ImportedMessage {
        parent,
        role,
        created_at: NOW.plus_seconds(-1_000),
        parts: vec![json!({"type": "text", "text": text})],
        content: vec![json!({"type": "text", "text": text})],
        plain: text.to_owned(),
    }
}

/// A question with two answers, of which the first is shown.
fn conversation(external_id: &str) -> ImportedConversation {
    ImportedConversation {
        external_id: external_id.to_owned(),
        title: "Zürich".to_owned(),
        created_at: NOW.plus_seconds(-2_000),
        updated_at: NOW.plus_seconds(-500),
        messages: vec![
            message(None, Role::User, "Where?"),
            message(Some(0), Role::Assistant, "Here."),
            message(Some(0), Role::Assistant, "There.\0"),
        ],
        head: 1,
    }
}

/// Imports the next item as this conversation.
async fn import(db: &Db, import: &Import, external_id: &str) -> ItemOutcome {
    let item = db.imports().next_item(import.id).await.unwrap().unwrap();
    db.imports().import(&item, &conversation(external_id)).await.unwrap()
}

async fn now(db: &Db, owner: UserId, import: &Import) -> Import {
    db.imports().get(owner, import.id).await.unwrap().unwrap()
}

async fn titles(db: &Db, owner: UserId) -> Vec<String> {
    let list = db.conversations().list(owner, false, None, &page(50)).await.unwrap();
    list.items.into_iter().map(|item| item.title).collect()
}

async fn an_import_comes_with_its_items_and_its_job(db: Db) {
    let ada = db.person("ada").await;
    let too_large = NewImport { skipped: 1, error: Some("too large".to_owned()), ..new(2) };

    let made = offered(&db, ada, too_large, &["{\"a\": 1}", "{}"]).await.unwrap();

    assert_eq!((made.total, made.skipped, made.status), (3, 1, ImportStatus::Queued));
    assert_eq!((made.name.as_str(), made.error.as_deref()), ("chats.json", Some("too large")));
    assert_eq!(now(&db, ada, &made).await, made);
    let item = db.imports().next_item(made.id).await.unwrap().unwrap();
    assert_eq!((item.import, item.owner, item.seq), (made.id, ada, 0));
    assert_eq!((item.format, item.body.as_str()), (ImportFormat::ChatGpt, "{\"a\": 1}"));
    let jobs = db.jobs().claim_due(&lease("here", NOW.plus_seconds(9)), NOW, 9).await.unwrap();
    assert_eq!((jobs.len(), jobs[0].kind, jobs[0].subject), (1, JobKind::Import, made.id.0));
}

async fn an_import_that_is_cut_off_is_not_kept(db: Db) {
    let ada = db.person("ada").await;

    let made = offered(&db, ada, new(2), &["{}"]).await;

    assert_eq!(made, None);
    assert_eq!(db.imports().list(ada, &page(9)).await.unwrap().items, []);
    assert_eq!(db.jobs().list(&page(9)).await.unwrap().items, []);
}

async fn a_conversation_comes_with_its_whole_tree(db: Db) {
    let ada = db.person("ada").await;
    let made = created(&db, ada, &["{}"]).await;

    let ItemOutcome::Imported(id) = import(&db, &made, "one").await else { panic!("imported") };

    let found = db.conversations().find(ada, &id.to_string()).await.unwrap().unwrap();
    assert_eq!((found.title.as_str(), found.preview.as_str()), ("Zürich", "There.\u{fffd}"));
    assert_eq!(
        (found.created_at, found.updated_at),
        (NOW.plus_seconds(-2_000), NOW.plus_seconds(-500))
    );
    let whole = db.conversations().whole(ada, id).await.unwrap();
    let texts: Vec<String> = whole.iter().map(|(message, _)| words(&message.content)).collect();
    assert_eq!(texts, ["Where?", "Here.", "There.\u{fffd}"]);
    let ids: Vec<MessageId> = whole.iter().map(|(message, _)| message.id).collect();
    let parents: Vec<_> = whole.iter().map(|(message, _)| message.parent_id).collect();
    assert_eq!(parents, [None, Some(ids[0]), Some(ids[0])]);
    assert!(whole.iter().all(|(message, turn)| {
        turn.is_none()
            && message.imported
            && message.created_at == NOW.plus_seconds(-1_000)
            && !message.parts.is_empty()
    }));
    let shown = db.conversations().branch(ada, id, None).await.unwrap();
    assert_eq!((shown.len(), shown[1].message.id, &shown[1].siblings[..]), (2, ids[1], &ids[1..]));
    assert_eq!(db.imports().next_item(made.id).await.unwrap(), None);
    assert_eq!(now(&db, ada, &made).await.imported, 1);
    assert!(db.imports().finish(made.id, NOW).await.unwrap());
    assert!(!db.imports().finish(made.id, NOW).await.unwrap());
    let ended = now(&db, ada, &made).await;
    assert_eq!((ended.status, ended.ended_at), (ImportStatus::Completed, Some(NOW)));
}

async fn what_is_there_is_left_alone(db: Db) {
    let (ada, bob) = (db.person("ada").await, db.person("bob").await);
    let made = created(&db, ada, &["{}", "{}"]).await;
    let theirs = created(&db, bob, &["{}"]).await;

    assert!(matches!(import(&db, &made, "one").await, ItemOutcome::Imported(_)));
    assert_eq!(import(&db, &made, "one").await, ItemOutcome::Duplicate);
    assert!(matches!(import(&db, &theirs, "one").await, ItemOutcome::Imported(_)));

    let counted = now(&db, ada, &made).await;
    assert_eq!((counted.imported, counted.duplicates), (1, 1));
    assert_eq!((titles(&db, ada).await.len(), titles(&db, bob).await.len()), (1, 1));
}

async fn an_exported_conversation_is_its_own_duplicate(db: Db) {
    let (ada, bob) = (db.person("ada").await, db.person("bob").await);
    let own = db.conversations().create(ada, "Own", NOW).await.unwrap();
    let exported = || NewImport { format: ImportFormat::Smithers, ..new(1) };
    let mine = offered(&db, ada, exported(), &["{}"]).await.unwrap();
    let theirs = offered(&db, bob, exported(), &["{}"]).await.unwrap();
    let foreign = created(&db, ada, &["{}"]).await;

    let id = own.id.to_string();
    assert_eq!(import(&db, &mine, &id).await, ItemOutcome::Duplicate);
    assert!(matches!(import(&db, &theirs, &id).await, ItemOutcome::Imported(_)));
    assert!(matches!(import(&db, &foreign, &id).await, ItemOutcome::Imported(_)));
}

async fn a_worker_that_is_lost_leaves_the_rest_to_the_next(db: Db) {
    let ada = db.person("ada").await;
    let made = created(&db, ada, &["first", "second"]).await;
    let lost = db.jobs().claim_due(&lease("lost", NOW.plus_seconds(9)), NOW, 1).await.unwrap();
    import(&db, &made, "one").await;

    let later = NOW.plus_seconds(10);
    let next = db.jobs().claim_due(&lease("next", later), later, 1).await.unwrap();

    assert_eq!((next[0].id, next[0].attempts), (lost[0].id, 2));
    let item = db.imports().next_item(made.id).await.unwrap().unwrap();
    assert_eq!((item.seq, item.body.as_str()), (1, "second"));
    assert_eq!(now(&db, ada, &made).await.status, ImportStatus::Running);
}

async fn two_workers_import_an_item_once(db: Db) {
    let ada = db.person("ada").await;
    let made = created(&db, ada, &["{}"]).await;
    let item = db.imports().next_item(made.id).await.unwrap().unwrap();
    let (one, two) = (conversation("one"), conversation("two"));

    let imports = db.imports();
    let (first, second) = tokio::join!(imports.import(&item, &one), imports.import(&item, &two));

    let outcomes = [first.unwrap(), second.unwrap()];
    assert!(outcomes.contains(&ItemOutcome::Gone), "{outcomes:?}");
    assert_eq!(titles(&db, ada).await.len(), 1);
    assert_eq!(now(&db, ada, &made).await.imported, 1);
    assert!(!db.imports().skip(&item, "late").await.unwrap());
}

async fn the_first_reason_is_kept(db: Db) {
    let ada = db.person("ada").await;
    let made = created(&db, ada, &["{}", "{}"]).await;

    for reason in ["first", "second"] {
        let item = db.imports().next_item(made.id).await.unwrap().unwrap();
        assert!(db.imports().skip(&item, reason).await.unwrap());
    }

    let counted = now(&db, ada, &made).await;
    assert_eq!((counted.skipped, counted.error.as_deref()), (2, Some("first")));
    assert_eq!(counted.status, ImportStatus::Running);
}

async fn a_failed_import_keeps_nothing_to_do(db: Db) {
    let ada = db.person("ada").await;
    let made = created(&db, ada, &["{}"]).await;

    assert!(db.imports().fail(made.id, "our fault", NOW).await.unwrap());

    assert!(!db.imports().fail(made.id, "again", NOW).await.unwrap());
    assert_eq!(db.imports().next_item(made.id).await.unwrap(), None);
    let failed = now(&db, ada, &made).await;
    assert_eq!((failed.status, failed.error.as_deref()), (ImportStatus::Failed, Some("our fault")));
    assert!(!db.imports().finish(fresh::<ImportId>(), NOW).await.unwrap());
}

async fn changes_are_told(db: Db) {
    let ada = db.person("ada").await;
    let mut changes = db.store.changes();
    let mut told = || -> Vec<ChangeKind> {
        let next = || changes.try_recv().ok();
        std::iter::from_fn(next)
            .filter(|change: &Change| change.owner == ada)
            .map(|change| change.kind)
            .collect()
    };

    let made = created(&db, ada, &["{}", "{}", "{}"]).await;
    assert_eq!(told(), [ChangeKind::Import]);
    import(&db, &made, "one").await;
    assert_eq!(told(), [ChangeKind::Conversation, ChangeKind::Import]);
    import(&db, &made, "one").await;
    assert_eq!(told(), [ChangeKind::Import]);
    let item = db.imports().next_item(made.id).await.unwrap().unwrap();
    db.imports().skip(&item, "broken").await.unwrap();
    assert_eq!(told(), [ChangeKind::Import]);
    db.imports().finish(made.id, NOW).await.unwrap();
    assert_eq!(told(), [ChangeKind::Import]);
}

async fn nobody_else_has_them(db: Db) {
    let (ada, eve) = (db.person("ada").await, db.person("eve").await);
    let made = created(&db, ada, &["{}"]).await;
    let ItemOutcome::Imported(id) = import(&db, &made, "one").await else { panic!("imported") };
    let more = created(&db, ada, &["{}"]).await;

    assert_eq!(db.imports().get(eve, made.id).await.unwrap(), None);
    assert_eq!(db.imports().list(eve, &page(9)).await.unwrap().items, []);
    assert_eq!(db.conversations().whole(eve, id).await.unwrap(), []);
    let first = db.imports().list(ada, &page(1)).await.unwrap();
    assert_eq!((first.items, first.next.is_some()), (vec![more], true));
}
