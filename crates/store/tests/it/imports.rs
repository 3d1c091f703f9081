//! Imports, and the conversations that come with them.

use agent::{FileId, ImportId, MessageId, Role, UserId};
use serde_json::json;
use store::{
    Change, ChangeKind, FILE_QUOTA, IMPORT_QUOTA, Import, ImportFormat, ImportItem, ImportStart,
    ImportStatus, ImportedConversation, ImportedMessage, ItemOutcome, JobKind, NewFile, NewImport,
    NewItem, fresh,
};

use crate::fixtures::{Db, NOW, lease, page, words};
use crate::harness::conformance;

conformance! {
    an_import_comes_with_its_items_and_its_job,
    others_write_while_an_import_comes_in,
    an_import_that_is_cut_off_is_removed,
    a_person_has_three_open_imports,
    open_imports_have_a_gibibyte,
    a_conversation_comes_with_its_whole_tree,
    a_conversation_comes_with_its_files,
    files_of_what_is_there_are_not_kept,
    what_is_there_is_left_alone,
    an_exported_conversation_is_its_own_duplicate,
    a_worker_that_is_lost_leaves_the_rest_to_the_next,
    two_workers_import_an_item_once,
    the_first_problems_are_kept,
    a_failed_import_keeps_nothing_to_do,
    changes_are_told,
    nobody_else_has_them,
}

fn new(total: i64) -> NewImport {
    let (name, format) = ("chats.json".to_owned(), ImportFormat::ChatGpt);
    NewImport { name, format, total, skipped: 0, bytes: 10, problem: None }
}

fn items(bodies: &[&str]) -> Vec<NewItem> {
    let item = |(seq, body): (i64, &&str)| NewItem { seq, part: 0, body: (*body).to_owned() };
    (0..).zip(bodies).map(item).collect()
}

async fn begun(db: &Db, owner: UserId, new: NewImport) -> ImportId {
    let start = db.imports().begin(owner, new, NOW).await.unwrap();
    let ImportStart::Begun(id) = start else { panic!("{start:?}") };
    id
}

async fn arrived(db: &Db, owner: UserId, new: NewImport, items: &[NewItem]) -> Import {
    let id = begun(db, owner, new).await;
    assert!(db.imports().add(id, items, NOW).await.unwrap());
    db.imports().enqueue(owner, id, NOW).await.unwrap().unwrap()
}

async fn created(db: &Db, owner: UserId, bodies: &[&str]) -> Import {
    arrived(db, owner, new(i64::try_from(bodies.len()).unwrap()), &items(bodies)).await
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
        problem: None,
    }
}

async fn next(db: &Db, import: &Import) -> ImportItem {
    db.imports().next_item(import.id).await.unwrap().unwrap()
}

/// Imports the next item as this conversation.
async fn import(db: &Db, import: &Import, external_id: &str) -> ItemOutcome {
    let item = next(db, import).await;
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
    let too_large = NewImport { skipped: 1, problem: Some("too\nlarge".to_owned()), ..new(3) };

    let made = arrived(&db, ada, too_large, &items(&["{\"a\": 1}", "{}"])).await;

    assert_eq!((made.total, made.skipped, made.status), (3, 1, ImportStatus::Queued));
    assert_eq!((made.name.as_str(), made.problems.as_str()), ("chats.json", "too large\n"));
    assert_eq!(now(&db, ada, &made).await, made);
    let item = next(&db, &made).await;
    assert_eq!((item.import, item.owner, item.seq), (made.id, ada, 0));
    assert_eq!((item.format, item.body.as_str()), (ImportFormat::ChatGpt, "{\"a\": 1}"));
    let jobs = db.jobs().claim_due(&lease("here", NOW.plus_seconds(9)), NOW, 9).await.unwrap();
    assert_eq!((jobs.len(), jobs[0].kind, jobs[0].subject), (1, JobKind::Import, made.id.0));
}

