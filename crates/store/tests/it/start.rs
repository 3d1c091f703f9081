//! Starting turns.

use agent::{ApprovalStatus, CallStatus, Role, TurnStatus};
use store::{Fence, StartFrom, StartIn, StartOutcome, StartTurn, fresh};

use crate::fixtures::{Db, NOW, edit, end, in_new, message, start, started};
use crate::harness::conformance;

conformance! {
    a_first_message_makes_everything,
    a_further_message_moves_the_head,
    the_same_post_is_the_same_turn,
    a_client_id_stands_for_one_content,
    versions_share_a_client_id,
    an_edit_back_is_a_new_version,
    a_client_conversation_is_made_once,
    an_active_turn_keeps_others_out,
    a_moved_head_is_noticed,
    edits_do_not_care_for_the_head,
    a_new_message_supersedes_a_waiting_turn,
    what_was_decided_or_ended_meanwhile_is_noticed,
    an_old_message_is_answered_anew,
    what_is_not_there_is_not_found,
    a_title_is_set_once,
    a_preamble_stays_with_its_turn,
    answering_is_the_newest_turn,
}

async fn a_first_message_makes_everything(db: Db) {
    let ada = db.person("ada").await;
    let begin = start(in_new(Some("c-1")), message(Some("m-1"), None, "hello there"));

    let (conversation, turn) = started(db.turns().start(ada, begin).await.unwrap());

    assert_eq!((turn.status, turn.epoch, turn.decision_seq), (TurnStatus::Running, 1, 0));
    assert_eq!(conversation.title, "Hello");
    assert_eq!(conversation.preview, "hello there");
    let stored = db.conversations().find(ada, "c-1").await.unwrap();
    assert_eq!(stored.as_ref(), Some(&conversation));
    assert_eq!(conversation.head_id, Some(turn.assistant_message_id));
    let rows = db.turns().load(turn.id).await.unwrap().unwrap();
    assert_eq!(rows.turn, turn);
    assert_eq!((rows.steps.len(), rows.calls.len(), rows.model_calls), (0, 0, 0));
    let branch = db.conversations().branch(ada, conversation.id, None).await.unwrap();
    assert_eq!(branch[0].message.client_id.as_deref(), Some("m-1"));
    assert!(branch.iter().all(|entry| !entry.message.imported));
    assert_eq!(
        (branch[1].message.role, branch[1].message.turn_id),
        (Role::Assistant, Some(turn.id))
    );
    assert_eq!(db.turns().active(ada, conversation.id).await.unwrap(), Some(turn));
}

async fn a_further_message_moves_the_head(db: Db) {
    let first = db.new_chat().await;
    first.answer("one").await;
    let head = first.head().await;
    let mut more = start(StartIn::Existing(first.conversation), message(None, head, "two?"));
    more.expected_head = head;
    more.now = NOW.plus_seconds(5);
    more.tainted = true;

    let (conversation, turn) = started(db.turns().start(first.owner, more).await.unwrap());

    assert_eq!(conversation.head_id, Some(turn.assistant_message_id));
    assert_eq!(conversation.updated_at, NOW.plus_seconds(5));
    assert_eq!(first.head().await, Some(turn.assistant_message_id));
    assert!(turn.tainted);
    assert_eq!(db.turns().load(turn.id).await.unwrap().unwrap().turn, turn);
}

async fn the_same_post_is_the_same_turn(db: Db) {
    let ada = db.person("ada").await;
    let post = || start(in_new(Some("c")), message(Some("m"), None, "hello"));
    let (conversation, turn) = started(db.turns().start(ada, post()).await.unwrap());
    let head = conversation.head_id;

    let while_running = db.turns().start(ada, post()).await.unwrap();
    let fence = Fence { turn: turn.id, epoch: 1 };
    db.turns().finish(fence, end(TurnStatus::Completed), NOW).await.unwrap();
    // A client that read the conversation again hangs its message elsewhere.
    let later = start(StartIn::Existing(conversation.id), message(Some("m"), head, "hello"));
    let when_done =
        db.turns().start(ada, StartTurn { expected_head: head, ..later }).await.unwrap();

    for outcome in [while_running, when_done] {
        assert!(
            matches!(&outcome, StartOutcome::Repeated(same) if same.id == turn.id),
            "{outcome:?}"
        );
    }
    assert_eq!(db.number("SELECT COUNT(*) FROM messages").await, 2);
}

async fn a_client_id_stands_for_one_content(db: Db) {
    let ada = db.person("ada").await;
    let post = |text| start(in_new(Some("c")), message(Some("m"), None, text));
    started(db.turns().start(ada, post("hello")).await.unwrap());

    let other = db.turns().start(ada, post("good bye")).await.unwrap();

    assert!(matches!(other, StartOutcome::ClientIdTaken), "{other:?}");
}

