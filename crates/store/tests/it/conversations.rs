//! Conversations, their list, and their messages by id.

use agent::TurnStatus;
use store::{
    ChangeKind, ConversationChange, JobKind, PageRequest, StepStatus, StoreError, TurnEnd, fresh,
};

use crate::fixtures::{
    Chat, Db, NOW, end, in_new, lease, message, page, start, started, text_step,
};
use crate::harness::conformance;

conformance! {
    conversations_are_found_by_either_id,
    the_list_shows_pinned_first_then_the_latest,
    the_list_finds_titles,
    the_list_shows_state_and_preview,
    pages_are_stable_while_new_ones_come,
    a_change_touches_only_what_it_names,
    a_model_is_remembered_until_another_is_chosen,
    deleting_takes_everything_along,
    messages_are_found_by_either_id,
    nobody_else_has_them,
    a_conversation_is_named_once,
}

async fn conversations_are_found_by_either_id(db: Db) {
    let ada = db.person("ada").await;
    let made = db.conversations().create(ada, "Plans", NOW).await.unwrap();
    let post = start(in_new(Some("client-1")), message(None, None, "hi"));
    let (begun, _) = started(db.turns().start(ada, post).await.unwrap());

    let by_id = db.conversations().find(ada, &made.id.to_string()).await.unwrap();
    let by_client = db.conversations().find(ada, "client-1").await.unwrap();

    assert_eq!(by_id, Some(made));
    assert_eq!(by_client, Some(begun.clone()));
    for unknown in ["client-2", "", &fresh::<uuid::Uuid>().to_string()] {
        assert_eq!(db.conversations().find(ada, unknown).await.unwrap(), None);
    }
    let other_form = begun.id.0.simple().to_string();
    assert_eq!(db.conversations().find(ada, &other_form).await.unwrap(), None);
}

async fn the_list_shows_pinned_first_then_the_latest(db: Db) {
    let ada = db.person("ada").await;
    let mut ids = Vec::new();
    for second in [3, 1, 2, 2] {
        let made = db.conversations().create(ada, "", NOW.plus_seconds(second)).await.unwrap();
        ids.push(made.id);
    }
    let pin = ConversationChange { pinned: Some(true), ..ConversationChange::default() };
    let archive = ConversationChange { archived: Some(true), ..ConversationChange::default() };
    db.conversations().update(ada, ids[1], pin).await.unwrap();
    let archived = db.conversations().create(ada, "", NOW).await.unwrap();
    db.conversations().update(ada, archived.id, archive).await.unwrap();

    let list = db.conversations().list(ada, false, None, &page(50)).await.unwrap();
    let hidden = db.conversations().list(ada, true, None, &page(50)).await.unwrap();

    let listed: Vec<_> = list.items.iter().map(|item| item.id).collect();
    assert_eq!(listed, [ids[1], ids[0], ids[3], ids[2]]);
    assert_eq!(list.next, None);
    assert_eq!(hidden.items.len(), 1);
    assert_eq!(hidden.items[0].id, archived.id);
}

async fn the_list_finds_titles(db: Db) {
    let ada = db.person("ada").await;
    for title in ["Ausflug nach Zürich", "100 % sure", "100 per cent sure"] {
        db.conversations().create(ada, title, NOW).await.unwrap();
    }

    for (query, expected) in [
        ("ZURICH", "Ausflug nach Zürich"),
        ("0 % s", "100 % sure"),
        ("PER CENT", "100 per cent sure"),
    ] {
        let found = db.conversations().list(ada, false, Some(query), &page(50)).await.unwrap();
        let titles: Vec<_> = found.items.iter().map(|item| item.title.as_str()).collect();
        assert_eq!(titles, [expected], "{query}");
    }
    let long = "x".repeat(100_000);
    let nothing = db.conversations().list(ada, false, Some(&long), &page(50)).await.unwrap();
    assert!(nothing.items.is_empty());
}

async fn the_list_shows_state_and_preview(db: Db) {
    let chat = db.new_chat().await;
    let long = "ü".repeat(200);
    let item = async || {
        let list = db.conversations().list(chat.owner, false, None, &page(1)).await.unwrap();
        let item = list.items.into_iter().next().unwrap();
        (item.active, item.preview)
    };

    assert_eq!(item().await, (Some(TurnStatus::Running), "hello".to_owned()));
    chat.answer(&long).await;
    assert_eq!(item().await, (None, "ü".repeat(140)));
    let silent = chat.say("").await;
    db.turns().finish(silent.fence(), end(TurnStatus::Failed), NOW).await.unwrap();
    assert_eq!(item().await, (None, "ü".repeat(140)));
}

