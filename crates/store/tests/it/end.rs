//! How turns end: by their driver, by their person, by time.

use agent::permission::{DeciderKind, Verdict};
use agent::{ApprovalStatus, CallStatus, TurnStatus};
use store::{NewStep, StepStatus, StopOutcome, StoreError, TurnEnd, fresh};

use crate::fixtures::{Chat, Db, NOW, WEEK, end, lease, page, text_step};
use crate::harness::conformance;

conformance! {
    a_finished_turn_leaves_nothing_open,
    a_broken_off_answer_is_kept,
    a_turn_does_not_end_active,
    the_text_of_an_answer_is_all_its_steps,
    a_waiting_turn_is_stopped_at_once,
    a_queued_turn_is_stopped_at_once,
    a_running_turn_is_asked_to_stop,
    nothing_to_stop_is_idle,
    what_nobody_decided_expires,
    a_running_turn_notices_expiry,
}

async fn a_finished_turn_leaves_nothing_open(db: Db) {
    let chat = db.new_chat().await;
    let lost = chat.started_call("outward", "a").await;
    let done = chat.started_call("outward", "b").await;
    chat.finish_call(done, CallStatus::Succeeded).await;
    let calls = chat.call(&[("outward", "c"), ("outward", "d")]).await;
    chat.ask(calls[1]).await;

    let failed = TurnEnd { error: Some("It broke.".to_owned()), ..end(TurnStatus::Failed) };
    db.turns().finish(chat.fence(), failed, NOW.plus_seconds(9)).await.unwrap();

    let rows = chat.rows().await;
    assert_eq!(rows.turn.status, TurnStatus::Failed);
    assert_eq!(rows.turn.error.as_deref(), Some("It broke."));
    assert_eq!(rows.turn.ended_at, Some(NOW.plus_seconds(9)));
    let states: Vec<_> = rows.calls.iter().map(|call| (call.id, call.status)).collect();
    let expected = [
        (lost, CallStatus::Unknown),
        (done, CallStatus::Succeeded),
        (calls[0], CallStatus::Superseded),
        (calls[1], CallStatus::Superseded),
    ];
    assert_eq!(states, expected);
    assert_eq!(rows.approvals[0].status, ApprovalStatus::Superseded);
    assert_eq!(rows.approvals[0].decided_at, Some(NOW.plus_seconds(9)));
    assert_eq!(db.turns().active(chat.owner, chat.conversation).await.unwrap(), None);
}

async fn a_broken_off_answer_is_kept(db: Db) {
    let chat = db.new_chat().await;
    let partial = NewStep { tainted: true, ..text_step(StepStatus::Interrupted, "I was say") };
    let stopped = TurnEnd { partial: Some(partial), ..end(TurnStatus::Stopped) };

    db.turns().finish(chat.fence(), stopped, NOW).await.unwrap();

    let rows = chat.rows().await;
    assert_eq!(rows.steps.len(), 1);
    assert_eq!(rows.steps[0].status, StepStatus::Interrupted);
    assert!(rows.turn.tainted, "it rests on text from outside that is not kept");
    let list = db.conversations().list(chat.owner, false, None, &page(1)).await.unwrap();
    assert_eq!(list.items[0].preview, "I was say");
}

async fn a_turn_does_not_end_active(db: Db) {
    let chat = db.new_chat().await;
    for status in [TurnStatus::Queued, TurnStatus::Running, TurnStatus::Waiting] {
        let refused = db.turns().finish(chat.fence(), end(status), NOW).await;
        assert!(matches!(refused, Err(StoreError::Inconsistent(_))), "{refused:?}");
    }
    assert_eq!(chat.status().await, TurnStatus::Running);
}

async fn the_text_of_an_answer_is_all_its_steps(db: Db) {
    let chat = db.new_chat().await;
    chat.step(text_step(StepStatus::Broken, "oops"), Vec::new()).await;
    chat.step(text_step(StepStatus::Complete, "one"), Vec::new()).await;
    chat.answer("two").await;

    let list = db.conversations().list(chat.owner, false, None, &page(1)).await.unwrap();

    assert_eq!(list.items[0].preview, "one\n\ntwo");
}

async fn stop(chat: &Chat<'_>) -> StopOutcome {
    chat.db.turns().request_stop(chat.owner, chat.conversation, NOW).await.unwrap()
}