async fn others_write_while_an_import_comes_in(db: Db) {
    let (ada, bob) = (db.person("ada").await, db.person("bob").await);
    let id = begun(&db, ada, new(2)).await;

    for item in items(&["{}", "{}"]) {
        assert!(db.imports().add(id, &[item], NOW).await.unwrap());
        db.conversations().create(bob, "Meanwhile", NOW).await.unwrap();
        assert_eq!(db.imports().get(ada, id).await.unwrap(), None, "nobody sees half of it");
        assert_eq!(db.imports().list(ada, &page(9)).await.unwrap().items, []);
        assert_eq!(db.number("SELECT COUNT(*) FROM jobs").await, 0);
    }

    assert_eq!(db.imports().enqueue(bob, id, NOW).await.unwrap(), None);
    assert!(db.imports().enqueue(ada, id, NOW).await.unwrap().is_some());
    assert_eq!(db.imports().enqueue(ada, id, NOW).await.unwrap(), None);
    assert!(!db.imports().add(id, &items(&["{}"]), NOW).await.unwrap(), "it is whole");
}

async fn an_import_that_is_cut_off_is_removed(db: Db) {
    let ada = db.person("ada").await;
    let whole = created(&db, ada, &["{}"]).await;
    let slow = begun(&db, ada, new(2)).await;
    begun(&db, ada, new(2)).await;
    assert!(db.imports().add(slow, &items(&["{}"]), NOW.plus_seconds(50)).await.unwrap());

    assert_eq!(db.imports().purge_cut_off(NOW.plus_seconds(60)).await.unwrap(), 0);
    assert_eq!(db.imports().purge_cut_off(NOW.plus_seconds(61)).await.unwrap(), 1);
    assert_eq!(db.imports().purge_cut_off(NOW.plus_seconds(111)).await.unwrap(), 1);

    assert!(!db.imports().add(slow, &items(&["{}"]), NOW).await.unwrap());
    assert_eq!(db.imports().enqueue(ada, slow, NOW).await.unwrap(), None);
    assert_eq!(db.imports().list(ada, &page(9)).await.unwrap().items, [whole]);
    assert_eq!(db.number("SELECT COUNT(*) FROM import_items").await, 1);
}

async fn a_person_has_three_open_imports(db: Db) {
    let (ada, bob) = (db.person("ada").await, db.person("bob").await);
    let ended = created(&db, ada, &[]).await;
    db.imports().finish(ended.id, NOW).await.unwrap();
    created(&db, ada, &["{}"]).await;
    created(&db, ada, &["{}"]).await;

    let imports = db.imports();
    let another = |now| imports.begin(ada, new(1), now);
    let (one, two) = tokio::join!(another(NOW), another(NOW));

    let starts = [one.unwrap(), two.unwrap()];
    assert!(starts.contains(&ImportStart::TooMany), "{starts:?}");
    assert!(starts.iter().any(|start| matches!(start, ImportStart::Begun(_))), "{starts:?}");
    begun(&db, bob, new(1)).await;
    let later = another(NOW.plus_seconds(61)).await.unwrap();
    assert!(matches!(later, ImportStart::Begun(_)), "one was cut off: {later:?}");
}

