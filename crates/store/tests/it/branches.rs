//! The tree of messages: branches, siblings, the head.

use agent::{CallStatus, MessageId, Role};
use store::{
    BranchMessage, CallKind, ConversationChange, Fence, NewStep, NewSummary, PageRequest,
    StartFrom, StepStatus, StoreError,
};

use crate::fixtures::{Chat, Db, NOW, edit, page, text_step, words};
use crate::harness::conformance;

conformance! {
    a_branch_is_the_way_back_from_its_leaf,
    an_empty_conversation_has_no_branch,
    versions_and_answers_are_siblings,
    switching_the_head_goes_to_the_newest_leaf,
    a_head_must_be_in_the_conversation,
    writes_on_other_branches_are_told,
    a_long_conversation_is_one_branch,
    a_branch_is_read_page_by_page,
    a_summary_stands_for_a_message_and_all_before_it,
    a_summary_is_paid_for_with_the_turn_it_was_made_for,
}

async fn branch(chat: &Chat<'_>, leaf: Option<MessageId>) -> Vec<BranchMessage> {
    chat.db.conversations().branch(chat.owner, chat.conversation, leaf).await.unwrap()
}

fn ids(branch: &[BranchMessage]) -> Vec<MessageId> {
    branch.iter().map(|entry| entry.message.id).collect()
}

async fn a_branch_is_the_way_back_from_its_leaf(db: Db) {
    let first = db.new_chat().await;
    let call = first.started_call("write", "d").await;
    first.finish_call(call, CallStatus::Succeeded).await;
    first.answer("one").await;
    let second = first.say("and?").await;

    let whole = branch(&first, None).await;
    let half = branch(&first, Some(first.turn.assistant_message_id)).await;

    let (a, b) = (&first.turn, &second.turn);
    let expected =
        [a.user_message_id, a.assistant_message_id, b.user_message_id, b.assistant_message_id];
    assert_eq!(ids(&whole), expected);
    assert_eq!(ids(&half), expected[..2]);
    assert_eq!(whole[..2], half);
    let roles: Vec<Role> = whole.iter().map(|entry| entry.message.role).collect();
    assert_eq!(roles, [Role::User, Role::Assistant, Role::User, Role::Assistant]);
    assert_eq!(words(&whole[0].message.content), "now\nhello");
    assert_eq!(whole[0].turn, None);
    assert_eq!(whole[1].turn, Some(first.rows().await));
    assert_eq!(
        whole[1].turn.as_ref().map(|turn| (turn.steps.len(), turn.calls.len())),
        Some((2, 1))
    );
    assert_eq!(whole[3].turn, Some(second.rows().await));
    assert_eq!(branch(&first, Some(store::fresh())).await, []);
}

async fn an_empty_conversation_has_no_branch(db: Db) {
    let ada = db.person("ada").await;
    let empty = db.conversations().create(ada, "", NOW).await.unwrap();
    assert_eq!(db.conversations().branch(ada, empty.id, None).await.unwrap(), []);
    assert_eq!(db.conversations().branch(ada, store::fresh(), None).await.unwrap(), []);
}

async fn versions_and_answers_are_siblings(db: Db) {
    let first = db.new_chat().await;
    first.answer("one").await;
    let again = first.branch(StartFrom::Existing(first.turn.user_message_id)).await;
    again.answer("two").await;
    let edited = first.branch(edit(None, None, "hello!")).await;
    edited.answer("three").await;

    let newest = branch(&first, None).await;
    let older = branch(&first, Some(first.turn.assistant_message_id)).await;

    let questions = [first.turn.user_message_id, edited.turn.user_message_id];
    let answers = [first.turn.assistant_message_id, again.turn.assistant_message_id];
    assert_eq!(ids(&newest), [questions[1], edited.turn.assistant_message_id]);
    assert_eq!(newest[0].siblings, questions);
    assert_eq!(newest[1].siblings, [edited.turn.assistant_message_id]);
    assert_eq!(older[0].siblings, questions);
    assert_eq!(older[1].siblings, answers);
}

