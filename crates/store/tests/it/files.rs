//! Files.

use agent::{ApprovalStatus, ConversationId, TurnStatus, UserId};
use store::{
    FILE_QUOTA, File, FileDeletion, MessageFile, NewFile, StartFrom, StartIn, StartOutcome, fresh,
};

use crate::fixtures::{Chat, Db, NOW, in_new, message, start, started};
use crate::harness::conformance;

conformance! {
    a_file_comes_back_as_it_was_stored,
    a_message_takes_its_files_along,
    a_file_belongs_to_one_conversation,
    a_file_that_cannot_be_attached_stops_the_start,
    a_refused_start_changes_and_announces_nothing,
    the_same_file_is_found_in_its_conversation,
    a_person_has_room_for_a_gibibyte,
    only_a_loose_file_can_be_deleted,
    loose_files_go_after_a_day,
    files_go_with_their_conversation,
    nobody_else_has_them,
}

const DAY: i64 = 86_400;

fn file(name: &str, data: &[u8]) -> NewFile {
    NewFile {
        id: fresh(),
        name: name.to_owned(),
        media_type: "text/plain".to_owned(),
        sha256: [data.first().copied().unwrap_or_default(); 32],
        data: data.to_vec(),
    }
}

async fn stored(db: &Db, owner: UserId, name: &str) -> File {
    db.files().create(owner, &file(name, b"abc"), NOW).await.unwrap().unwrap()
}

/// A new message with these files.
fn with_files(files: Vec<MessageFile>) -> StartFrom {
    let mut message = message(None, None, "look");
    if let StartFrom::New { files: place, is_edit, .. } = &mut message {
        (*place, *is_edit) = (files, true);
    }
    message
}

async fn send(chat: &Chat<'_>, files: Vec<MessageFile>) -> StartOutcome {
    chat.start(with_files(files)).await
}

async fn place(db: &Db, owner: UserId, file: &File) -> Option<ConversationId> {
    db.files().head(owner, file.id).await.unwrap().unwrap().conversation_id
}

async fn a_file_comes_back_as_it_was_stored(db: Db) {
    let ada = db.person("ada").await;
    let every_byte: Vec<u8> = (0..=255).collect();
    let new = file("caf\u{e9} \u{1F95B}.txt", &every_byte);

    let kept = db.files().create(ada, &new, NOW).await.unwrap().unwrap();

    let expected = File {
        id: new.id,
        conversation_id: None,
        name: new.name,
        media_type: "text/plain".to_owned(),
        size: 256,
        sha256: new.sha256,
        created_at: NOW,
    };
    assert_eq!(kept, expected);
    assert_eq!(db.files().head(ada, kept.id).await.unwrap(), Some(kept.clone()));
    assert_eq!(db.files().read(ada, kept.id, 256).await.unwrap(), Some(every_byte));
    assert_eq!(db.files().read(ada, kept.id, 255).await.unwrap(), None, "it is larger");
}

async fn a_message_takes_its_files_along(db: Db) {
    let ada = db.person("ada").await;
    let uploaded = stored(&db, ada, "a").await;
    let (inline, data) = (file("b", b"xyz"), b"xyz".to_vec());
    let id = inline.id;
    let files = vec![MessageFile::Kept(uploaded.id), MessageFile::New(inline)];

    let begin = start(in_new(Some("c")), with_files(files));
    let (conversation, _) = started(db.turns().start(ada, begin).await.unwrap());

    assert_eq!(place(&db, ada, &uploaded).await, Some(conversation.id));
    let inline = db.files().head(ada, id).await.unwrap().unwrap();
    assert_eq!((inline.conversation_id, inline.size), (Some(conversation.id), 3));
    assert_eq!(db.files().read(ada, id, 9).await.unwrap(), Some(data));
}

async fn a_file_belongs_to_one_conversation(db: Db) {
    let chat = db.new_chat().await;
    chat.answer("one").await;
    let other = db.chat(chat.owner).await;
    other.answer("one").await;
    let file = stored(&db, chat.owner, "a").await;
    let kept = || vec![MessageFile::Kept(file.id)];

    let first = chat.branch(with_files(kept())).await;
    first.answer("seen").await;
    let again = send(&chat, kept()).await;
    let elsewhere = send(&other, kept()).await;

    assert!(matches!(again, StartOutcome::Started { .. }), "{again:?}");
    assert!(matches!(elsewhere, StartOutcome::FileGone), "{elsewhere:?}");
    assert_eq!(place(&db, chat.owner, &file).await, Some(chat.conversation));
}