async fn pages_are_stable_while_new_ones_come(db: Db) {
    let ada = db.person("ada").await;
    let mut made = Vec::new();
    for second in 0..7 {
        // Two at each moment, so that the id decides too.
        let now = NOW.plus_seconds(second / 2);
        made.push(db.conversations().create(ada, "", now).await.unwrap().id);
    }
    made.reverse();

    let mut request = page(2);
    let mut seen = Vec::new();
    loop {
        let list = db.conversations().list(ada, false, None, &request).await.unwrap();
        seen.extend(list.items.iter().map(|item| item.id));
        db.conversations().create(ada, "newer", NOW.plus_seconds(100)).await.unwrap();
        let Some(next) = list.next else { break };
        request.cursor = Some(next);
    }

    assert_eq!(seen, made);
    let strange = PageRequest { limit: 0, cursor: Some("no cursor".to_owned()) };
    let refused = db.conversations().list(ada, false, None, &strange).await;
    assert!(matches!(refused, Err(StoreError::UnknownCursor)));
    let smallest = PageRequest { limit: 0, cursor: None };
    let first = db.conversations().list(ada, false, None, &smallest).await.unwrap();
    assert_eq!(first.items.len(), 1);
    assert_eq!(first.items[0].title, "newer");
}

async fn a_change_touches_only_what_it_names(db: Db) {
    let ada = db.person("ada").await;
    let before = db.conversations().create(ada, "Old", NOW).await.unwrap();
    let change =
        ConversationChange { title: Some("New".to_owned()), ..ConversationChange::default() };

    let after = db.conversations().update(ada, before.id, change).await.unwrap().unwrap();

    assert_eq!(after, store::Conversation { title: "New".to_owned(), ..before });
    let found = db.conversations().list(ada, false, Some("new"), &page(1)).await.unwrap();
    assert_eq!(found.items, [after]);
    let nothing = ConversationChange::default();
    assert_eq!(db.conversations().update(ada, fresh(), nothing).await.unwrap(), None);
}

async fn a_model_is_remembered_until_another_is_chosen(db: Db) {
    let ada = db.person("ada").await;
    let model = |model: Option<&str>| ConversationChange {
        model: Some(model.map(str::to_owned)),
        ..ConversationChange::default()
    };
    let mut first = start(in_new(Some("c")), message(None, None, "hello"));
    (first.chosen, first.wanted) = (Some("large".to_owned()), Some("large".to_owned()));
    let (begun, turn) = started(db.turns().start(ada, first).await.unwrap());
    let chat = Chat { db: &db, owner: ada, conversation: begun.id, turn };
    chat.answer("Hi.").await;
    let (after_another, turn) =
        started(chat.start(message(None, chat.head().await, "again")).await);
    let untouched = ConversationChange::default();
    let untouched = db.conversations().update(ada, begun.id, untouched).await.unwrap().unwrap();
    let small = db.conversations().update(ada, begun.id, model(Some("small"))).await;
    let none = db.conversations().update(ada, begun.id, model(None)).await.unwrap().unwrap();

    assert_eq!(begun.model.as_deref(), Some("large"));
    assert_eq!(chat.turn.wanted.as_deref(), Some("large"));
    assert_eq!(after_another.model.as_deref(), Some("large"));
    assert_eq!(turn.wanted, None);
    assert_eq!(untouched.model.as_deref(), Some("large"));
    assert_eq!(small.unwrap().unwrap().model.as_deref(), Some("small"));
    assert_eq!(none.model, None);
}