async fn switching_the_head_goes_to_the_newest_leaf(db: Db) {
    let first = db.new_chat().await;
    first.answer("one").await;
    let second = first.say("two?").await;
    second.answer("two").await;
    let other = first.branch(edit(None, None, "three?")).await;
    other.answer("three").await;
    let show = async |head: MessageId| {
        let change = ConversationChange { head: Some(head), ..ConversationChange::default() };
        let shown = db.conversations().update(first.owner, first.conversation, change).await;
        shown.unwrap().unwrap().head_id.unwrap()
    };

    assert_eq!(first.head().await, Some(other.turn.assistant_message_id));
    assert_eq!(show(first.turn.user_message_id).await, second.turn.assistant_message_id);
    assert_eq!(branch(&first, None).await.len(), 4);
    assert_eq!(show(other.turn.user_message_id).await, other.turn.assistant_message_id);
    assert_eq!(branch(&first, None).await.len(), 2);
}

async fn a_head_must_be_in_the_conversation(db: Db) {
    let chat = db.new_chat().await;
    let other = db.chat(chat.owner).await;
    let change = ConversationChange {
        head: Some(other.turn.user_message_id),
        title: Some("changed".to_owned()),
        ..ConversationChange::default()
    };

    let refused = db.conversations().update(chat.owner, chat.conversation, change).await.unwrap();

    assert_eq!(refused, None);
    assert_eq!(chat.head().await, Some(chat.turn.assistant_message_id));
}

async fn writes_on_other_branches_are_told(db: Db) {
    let first = db.new_chat().await;
    let mut written = Vec::new();
    for (effect, status) in [
        ("write", CallStatus::Succeeded),
        ("read", CallStatus::Succeeded),
        ("outward", CallStatus::Failed),
        ("outward", CallStatus::Unknown),
    ] {
        let call = first.started_call(effect, "d").await;
        first.finish_call(call, status).await;
        written.push(call);
    }
    first.answer("done").await;
    let again = first.branch(StartFrom::Existing(first.turn.user_message_id)).await;
    again.answer("done").await;
    let elsewhere = async |leaf| {
        let conversations = db.conversations();
        let rows = conversations.writes_elsewhere(first.owner, first.conversation, leaf).await;
        rows.unwrap().iter().map(|row| row.id).collect::<Vec<_>>()
    };

    let told = [written[0], written[3]];
    assert_eq!(elsewhere(Some(again.turn.assistant_message_id)).await, told);
    assert_eq!(elsewhere(Some(first.turn.user_message_id)).await, told);
    assert_eq!(elsewhere(None).await, told);
    assert_eq!(elsewhere(Some(first.turn.assistant_message_id)).await, []);
}

async fn a_long_conversation_is_one_branch(db: Db) {
    let mut chat = db.new_chat().await;
    for turn in 1..250 {
        chat.answer(&format!("answer {turn}")).await;
        chat = chat.say("more").await;
    }

    let whole = branch(&chat, None).await;

    assert_eq!(whole.len(), 500);
    assert!(whole.windows(2).all(|pair| pair[1].message.parent_id == Some(pair[0].message.id)));
    let answers = whole.iter().filter(|entry| entry.turn.is_some()).count();
    assert_eq!(answers, 250);
}

async fn a_branch_is_read_page_by_page(db: Db) {
    let first = db.new_chat().await;
    first.answer("one").await;
    first.branch(edit(None, None, "other")).await.answer("other").await;
    let second = first.branch(edit(None, None, "shown")).await;
    second.answer("two").await;
    second.say("more").await.answer("three").await;
    let read = async |request: &PageRequest| {
        db.conversations().branch_page(first.owner, first.conversation, request).await
    };

    let start = read(&page(3)).await.unwrap();
    let rest = read(&PageRequest { limit: 3, cursor: start.next }).await.unwrap();

    let whole = branch(&first, None).await;
    assert_eq!(whole.len(), 4);
    assert_eq!((start.items.as_slice(), rest.items.as_slice()), whole.split_at(3));
    assert_eq!(rest.next, None);
    assert_eq!(read(&page(4)).await.unwrap().items, whole);
    let elsewhere = [first.turn.user_message_id.0.simple().to_string(), "garbage".to_owned()];
    for cursor in elsewhere {
        let refused = read(&PageRequest { limit: 3, cursor: Some(cursor) }).await;
        assert!(matches!(refused, Err(StoreError::UnknownCursor)));
    }
    let nobody = db.person("bob").await;
    let none = db.conversations().branch_page(nobody, first.conversation, &page(3)).await.unwrap();
    assert_eq!((none.items, none.next), (Vec::new(), None));
}

