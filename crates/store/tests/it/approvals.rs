//! Decisions of people.

use agent::permission::{DeciderKind, Verdict};
use agent::vocabulary::Answer;
use agent::{ApprovalId, ApprovalStatus, CallStatus, TurnStatus, UserId};
use serde_json::json;
use store::{Approval, Decide, DecideOutcome, fresh};

use crate::fixtures::{Db, NOW, WEEK, decide, lease, page, rule};
use crate::harness::conformance;

conformance! {
    an_approval_requeues_the_turn,
    a_denial_has_its_reason,
    edited_arguments_are_what_would_run,
    the_same_answer_again_is_repeated,
    another_answer_is_too_late,
    a_digest_must_be_the_one_asked_about,
    an_answer_can_come_too_late,
    a_running_turn_sees_the_decision,
    a_remembered_rule_is_kept,
    approvals_are_listed_newest_first,
    nobody_else_decides,
}

async fn answer(db: &Db, owner: UserId, decide: Decide) -> DecideOutcome {
    db.approvals().decide(owner, decide).await.unwrap().unwrap()
}

async fn stored(db: &Db, owner: UserId, id: ApprovalId) -> Approval {
    db.approvals().get(owner, id).await.unwrap().unwrap()
}

async fn an_approval_requeues_the_turn(db: Db) {
    let chat = db.new_chat().await;
    let (call, approval) = chat.parked().await;

    let outcome = answer(&db, chat.owner, decide(approval, Answer::Approve)).await;

    let stored = stored(&db, chat.owner, approval).await;
    assert_eq!(outcome, DecideOutcome::Decided(Box::new(stored.clone())));
    assert_eq!(stored.status, ApprovalStatus::Approved);
    assert_eq!(stored.decided_by, Some(chat.owner.to_string()));
    assert_eq!(stored.decided_at, Some(NOW.plus_seconds(60)));
    let turn = chat.rows().await.turn;
    assert_eq!((turn.status, turn.decision_seq), (TurnStatus::Queued, 1));
    assert_eq!(chat.row(call).await.status, CallStatus::Approved);
    let log = db.permissions().decisions(chat.owner, &page(9)).await.unwrap().items;
    assert_eq!(log.len(), 1);
    assert_eq!((log[0].verdict, log[0].by.kind), (Verdict::Allow, DeciderKind::User));
    assert_eq!(log[0].by.id, Some(chat.owner.to_string()));
    assert_eq!(log[0].conversation_id, chat.conversation);
}

async fn a_denial_has_its_reason(db: Db) {
    let chat = db.new_chat().await;
    let (call, approval) = chat.parked().await;
    let no = Decide { reason: Some("not now".to_owned()), ..decide(approval, Answer::Deny) };

    answer(&db, chat.owner, no).await;

    let row = chat.row(call).await;
    assert_eq!((row.status, row.reason.as_deref()), (CallStatus::Denied, Some("not now")));
    assert_eq!((row.result, row.ended_at), (None, None));
    let stored = stored(&db, chat.owner, approval).await;
    assert_eq!(
        (stored.status, stored.reason.as_deref()),
        (ApprovalStatus::Denied, Some("not now"))
    );
    let log = db.permissions().decisions(chat.owner, &page(9)).await.unwrap().items;
    assert_eq!(log[0].verdict, Verdict::Deny);
}

async fn edited_arguments_are_what_would_run(db: Db) {
    let chat = db.new_chat().await;
    let (call, approval) = chat.parked().await;
    let edited = Some((json!({"to": "#team"}), "edited digest".to_owned()));

    answer(&db, chat.owner, Decide { edited, ..decide(approval, Answer::Approve) }).await;

    let row = chat.row(call).await;
    assert_eq!(row.edited_arguments, Some(json!({"to": "#team"})));
    assert_eq!(row.digest, "edited digest");
    assert_eq!(row.arguments, json!({"z": 1, "a": [true, null]}));
    let stored = stored(&db, chat.owner, approval).await;
    assert_eq!(stored.edited_arguments, Some(json!({"to": "#team"})));
    assert_eq!(stored.digest, "digest now");
}

async fn the_same_answer_again_is_repeated(db: Db) {
    let chat = db.new_chat().await;
    let (_, approval) = chat.parked().await;
    let edited = Some((json!({"a": 1, "b": 2}), "e".to_owned()));
    let first = Decide { edited, ..decide(approval, Answer::Approve) };
    answer(&db, chat.owner, first.clone()).await;
    let reordered = Some((json!({"b": 2, "a": 1}), "e".to_owned()));
    let late = Decide { edited: reordered, now: NOW.plus_seconds(2 * WEEK), ..first };

    let again = answer(&db, chat.owner, late).await;

    let stored = stored(&db, chat.owner, approval).await;
    assert_eq!(again, DecideOutcome::Repeated(Box::new(stored)));
    assert_eq!(chat.rows().await.turn.decision_seq, 1);
}