async fn versions_share_a_client_id(db: Db) {
    let chat = db.new_chat().await;
    chat.answer("one").await;
    let head = chat.head().await;
    let first = chat.branch(message(Some("m"), head, "first")).await;
    first.answer("1").await;

    let second = chat.branch(edit(Some("m"), head, "second")).await;
    let repeated = chat.start(edit(Some("m"), head, "second")).await;
    second.answer("2").await;
    let third = chat.branch(edit(Some("m"), head, "third")).await;
    let taken = chat.start(message(Some("m"), head, "fourth")).await;

    assert!(matches!(repeated, StartOutcome::Repeated(turn) if turn.id == second.turn.id));
    assert!(matches!(taken, StartOutcome::ClientIdTaken));
    let newest = db.conversations().message(chat.owner, chat.conversation, "m").await.unwrap();
    assert_eq!(newest.map(|message| message.id), Some(third.turn.user_message_id));
    let branch = db.conversations().branch(chat.owner, chat.conversation, None).await.unwrap();
    let versions = [&first, &second, &third].map(|chat| chat.turn.user_message_id);
    assert_eq!(branch[2].siblings, versions);
}

async fn an_edit_back_is_a_new_version(db: Db) {
    let chat = db.new_chat().await;
    chat.answer("one").await;
    let head = chat.head().await;
    chat.branch(message(Some("m"), head, "first")).await.answer("1").await;
    chat.branch(edit(Some("m"), head, "second")).await.answer("2").await;

    let back = chat.start(edit(Some("m"), head, "first")).await;

    assert!(matches!(back, StartOutcome::Started { .. }), "{back:?}");
}

async fn a_client_conversation_is_made_once(db: Db) {
    let (ada, bob) = (db.person("ada").await, db.person("bob").await);
    let post = |text| start(in_new(Some("c")), message(None, None, text));
    let (first, _) = started(db.turns().start(ada, post("one")).await.unwrap());

    let again = db.turns().start(ada, post("two")).await.unwrap();
    let (other, _) = started(db.turns().start(bob, post("mine")).await.unwrap());

    assert!(matches!(again, StartOutcome::TurnActive(_)), "{again:?}");
    assert_ne!(first.id, other.id);
    assert_eq!(db.number("SELECT COUNT(*) FROM conversations").await, 2);
}

async fn an_active_turn_keeps_others_out(db: Db) {
    let chat = db.new_chat().await;
    let running = chat.start(message(None, chat.head().await, "now")).await;
    db.turns().release(chat.fence()).await.unwrap();
    let queued = chat.start(message(None, chat.head().await, "now")).await;
    let edited = chat.start(edit(None, None, "now")).await;

    for outcome in [running, queued, edited] {
        assert!(matches!(outcome, StartOutcome::TurnActive(id) if id == chat.turn.id));
    }
    assert_eq!(db.number("SELECT COUNT(*) FROM turns").await, 1);
}

async fn a_moved_head_is_noticed(db: Db) {
    let chat = db.new_chat().await;
    chat.answer("one").await;
    let seen = chat.head().await;
    chat.say("two?").await.answer("two").await;
    let mut late = start(StartIn::Existing(chat.conversation), message(None, seen, "three?"));
    late.expected_head = seen;

    let outcome = db.turns().start(chat.owner, late).await.unwrap();

    assert!(matches!(outcome, StartOutcome::HeadMoved), "{outcome:?}");
    assert_eq!(db.number("SELECT COUNT(*) FROM turns").await, 2);
}

async fn edits_do_not_care_for_the_head(db: Db) {
    let chat = db.new_chat().await;
    chat.answer("one").await;
    let mut edited = start(StartIn::Existing(chat.conversation), edit(None, None, "hi"));
    edited.expected_head = None;

    let (conversation, turn) = started(db.turns().start(chat.owner, edited).await.unwrap());

    assert_eq!(conversation.head_id, Some(turn.assistant_message_id));
}

async fn a_new_message_supersedes_a_waiting_turn(db: Db) {
    let chat = db.new_chat().await;
    let calls = chat.call(&[("outward", "a"), ("outward", "b"), ("read", "c")]).await;
    let approval = chat.ask(calls[0]).await;
    db.turns().start_call(chat.fence(), calls[2], None, NOW).await.unwrap();
    chat.finish_call(calls[2], CallStatus::Succeeded).await;
    assert!(db.turns().park(chat.fence(), 0).await.unwrap());

    let outcome = chat.start(message(None, chat.head().await, "never mind")).await;

    let (conversation, next) = started(outcome);
    let rows = chat.rows().await;
    assert_eq!(rows.turn.status, TurnStatus::Superseded);
    assert_eq!(rows.turn.ended_at, Some(NOW));
    let states: Vec<CallStatus> = rows.calls.iter().map(|call| call.status).collect();
    assert_eq!(states, [CallStatus::Superseded, CallStatus::Superseded, CallStatus::Succeeded]);
    let approval = db.approvals().get(chat.owner, approval).await.unwrap().unwrap();
    assert_eq!(approval.status, ApprovalStatus::Superseded);
    assert_eq!(db.turns().active(chat.owner, conversation.id).await.unwrap(), Some(next));
}