fn summary(message: MessageId, text: &str) -> NewSummary {
    let content = vec![agent::message::text_block(text)];
    NewSummary { message, content, tainted: true }
}

async fn a_summary_stands_for_a_message_and_all_before_it(db: Db) {
    let first = db.new_chat().await;
    first.answer("one").await;
    let second = first.say("two?").await;
    second.answer("two").await;
    let third = second.say("three?").await;
    third.answer("three").await;
    let recent = async |owner, leaf| {
        let read = db.conversations().recent(owner, first.conversation, leaf).await.unwrap();
        let text = |summary: store::Summary| {
            assert!(summary.tainted);
            words(&summary.content)
        };
        (read.summary.map(text), ids(&read.messages))
    };
    let whole = ids(&branch(&first, None).await);
    assert_eq!(recent(first.owner, None).await, (None, whole.clone()));

    let bob = db.person("bob").await;
    let old = first.turn.assistant_message_id;
    assert_eq!(db.conversations().summarise(bob, summary(old, "Bob's"), NOW).await.unwrap(), None);
    for text in ["about one", "too late"] {
        let made = summary(old, text);
        let kept = db.conversations().summarise(first.owner, made, NOW).await.unwrap().unwrap();
        assert_eq!(words(&kept.content), "about one");
    }
    let told = (Some("about one".to_owned()), whole[2..].to_vec());
    assert_eq!(recent(first.owner, None).await, told);
    assert_eq!(recent(first.owner, Some(old)).await, (told.0.clone(), Vec::new()));
    assert_eq!(recent(first.owner, Some(whole[0])).await, (None, whole[..1].to_vec()));
    assert_eq!(recent(bob, None).await, (None, Vec::new()));

    let other = first.branch(edit(None, Some(old), "or else?")).await;
    let newer = second.turn.assistant_message_id;
    let newer = summary(newer, "about two");
    db.turns().record_summary(other.fence(), newer, None, NOW).await.unwrap();
    assert!(other.rows().await.turn.compacted && !third.rows().await.turn.compacted);
    let third = Some(third.turn.assistant_message_id);
    assert_eq!(recent(first.owner, third).await.0.unwrap(), "about two");
    let (text, messages) = recent(first.owner, None).await;
    assert_eq!((text.unwrap().as_str(), messages.len()), ("about one", 2), "another branch");
    let marked = branch(&first, third).await;
    let marked: Vec<bool> = marked.iter().map(|entry| entry.message.summarised).collect();
    assert_eq!(marked, [false, true, false, true, false, false]);
    db.conversations().delete(first.owner, first.conversation).await.unwrap();
}

async fn a_summary_is_paid_for_with_the_turn_it_was_made_for(db: Db) {
    let first = db.new_chat().await;
    first.answer("one").await;
    let second = first.say("two?").await;
    let step = NewStep {
        kind: CallKind::Summary,
        ..text_step(StepStatus::Broken, "nothing that is shown")
    };
    let made = summary(first.turn.assistant_message_id, "about one");
    let lost = Fence { epoch: 7, ..second.fence() };
    let refused = db.turns().record_summary(lost, made.clone(), None, NOW).await;
    assert!(matches!(refused, Err(StoreError::LeaseLost(_))));

    db.turns().record_summary(second.fence(), made, Some(step), NOW).await.unwrap();

    let rows = second.rows().await;
    assert_eq!((rows.model_calls, rows.steps.len()), (1, 0));
    let bills = db.store.bills().list(first.owner, "2000-01-01", "2100-01-01").await.unwrap();
    let kinds: Vec<CallKind> = bills.iter().map(|bill| bill.kind).collect();
    assert_eq!(kinds, [CallKind::Answer, CallKind::Summary]);
}
