//! Search over what was said.

use agent::{Role, TurnStatus, UserId};
use store::{FoundMessage, PageRequest, StartFrom, StepStatus, StoreError};

use crate::fixtures::{Chat, Db, NOW, edit, end, in_new, message, page, start, started, text_step};
use crate::harness::conformance;

conformance! {
    what_was_said_is_found,
    a_message_is_found_from_its_first_step_or_its_end,
    words_are_found_as_people_write_them,
    what_looks_like_an_operator_is_text,
    text_without_spaces_is_found_from_anywhere,
    long_texts_and_queries_do_no_harm,
    common_words_and_rare_ones_are_found_together,
    every_version_is_found,
    a_deleted_conversation_is_not_found,
    pages_go_on_where_they_ended,
    older_messages_get_their_words_once,
    what_is_imported_says_so,
    nobody_else_has_them,
}

async fn ask(db: &Db, owner: UserId, query: &str) -> Vec<FoundMessage> {
    db.store.search().messages(owner, query, &page(50)).await.unwrap().items
}

/// A conversation that begins with this text.
async fn begun<'a>(db: &'a Db, owner: UserId, text: &str) -> Chat<'a> {
    let begin = start(in_new(None), message(None, None, text));
    let (conversation, turn) = started(db.turns().start(owner, begin).await.unwrap());
    Chat { db, owner, conversation: conversation.id, turn }
}

/// A conversation that begins with this text; the answer broke off and is still to come.
async fn said<'a>(db: &'a Db, owner: UserId, text: &str) -> Chat<'a> {
    let chat = begun(db, owner, text).await;
    chat.step(text_step(StepStatus::Broken, ""), Vec::new()).await;
    chat
}

async fn what_was_said_is_found(db: Db) {
    let ada = db.person("ada").await;
    let chat = said(&db, ada, "Where is the budget?").await;
    chat.answer("The <b>budget</b> is in the drawer.").await;

    let found = ask(&db, ada, "budget").await;
    let answer = ask(&db, ada, "budget drawer").await;

    let expected = FoundMessage {
        conversation_id: chat.conversation,
        message_id: chat.turn.assistant_message_id,
        role: Role::Assistant,
        title: "Hello".to_owned(),
        snippet: "The &lt;b&gt;<mark>budget</mark>&lt;/b&gt; is in the drawer.".to_owned(),
        created_at: NOW,
        is_imported: false,
    };
    let question = FoundMessage {
        message_id: chat.turn.user_message_id,
        role: Role::User,
        snippet: "Where is the <mark>budget</mark>?".to_owned(),
        ..expected.clone()
    };
    assert_eq!(found, [expected, question]);
    assert_eq!(answer.len(), 1);
    assert_eq!(ask(&db, ada, "budget nowhere").await, []);
}

async fn a_message_is_found_from_its_first_step_or_its_end(db: Db) {
    let ada = db.person("ada").await;
    let chat = begun(&db, ada, "tea").await;
    let failed = begun(&db, ada, "coffee").await;

    failed.db.turns().finish(failed.fence(), end(TurnStatus::Failed), NOW).await.unwrap();
    chat.call(&[("write", "d")]).await;

    assert_eq!(ask(&db, ada, "tea").await.len(), 1);
    assert_eq!(ask(&db, ada, "coffee").await.len(), 1);
}

async fn words_are_found_as_people_write_them(db: Db) {
    let ada = db.person("ada").await;
    said(&db, ada, "Zürich: the ﬁnal OFFER, über-fällig 3.14").await;

    for query in [
        "zurich",
        "ZÜRICH",
        "Zu\u{308}rich",
        "final",
        "offer the",
        "off",
        "z",
        "fallig",
        "uber-fallig",
        "3.14",
        "14",
        "\"offer\"",
        "offer offer",
    ] {
        assert_eq!(ask(&db, ada, query).await.len(), 1, "{query}");
    }
    for query in ["urich", "offers", "fer", "zurichoffer", "o'ffer"] {
        assert_eq!(ask(&db, ada, query).await, [], "{query}");
    }
}