async fn what_was_decided_or_ended_meanwhile_is_noticed(db: Db) {
    let chat = db.new_chat().await;
    let head = chat.head().await;
    let here = || StartIn::Existing(chat.conversation);
    let mut unaware = start(here(), message(None, head, "next"));
    unaware.expected_head = head;
    let mut outdated = unaware.clone();
    outdated.expected_active = Some((chat.turn.id, -1));
    chat.parked().await;

    let to_unaware = db.turns().start(chat.owner, unaware).await.unwrap();
    let to_outdated = db.turns().start(chat.owner, outdated.clone()).await.unwrap();
    db.turns().request_stop(chat.owner, chat.conversation, NOW).await.unwrap();
    let to_late = db.turns().start(chat.owner, outdated).await.unwrap();

    for outcome in [to_unaware, to_outdated, to_late] {
        assert!(matches!(outcome, StartOutcome::HeadMoved), "{outcome:?}");
    }
}

async fn an_old_message_is_answered_anew(db: Db) {
    let chat = db.new_chat().await;
    chat.answer("one").await;
    let question = chat.turn.user_message_id;

    let again = chat.branch(StartFrom::Existing(question)).await;

    assert_eq!(again.turn.user_message_id, question);
    assert_eq!(chat.head().await, Some(again.turn.assistant_message_id));
    assert_eq!(db.number("SELECT COUNT(*) FROM messages").await, 3);
}

async fn what_is_not_there_is_not_found(db: Db) {
    let chat = db.new_chat().await;
    chat.answer("one").await;
    let bob = db.person("bob").await;
    let other = db.chat(bob).await;
    let here = StartIn::Existing(chat.conversation);
    let asked = chat.turn.user_message_id;
    let answered = chat.turn.assistant_message_id;
    let foreign = other.turn.user_message_id;

    for (owner, conversation, message) in [
        (bob, here.clone(), message(None, Some(asked), "mine?")),
        (chat.owner, StartIn::Existing(fresh()), message(None, None, "where?")),
        (chat.owner, here.clone(), edit(None, Some(fresh()), "after what?")),
        (chat.owner, here.clone(), edit(None, Some(foreign), "after theirs?")),
        (chat.owner, here.clone(), StartFrom::Existing(foreign)),
        (chat.owner, here.clone(), StartFrom::Existing(answered)),
        (chat.owner, in_new(None), StartFrom::Existing(asked)),
        (chat.owner, in_new(Some("new")), message(None, Some(asked), "from elsewhere")),
    ] {
        let outcome = db.turns().start(owner, start(conversation, message)).await.unwrap();
        assert!(matches!(outcome, StartOutcome::NotFound), "{outcome:?}");
    }
    assert_eq!(db.number("SELECT COUNT(*) FROM turns").await, 2);
}

async fn a_title_is_set_once(db: Db) {
    let ada = db.person("ada").await;
    let post = |title: &str, text| {
        let mut post = start(in_new(Some("c")), message(None, None, text));
        title.clone_into(&mut post.title);
        post
    };
    let (first, turn) = started(db.turns().start(ada, post("", "one")).await.unwrap());
    let fence = Fence { turn: turn.id, epoch: 1 };
    db.turns().finish(fence, end(TurnStatus::Completed), NOW).await.unwrap();
    let mut second = post("Second", "two");
    second.message = edit(None, None, "two");

    let (titled, turn) = started(db.turns().start(ada, second).await.unwrap());
    let fence = Fence { turn: turn.id, epoch: 1 };
    db.turns().finish(fence, end(TurnStatus::Completed), NOW).await.unwrap();
    let mut third = post("Third", "three");
    third.message = edit(None, None, "three");
    let (kept, _) = started(db.turns().start(ada, third).await.unwrap());

    assert_eq!((first.title.as_str(), titled.title.as_str()), ("", "Second"));
    assert_eq!(kept.title, "Second");
    assert_eq!(db.conversations().find(ada, "c").await.unwrap(), Some(kept));
}

async fn a_preamble_stays_with_its_turn(db: Db) {
    let ada = db.person("ada").await;
    let mut begin = start(in_new(None), message(None, None, "hello"));
    begin.preamble = Some("It is Tuesday.".to_owned());

    let (_, turn) = started(db.turns().start(ada, begin).await.unwrap());

    assert_eq!(turn.preamble.as_deref(), Some("It is Tuesday."));
    assert_eq!(db.turns().load(turn.id).await.unwrap().unwrap().turn, turn);
}

async fn answering_is_the_newest_turn(db: Db) {
    let chat = db.new_chat().await;
    chat.answer("one").await;
    let again = chat.branch(StartFrom::Existing(chat.turn.user_message_id)).await;
    let bob = db.person("bob").await;
    let question = chat.turn.user_message_id;

    let newest = db.turns().answering(chat.owner, question).await.unwrap();

    assert_eq!(newest, Some(again.turn));
    assert_eq!(db.turns().answering(bob, question).await.unwrap(), None);
    assert_eq!(db.turns().active(bob, chat.conversation).await.unwrap(), None);
    assert_eq!(db.turns().load(fresh()).await.unwrap(), None);
}