async fn another_answer_is_too_late(db: Db) {
    let chat = db.new_chat().await;
    let (call, approval) = chat.parked().await;
    answer(&db, chat.owner, decide(approval, Answer::Approve)).await;
    let edited = Some((json!({}), "e".to_owned()));
    let stored = Box::new(stored(&db, chat.owner, approval).await);

    let opposite = answer(&db, chat.owner, decide(approval, Answer::Deny)).await;
    let different =
        answer(&db, chat.owner, Decide { edited, ..decide(approval, Answer::Approve) }).await;

    assert_eq!(opposite, DecideOutcome::AlreadyDecided(stored.clone()));
    assert_eq!(different, DecideOutcome::AlreadyDecided(stored));
    assert_eq!(chat.row(call).await.status, CallStatus::Approved);
    assert_eq!(db.number("SELECT COUNT(*) FROM decisions").await, 1);
}

async fn a_digest_must_be_the_one_asked_about(db: Db) {
    let chat = db.new_chat().await;
    let (_, approval) = chat.parked().await;
    let seen = |digest: &str| Decide {
        digest: Some(digest.to_owned()),
        ..decide(approval, Answer::Approve)
    };

    let stale = answer(&db, chat.owner, seen("digest")).await;
    assert_eq!(stale, DecideOutcome::DigestMismatch);
    assert_eq!(chat.status().await, TurnStatus::Waiting);

    let right = answer(&db, chat.owner, seen("digest now")).await;
    assert!(matches!(right, DecideOutcome::Decided(_)), "{right:?}");
}

async fn an_answer_can_come_too_late(db: Db) {
    let chat = db.new_chat().await;
    let (call, approval) = chat.parked().await;
    let late = Decide { now: NOW.plus_seconds(WEEK), ..decide(approval, Answer::Approve) };

    let outcome = answer(&db, chat.owner, late).await;
    db.turns().expire_due(NOW.plus_seconds(WEEK)).await.unwrap();
    let expired = answer(&db, chat.owner, decide(approval, Answer::Approve)).await;

    assert!(matches!(outcome, DecideOutcome::AlreadyDecided(_)), "{outcome:?}");
    assert!(matches!(expired, DecideOutcome::AlreadyDecided(_)), "{expired:?}");
    assert_eq!(chat.row(call).await.status, CallStatus::Expired);
}

async fn a_running_turn_sees_the_decision(db: Db) {
    let chat = db.new_chat().await;
    let call = chat.call(&[("outward", "d")]).await.remove(0);
    let approval = chat.ask(call).await;

    answer(&db, chat.owner, decide(approval, Answer::Approve)).await;

    let turn = chat.rows().await.turn;
    assert_eq!((turn.status, turn.decision_seq), (TurnStatus::Running, 1));
    assert!(!db.turns().park(chat.fence(), 0).await.unwrap());
    assert!(db.turns().start_call(chat.fence(), call, None, NOW).await.unwrap());
    let later = NOW.plus_seconds(60);
    assert_eq!(db.turns().claim_due(&lease("x", later), NOW, 9).await.unwrap(), []);
}

async fn a_remembered_rule_is_kept(db: Db) {
    let chat = db.new_chat().await;
    let (_, approval) = chat.parked().await;
    let mut always = rule(Verdict::Allow, "send");
    always.conversation_id = Some(chat.conversation);
    let yes = Decide { remember: Some(always.clone()), ..decide(approval, Answer::Approve) };

    answer(&db, chat.owner, yes.clone()).await;
    answer(&db, chat.owner, yes).await;

    let (_, rules) = db.permissions().get(chat.owner).await.unwrap();
    assert_eq!(rules, [always]);
}

async fn approvals_are_listed_newest_first(db: Db) {
    let ada = db.person("ada").await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(db.chat(ada).await.parked().await.1);
    }
    answer(&db, ada, decide(made[2], Answer::Deny)).await;
    made.reverse();

    let first = db.approvals().list(ada, None, &page(3)).await.unwrap();
    let mut rest = page(3);
    rest.cursor.clone_from(&first.next);
    let rest = db.approvals().list(ada, None, &rest).await.unwrap();
    let denied = Some(ApprovalStatus::Denied);
    let denied = db.approvals().list(ada, denied, &page(3)).await.unwrap();

    let seen: Vec<_> = first.items.iter().chain(&rest.items).map(|it| it.id).collect();
    assert_eq!(seen, made);
    assert_eq!(rest.next, None);
    assert_eq!(denied.items.iter().map(|it| it.id).collect::<Vec<_>>(), [made[2]]);
    assert_eq!(denied.items, [stored(&db, ada, made[2]).await]);
}

async fn nobody_else_decides(db: Db) {
    let chat = db.new_chat().await;
    let (_, approval) = chat.parked().await;
    let bob = db.person("bob").await;
    let yes = decide(approval, Answer::Approve);

    assert_eq!(db.approvals().decide(bob, yes).await.unwrap(), None);
    assert_eq!(db.approvals().get(bob, approval).await.unwrap(), None);
    assert!(db.approvals().list(bob, None, &page(9)).await.unwrap().items.is_empty());
    let unknown = decide(fresh(), Answer::Approve);
    assert_eq!(db.approvals().decide(chat.owner, unknown).await.unwrap(), None);
    assert_eq!(chat.status().await, TurnStatus::Waiting);
}