async fn what_looks_like_an_operator_is_text(db: Db) {
    let ada = db.person("ada").await;
    said(&db, ada, "this AND that OR not near").await;
    said(&db, ada, "plain").await;

    for (query, count) in [
        ("this OR that", 1),
        ("plain OR this", 0),
        ("NOT plain", 0),
        ("plain NOT this", 0),
        ("NEAR(this that)", 1),
        ("pl*", 1),
        ("\"plain", 1),
        ("'plain' & !x", 0),
        ("words:plain", 0),
        ("(plain)", 1),
        ("-plain", 1),
        ("^plain \\", 1),
        ("pl:*", 1),
        ("this <-> that", 1),
        ("* ( ) : - \" ' & | ! \\ ^", 0),
        ("", 0),
        (" \0 \t", 0),
    ] {
        assert_eq!(ask(&db, ada, query).await.len(), count, "{query}");
    }
}

async fn text_without_spaces_is_found_from_anywhere(db: Db) {
    let ada = db.person("ada").await;
    said(&db, ada, "私は東京に行く").await;
    said(&db, ada, "Party 🎉🎂 and 👩\u{200d}💻").await;
    said(&db, ada, "안녕하세요 여러분").await;

    for (query, count) in [
        ("東京", 1),
        ("東", 1),
        ("東京に行く", 1),
        ("京東", 0),
        ("東京 私は", 1),
        ("🎉", 1),
        ("🎂", 1),
        ("🎂🎉", 0),
        ("party 💻", 1),
        ("안녕", 1),
        ("여러분", 1),
    ] {
        assert_eq!(ask(&db, ada, query).await.len(), count, "{query}");
    }
}

async fn long_texts_and_queries_do_no_harm(db: Db) {
    let ada = db.person("ada").await;
    let numbers: Vec<String> = (0..80_000).map(|number| format!("n{number}")).collect();
    said(&db, ada, &numbers.join(" ")).await;
    said(&db, ada, &"x".repeat(100_000)).await;
    said(&db, ada, &"漢字".repeat(50_000)).await;

    assert_eq!(ask(&db, ada, &numbers[..100].join(" ")).await.len(), 1);
    assert_eq!(ask(&db, ada, &numbers[..500].join(" ")).await.len(), 1);
    assert_eq!(ask(&db, ada, &format!("{} none", numbers[..99].join(" "))).await, []);
    assert_eq!(ask(&db, ada, &"x".repeat(100_000)).await.len(), 1);
    assert_eq!(ask(&db, ada, &"漢字".repeat(100)).await.len(), 1);
}

async fn common_words_and_rare_ones_are_found_together(db: Db) {
    let ada = db.person("ada").await;
    said(&db, ada, "tea at noon").await;
    let id = match db.location {
        store::Location::Sqlite(_) => "randomblob(16)",
        store::Location::Postgres(_) => "gen_random_uuid()",
    };
    // A thousand more messages about tea, of which Postgres then has its statistics.
    let more = format!(
        "WITH RECURSIVE numbers (number) AS
         (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 1000)
         INSERT INTO messages (id, conversation_id, version, role, created_at, preview, plain, parts,
         content) SELECT {id}, conversation_id, 0, role, created_at, preview, plain, parts, content
         FROM messages JOIN numbers ON plain <> ''; UPDATE meta SET has_words = FALSE"
    );
    db.raw(&more).await.unwrap();
    db.store.migrate_up().await.unwrap();
    said(&db, ada, "a quokka drinks tea").await;
    said(&db, ada, "a quokka drinks teak oil").await;
    said(&db, ada, "a quokka drinks steam").await;
    db.raw("ANALYZE").await.unwrap();

    for (query, count) in [
        ("tea quokka", 2),
        ("quo te", 2),
        ("tea noon", 50),
        ("tea noon quokka", 0),
        ("tea quokka drinks oil", 1),
        ("quokka drinks", 3),
    ] {
        assert_eq!(ask(&db, ada, query).await.len(), count, "{query}");
    }
}