async fn open_imports_have_a_gibibyte(db: Db) {
    let ada = db.person("ada").await;
    let of = |bytes| NewImport { bytes, ..new(1) };
    let start = async |bytes| db.imports().begin(ada, of(bytes), NOW).await.unwrap();
    assert_eq!(start(IMPORT_QUOTA + 1).await, ImportStart::TooLarge);
    let large = arrived(&db, ada, of(IMPORT_QUOTA - 5), &items(&["{}"])).await;

    assert_eq!(start(6).await, ImportStart::TooLarge);
    assert!(matches!(start(5).await, ImportStart::Begun(_)));
    db.imports().finish(large.id, NOW).await.unwrap();
    assert!(matches!(start(6).await, ImportStart::Begun(_)));
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

fn file(name: &str) -> NewFile {
    NewFile {
        id: fresh(),
        name: name.to_owned(),
        media_type: "text/plain".to_owned(),
        sha256: [7; 32],
        data: b"abc".to_vec(),
    }
}

/// An import of one conversation with three files, of which the first is stored, the second is left
/// out, and there is no room for the third.
async fn with_files(db: &Db, owner: UserId) -> (Import, FileId, FileId) {
    let part = |part: i64| NewItem { seq: 0, part, body: format!("file {part}") };
    let made = arrived(db, owner, new(1), &[part(1), part(2), part(3), part(0)]).await;
    let (item, imports) = (next(db, &made).await, db.imports());
    let (former, stored) = (fresh::<FileId>(), file("a"));
    for (part, known, is_kept) in [
        (1, Some((former, &stored)), true),
        (2, None, false),
        (3, Some((former, &file("c"))), false),
    ] {
        if part == 3 {
            db.raw(&format!("UPDATE files SET size = {FILE_QUOTA}")).await.unwrap();
        }
        let next = imports.next_file(&item).await.unwrap().unwrap();
        assert_eq!((next.part, next.body), (part, format!("file {part}")));
        assert_eq!(imports.settle_file(&item, part, known, NOW).await.unwrap(), is_kept);
    }
    assert_eq!(imports.next_file(&item).await.unwrap(), None);
    (made, former, stored.id)
}

async fn a_conversation_comes_with_its_files(db: Db) {
    let ada = db.person("ada").await;
    let (made, former, stored) = with_files(&db, ada).await;
    let settled = db.imports().settled_files(&next(&db, &made).await).await.unwrap();
    let loose = db.files().head(ada, stored).await.unwrap().unwrap();
    assert_eq!(settled, [(former.to_string(), loose)]);
    let later = NOW.plus_seconds(10 * 86_400);
    assert_eq!(db.files().purge_unattached(later).await.unwrap(), 0, "it waits");

    let ItemOutcome::Imported(id) = import(&db, &made, "one").await else { panic!("imported") };

    let files = db.files().of_conversation(ada, id).await.unwrap();
    assert_eq!((files.len(), files[0].id, files[0].conversation_id), (1, stored, Some(id)));
    assert_eq!(db.number("SELECT COUNT(*) FROM import_items").await, 0);
    assert_eq!(db.number("SELECT COUNT(*) FROM files").await, 1);
}

async fn files_of_what_is_there_are_not_kept(db: Db) {
    let ada = db.person("ada").await;
    let first = created(&db, ada, &["{}"]).await;
    assert!(matches!(import(&db, &first, "one").await, ItemOutcome::Imported(_)));
    let (again, ..) = with_files(&db, ada).await;

    assert_eq!(import(&db, &again, "one").await, ItemOutcome::Duplicate);

    assert_eq!(db.number("SELECT COUNT(*) FROM files").await, 0);
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
    let mine = arrived(&db, ada, exported(), &items(&["{}"])).await;
    let theirs = arrived(&db, bob, exported(), &items(&["{}"])).await;
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

async fn the_first_problems_are_kept(db: Db) {
    const MANY: usize = 30;
    let ada = db.person("ada").await;
    let made = created(&db, ada, &["{}"; MANY]).await;
    let odd = ImportedConversation { problem: Some("odd".to_owned()), ..conversation("one") };

    for _ in 0..2 {
        db.imports().import(&next(&db, &made).await, &odd).await.unwrap();
    }
    for number in 2..MANY {
        let reason = format!("{number} {}", "x".repeat(300));
        assert!(db.imports().skip(&next(&db, &made).await, &reason).await.unwrap());
    }

    let counted = now(&db, ada, &made).await;
    let problems: Vec<&str> = counted.problems.lines().collect();
    assert_eq!((counted.imported, counted.duplicates, counted.skipped), (1, 1, 28));
    assert_eq!((problems[0], &problems[1][..3]), ("odd", "2 x"), "a duplicate has none");
    assert!((10..MANY - 5).contains(&problems.len()), "{}", problems.len());
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
    let stored = db.files().create(ada, &file("a"), NOW).await.unwrap().unwrap();
    db.raw("UPDATE files SET conversation_id = (SELECT id FROM conversations)").await.unwrap();

    assert_eq!(db.files().of_conversation(ada, id).await.unwrap()[0].id, stored.id);
    assert_eq!(db.files().of_conversation(eve, id).await.unwrap(), []);
    assert_eq!(db.imports().get(eve, made.id).await.unwrap(), None);
    assert_eq!(db.imports().list(eve, &page(9)).await.unwrap().items, []);
    assert_eq!(db.conversations().whole(eve, id).await.unwrap(), []);
    let first = db.imports().list(ada, &page(1)).await.unwrap();
    assert_eq!((first.items, first.next.is_some()), (vec![more], true));
}