async fn a_file_that_cannot_be_attached_stops_the_start(db: Db) {
    let (ada, bob) = (db.person("ada").await, db.person("bob").await);
    let (mine, theirs) = (stored(&db, ada, "a").await, stored(&db, bob, "b").await);

    for other in [theirs.id, fresh()] {
        let files = vec![MessageFile::Kept(mine.id), MessageFile::Kept(other)];
        let outcome = db.turns().start(ada, start(in_new(None), with_files(files))).await.unwrap();
        assert!(matches!(outcome, StartOutcome::FileGone), "{outcome:?}");
    }

    assert_eq!(place(&db, ada, &mine).await, None);
    assert_eq!(place(&db, bob, &theirs).await, None);
    for table in ["conversations", "messages", "turns"] {
        assert_eq!(db.number(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
    }
}

async fn a_refused_start_changes_and_announces_nothing(db: Db) {
    let chat = db.new_chat().await;
    let (_, approval) = chat.parked().await;
    let mut changes = db.store.changes();

    // It has superseded the waiting turn when it finds out.
    let outcome = send(&chat, vec![MessageFile::Kept(fresh())]).await;

    assert!(matches!(outcome, StartOutcome::FileGone), "{outcome:?}");
    assert!(changes.try_recv().is_err());
    assert_eq!(chat.status().await, TurnStatus::Waiting);
    let approval = db.approvals().get(chat.owner, approval).await.unwrap().unwrap();
    assert_eq!(approval.status, ApprovalStatus::Pending);
}

async fn the_same_file_is_found_in_its_conversation(db: Db) {
    let chat = db.new_chat().await;
    chat.answer("one").await;
    let (ada, bob) = (chat.owner, db.person("bob").await);
    let kept = file("a", b"abc");
    stored(&db, ada, "a").await;
    chat.branch(with_files(vec![MessageFile::New(kept.clone())])).await;

    let twin = NewFile { id: fresh(), ..kept.clone() };
    let find = async |owner, within, file: &NewFile| {
        db.files().find_same(owner, within, file).await.unwrap()
    };

    assert_eq!(find(ada, chat.conversation, &twin).await, Some(kept.id));
    assert_eq!(find(ada, fresh(), &twin).await, None);
    assert_eq!(find(bob, chat.conversation, &twin).await, None);
    for other in [
        NewFile { name: "b".to_owned(), ..twin.clone() },
        NewFile { media_type: "text/csv".to_owned(), ..twin.clone() },
        NewFile { sha256: [0; 32], ..twin.clone() },
    ] {
        assert_eq!(find(ada, chat.conversation, &other).await, None);
    }
}

async fn a_person_has_room_for_a_gibibyte(db: Db) {
    let (ada, bob) = (db.person("ada").await, db.person("bob").await);
    stored(&db, ada, "a").await;
    db.raw(&format!("UPDATE files SET size = {}", FILE_QUOTA - 3)).await.unwrap();

    let too_much = db.files().create(ada, &file("b", b"four"), NOW).await.unwrap();
    let files = vec![MessageFile::New(file("b", b"four"))];
    let in_message = db.turns().start(ada, start(in_new(None), with_files(files))).await.unwrap();
    let theirs = db.files().create(bob, &file("b", b"four"), NOW).await.unwrap();
    let fits = db.files().create(ada, &file("b", b"abc"), NOW).await.unwrap();
    let full = db.files().create(ada, &file("b", b"d"), NOW).await.unwrap();

    assert_eq!(too_much, None);
    assert!(matches!(in_message, StartOutcome::FilesFull), "{in_message:?}");
    assert!(theirs.is_some() && fits.is_some());
    assert_eq!(full, None);
    assert_eq!(db.number("SELECT COUNT(*) FROM files").await, 3);
    assert_eq!(db.number("SELECT COUNT(*) FROM turns").await, 0);
}

async fn only_a_loose_file_can_be_deleted(db: Db) {
    let ada = db.person("ada").await;
    let (loose, held) = (stored(&db, ada, "a").await, stored(&db, ada, "b").await);
    let begin = start(in_new(None), with_files(vec![MessageFile::Kept(held.id)]));
    started(db.turns().start(ada, begin).await.unwrap());

    let deleted = db.files().delete(ada, loose.id).await.unwrap();
    let again = db.files().delete(ada, loose.id).await.unwrap();
    let attached = db.files().delete(ada, held.id).await.unwrap();

    assert_eq!((deleted, again), (Some(FileDeletion::Deleted), None));
    assert_eq!(attached, Some(FileDeletion::Attached));
    assert_eq!(db.files().head(ada, loose.id).await.unwrap(), None);
    assert_eq!(db.files().read(ada, held.id, 9).await.unwrap(), Some(b"abc".to_vec()));
}

async fn loose_files_go_after_a_day(db: Db) {
    let ada = db.person("ada").await;
    let (loose, held) = (stored(&db, ada, "a").await, stored(&db, ada, "b").await);
    let begin = start(in_new(None), with_files(vec![MessageFile::Kept(held.id)]));
    started(db.turns().start(ada, begin).await.unwrap());

    let early = db.files().purge_unattached(NOW.plus_seconds(DAY - 1)).await.unwrap();
    let due = db.files().purge_unattached(NOW.plus_seconds(DAY)).await.unwrap();

    assert_eq!((early, due), (0, 1));
    assert_eq!(db.files().head(ada, loose.id).await.unwrap(), None);
    assert!(db.files().head(ada, held.id).await.unwrap().is_some());
}

async fn files_go_with_their_conversation(db: Db) {
    let chat = db.new_chat().await;
    chat.answer("one").await;
    let (held, loose) = (stored(&db, chat.owner, "a").await, stored(&db, chat.owner, "b").await);
    chat.branch(with_files(vec![MessageFile::Kept(held.id)])).await.answer("seen").await;

    assert!(db.conversations().delete(chat.owner, chat.conversation).await.unwrap());

    assert_eq!(db.files().head(chat.owner, held.id).await.unwrap(), None);
    assert!(db.files().head(chat.owner, loose.id).await.unwrap().is_some());
    let gone = start(StartIn::Existing(chat.conversation), with_files(Vec::new()));
    let gone = db.turns().start(chat.owner, gone).await.unwrap();
    assert!(matches!(gone, StartOutcome::NotFound), "{gone:?}");
}

async fn nobody_else_has_them(db: Db) {
    let (ada, bob) = (db.person("ada").await, db.person("bob").await);
    let file = stored(&db, ada, "a").await;

    assert_eq!(db.files().head(bob, file.id).await.unwrap(), None);
    assert_eq!(db.files().read(bob, file.id, 9).await.unwrap(), None);
    assert_eq!(db.files().delete(bob, file.id).await.unwrap(), None);

    assert_eq!(db.files().head(ada, file.id).await.unwrap(), Some(file));
}