async fn deleting_takes_everything_along(db: Db) {
    let chat = db.new_chat().await;
    let (_, approval) = chat.parked().await;

    assert!(db.conversations().delete(chat.owner, chat.conversation).await.unwrap());

    assert!(!db.conversations().delete(chat.owner, chat.conversation).await.unwrap());
    assert_eq!(db.approvals().get(chat.owner, approval).await.unwrap(), None);
    for table in ["messages", "turns", "steps", "tool_calls", "approvals", "decisions"] {
        assert_eq!(db.number(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
    }
}

async fn messages_are_found_by_either_id(db: Db) {
    let chat = db.new_chat().await;
    chat.answer("yes").await;
    let next = chat.branch(message(Some("m-1"), chat.head().await, "more")).await;
    let find = async |key: &str| {
        db.conversations().message(chat.owner, chat.conversation, key).await.unwrap()
    };

    let by_client = find("m-1").await.unwrap();
    let by_id = find(&next.turn.user_message_id.to_string()).await;

    assert_eq!(by_client.id, next.turn.user_message_id);
    assert_eq!(by_client.parts, [serde_json::json!({"type": "text", "text": "more"})]);
    assert_eq!(by_id, Some(by_client));
    assert_eq!(find("m-2").await, None);
}

async fn nobody_else_has_them(db: Db) {
    let chat = db.new_chat().await;
    let bob = db.person("bob").await;
    let (id, key) = (chat.conversation, chat.conversation.to_string());
    let message = chat.turn.user_message_id.to_string();
    let change = ConversationChange { archived: Some(true), ..ConversationChange::default() };

    assert_eq!(db.conversations().find(bob, &key).await.unwrap(), None);
    assert_eq!(db.conversations().update(bob, id, change).await.unwrap(), None);
    assert!(!db.conversations().delete(bob, id).await.unwrap());
    assert_eq!(db.conversations().message(bob, id, &message).await.unwrap(), None);
    assert_eq!(db.conversations().branch(bob, id, None).await.unwrap(), []);
    assert_eq!(db.conversations().writes_elsewhere(bob, id, None).await.unwrap(), []);
    assert!(db.conversations().list(bob, false, None, &page(9)).await.unwrap().items.is_empty());
    assert!(
        db.conversations().find(chat.owner, &key).await.unwrap().is_some_and(|it| !it.archived)
    );
}

async fn a_conversation_is_named_once(db: Db) {
    let chat = db.new_chat().await;
    let conversations = db.conversations();
    let due = async || {
        let lease = lease("here", NOW.plus_seconds(30));
        db.jobs().claim_due(&lease, NOW, 9).await.unwrap()
    };
    let title = async || {
        let found = conversations.find(chat.owner, &chat.conversation.to_string()).await;
        found.unwrap().unwrap().title
    };
    chat.step(text_step(StepStatus::Complete, "one"), Vec::new()).await;
    let named = TurnEnd { names: true, ..end(TurnStatus::Completed) };
    db.turns().finish(chat.fence(), named.clone(), NOW).await.unwrap();
    let [job] = due().await.try_into().unwrap();
    assert_eq!((job.kind, job.subject), (JobKind::Title, chat.conversation.0));
    let (owner, said) = conversations.untitled(chat.conversation).await.unwrap().unwrap();
    assert_eq!((owner, said), (chat.owner, vec!["hello".to_owned(), "one".to_owned()]));

    let mut changes = db.store.changes();
    conversations.name(chat.conversation, Some("A greeting")).await.unwrap();
    conversations.name(chat.conversation, Some("Too late")).await.unwrap();

    assert_eq!(title().await, "A greeting");
    assert_eq!(changes.recv().await.unwrap().kind, ChangeKind::Conversation);
    assert!(changes.try_recv().is_err());
    assert_eq!(conversations.untitled(chat.conversation).await.unwrap(), None);
    let again = chat.say("two").await;
    db.turns().finish(again.fence(), named.clone(), NOW).await.unwrap();
    let own = conversations.create(chat.owner, "Mine", NOW).await.unwrap();
    let empty = conversations.create(chat.owner, "", NOW).await.unwrap();
    let rename = ConversationChange { title: Some("Ours".to_owned()), ..Default::default() };
    let renamed = db.chat(chat.owner).await;
    conversations.update(chat.owner, renamed.conversation, rename).await.unwrap();
    db.turns().finish(renamed.fence(), named, NOW).await.unwrap();
    assert!(db.jobs().finish(&job).await.unwrap());
    assert_eq!(due().await, [], "nothing more is to be named");
    assert_eq!(conversations.untitled(own.id).await.unwrap(), None);
    assert!(conversations.untitled(empty.id).await.unwrap().is_some());
    conversations.name(empty.id, None).await.unwrap();
    assert_eq!(conversations.untitled(empty.id).await.unwrap(), None);
}