async fn a_waiting_turn_is_stopped_at_once(db: Db) {
    let chat = db.new_chat().await;
    let (call, _) = chat.parked().await;

    assert_eq!(stop(&chat).await, StopOutcome::Stopped(chat.turn.id));

    let rows = chat.rows().await;
    assert_eq!(rows.turn.status, TurnStatus::Stopped);
    assert_eq!(chat.row(call).await.status, CallStatus::Superseded);
    assert_eq!(rows.approvals[0].status, ApprovalStatus::Superseded);
    assert_eq!(stop(&chat).await, StopOutcome::Idle);
    let list = db.conversations().list(chat.owner, false, None, &page(1)).await.unwrap();
    assert_eq!(list.items[0].preview, "I call tools.");
}

async fn a_queued_turn_is_stopped_at_once(db: Db) {
    let chat = db.new_chat().await;
    db.turns().release(chat.fence()).await.unwrap();

    assert_eq!(stop(&chat).await, StopOutcome::Stopped(chat.turn.id));
    assert_eq!(chat.status().await, TurnStatus::Stopped);
}

async fn a_running_turn_is_asked_to_stop(db: Db) {
    let chat = db.new_chat().await;
    let call = chat.call(&[("outward", "d")]).await.remove(0);
    chat.ask(call).await;

    assert_eq!(stop(&chat).await, StopOutcome::Requested(chat.turn.id));

    assert!(!db.turns().park(chat.fence(), 0).await.unwrap(), "parked with a stop unseen");
    let turn = chat.rows().await.turn;
    assert_eq!((turn.status, turn.stop_requested), (TurnStatus::Running, true));
    let beat = db.turns().heartbeat(&lease("here", NOW.plus_seconds(60))).await.unwrap();
    assert_eq!(beat, [(chat.turn.id, true)]);
    let later = NOW.plus_seconds(61);
    let claimed = db.turns().claim(chat.turn.id, &lease("there", later), later).await.unwrap();
    assert!(claimed.is_some_and(|turn| turn.stop_requested));
}

async fn nothing_to_stop_is_idle(db: Db) {
    let chat = db.new_chat().await;
    chat.answer("done").await;
    let bob = db.person("bob").await;

    let others = db.turns().request_stop(bob, chat.conversation, NOW).await.unwrap();
    let unknown = db.turns().request_stop(chat.owner, fresh(), NOW).await.unwrap();

    assert_eq!(stop(&chat).await, StopOutcome::Idle);
    assert_eq!((others, unknown), (StopOutcome::NotFound, StopOutcome::NotFound));
}

async fn what_nobody_decided_expires(db: Db) {
    let chat = db.new_chat().await;
    let (call, approval) = chat.parked().await;
    let due = NOW.plus_seconds(WEEK);

    let early = db.turns().expire_due(NOW.plus_seconds(WEEK - 1)).await.unwrap();
    let expired = db.turns().expire_due(due).await.unwrap();
    let again = db.turns().expire_due(due).await.unwrap();

    assert_eq!((early, expired, again), (vec![], vec![chat.turn.id], vec![]));
    let turn = chat.rows().await.turn;
    assert_eq!((turn.status, turn.decision_seq), (TurnStatus::Queued, 1));
    let row = chat.row(call).await;
    assert_eq!((row.status, row.result), (CallStatus::Expired, None));
    let approval = db.approvals().get(chat.owner, approval).await.unwrap().unwrap();
    assert_eq!(approval.status, ApprovalStatus::Expired);
    assert_eq!((approval.decided_by.as_deref(), approval.decided_at), (Some("expiry"), Some(due)));
    let log = db.permissions().decisions(chat.owner, &page(9)).await.unwrap().items;
    assert_eq!(log.len(), 1);
    assert_eq!((log[0].verdict, log[0].by.kind), (Verdict::Deny, DeciderKind::Expiry));
}

async fn a_running_turn_notices_expiry(db: Db) {
    let chat = db.new_chat().await;
    let call = chat.call(&[("outward", "d")]).await.remove(0);
    chat.ask(call).await;

    let expired = db.turns().expire_due(NOW.plus_seconds(WEEK)).await.unwrap();

    assert_eq!(expired, [chat.turn.id]);
    assert_eq!(chat.status().await, TurnStatus::Running);
    assert!(!db.turns().park(chat.fence(), 0).await.unwrap());
}