async fn every_version_is_found(db: Db) {
    let ada = db.person("ada").await;
    let first = said(&db, ada, "apples").await;
    first.answer("red").await;
    first.branch(edit(None, None, "pears")).await.answer("green").await;
    let again = first.branch(StartFrom::Existing(first.turn.user_message_id)).await;
    again.answer("rotten").await;

    for word in ["apples", "red", "pears", "green", "rotten"] {
        assert_eq!(ask(&db, ada, word).await.len(), 1, "{word}");
    }
}

async fn a_deleted_conversation_is_not_found(db: Db) {
    let ada = db.person("ada").await;
    let (gone, kept) = (said(&db, ada, "tea").await, said(&db, ada, "tea").await);

    db.conversations().delete(ada, gone.conversation).await.unwrap();

    let found = ask(&db, ada, "tea").await;
    let conversations: Vec<_> = found.iter().map(|it| it.conversation_id).collect();
    assert_eq!(conversations, [kept.conversation]);
    assert_eq!(db.number("SELECT COUNT(*) FROM message_words").await, 1);
    if let store::Location::Sqlite(_) = db.location {
        let check = "INSERT INTO message_matches (message_matches, rank)
            VALUES ('integrity-check', 1)";
        db.raw(check).await.unwrap();
    }
}

async fn pages_go_on_where_they_ended(db: Db) {
    let ada = db.person("ada").await;
    for number in 0..5 {
        said(&db, ada, &format!("tea {number}")).await;
    }
    let (mut snippets, mut request) = (Vec::new(), page(2));

    loop {
        let found = db.store.search().messages(ada, "tea", &request).await.unwrap();
        assert!(found.items.len() <= 2);
        snippets.extend(found.items.into_iter().map(|it| it.snippet));
        let Some(next) = found.next else { break };
        request.cursor = Some(next);
    }

    let expected: Vec<String> = (0..5).rev().map(|it| format!("<mark>tea</mark> {it}")).collect();
    assert_eq!(snippets, expected);
    let garbage = PageRequest { limit: 2, cursor: Some("garbage".to_owned()) };
    let refused = db.store.search().messages(ada, "tea", &garbage).await;
    assert!(matches!(refused, Err(StoreError::UnknownCursor)));
}

async fn older_messages_get_their_words_once(db: Db) {
    let ada = db.person("ada").await;
    said(&db, ada, "tea").await.answer("milk").await;
    let forget = "DELETE FROM message_words; UPDATE meta SET has_words = FALSE";
    db.raw(forget).await.unwrap();
    assert_eq!(ask(&db, ada, "tea").await, []);

    db.store.migrate_up().await.unwrap();

    assert_eq!(ask(&db, ada, "tea").await.len(), 1);
    assert_eq!(ask(&db, ada, "milk").await.len(), 1);
    db.raw("DELETE FROM message_words").await.unwrap();
    db.store.migrate_up().await.unwrap();
    assert_eq!(ask(&db, ada, "tea").await, [], "it is not done at every start");
}

async fn what_is_imported_says_so(db: Db) {
    let ada = db.person("ada").await;
    said(&db, ada, "tea").await;
    db.raw("UPDATE conversations SET source = 'chatgpt', external_id = 'x'").await.unwrap();
    said(&db, ada, "tea").await;

    let found = ask(&db, ada, "tea").await;

    let imported: Vec<bool> = found.iter().map(|it| it.is_imported).collect();
    assert_eq!(imported, [false, true]);
}

async fn nobody_else_has_them(db: Db) {
    let (ada, bob) = (db.person("ada").await, db.person("bob").await);
    let of_ada = format!("§{0} {0}", ada.0.simple());
    said(&db, ada, "secret").await;
    said(&db, bob, &format!("{of_ada} mine secret")).await;

    assert_eq!(ask(&db, ada, "secret").await.len(), 1);
    assert_eq!(ask(&db, bob, "secret").await.len(), 1);
    assert_eq!(ask(&db, ada, "mine").await, []);
    assert_eq!(ask(&db, ada, &of_ada).await, []);
    assert_eq!(ask(&db, bob, &format!("{of_ada} secret")).await.len(), 1);
}
