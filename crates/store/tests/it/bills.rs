//! What model calls cost, and what is announced.

use agent::TurnStatus;
use agent::model::Usage;
use store::{Bill, Change, ChangeKind, NewStep, StepStatus, Ts};

use crate::fixtures::{Db, NOW, end, text_step};
use crate::harness::conformance;

conformance! {
    steps_of_a_day_and_model_are_one_bill,
    a_bill_is_of_the_persons_own_day,
    changes_are_announced_once_they_are_committed,
}

fn step(model: &str, tokens: u64) -> NewStep {
    let usage = Usage { input_tokens: tokens, output_tokens: 1, ..Usage::default() };
    NewStep { model: model.to_owned(), usage, ..text_step(StepStatus::Complete, "text") }
}

fn day(now: Ts) -> String {
    now.day("UTC")
}

async fn steps_of_a_day_and_model_are_one_bill(db: Db) {
    let chat = db.new_chat().await;
    for (model, tokens) in [("a", 10), ("b", 5), ("a", 7)] {
        chat.step(step(model, tokens), Vec::new()).await;
    }
    let broken = NewStep { status: StepStatus::Broken, ..step("a", 1) };
    chat.step(broken, Vec::new()).await;
    db.turns().finish(chat.fence(), end(TurnStatus::Completed), NOW).await.unwrap();
    db.conversations().delete(chat.owner, chat.turn.conversation_id).await.unwrap();

    let bills = db.store.bills().list(chat.owner, &day(NOW), &day(NOW)).await.unwrap();

    let expected = [("a", 3, 18), ("b", 1, 5)].map(|(model, model_calls, input_tokens)| Bill {
        day: day(NOW),
        model: model.to_owned(),
        model_calls,
        usage: Usage {
            input_tokens,
            output_tokens: model_calls.cast_unsigned(),
            ..Usage::default()
        },
        cost_nanos: None,
    });
    assert_eq!(bills, expected);
    let bob = db.person("bob").await;
    assert!(db.store.bills().list(bob, "0001-01-01", "9999-01-01").await.unwrap().is_empty());
}

async fn a_bill_is_of_the_persons_own_day(db: Db) {
    let chat = db.new_chat().await;
    db.raw("UPDATE users SET timezone = 'Pacific/Kiritimati'").await.unwrap();
    let evening = Ts::start_of_day("2026-11-25", "UTC").unwrap().plus_seconds(23 * 3_600);
    db.turns().record_step(chat.fence(), step("a", 1), Vec::new(), evening).await.unwrap();

    let bills = db.store.bills().list(chat.owner, "2026-11-26", "2026-11-26").await.unwrap();

    assert_eq!(bills.len(), 1);
    assert!(
        db.store.bills().list(chat.owner, "2026-11-25", "2026-11-25").await.unwrap().is_empty()
    );
}

async fn changes_are_announced_once_they_are_committed(db: Db) {
    let mut changes = db.store.changes();
    let chat = db.new_chat().await;
    let (_, approval) = chat.parked().await;
    let within = Some(chat.turn.conversation_id);

    let mut seen = Vec::new();
    while let Ok(change) = changes.try_recv() {
        seen.push(change);
    }

    let of = |kind, id| Change { owner: chat.owner, kind, id, conversation: within };
    let turn = of(ChangeKind::Turn, chat.turn.id.0);
    assert_eq!(seen, [turn, of(ChangeKind::Approval, approval.0), turn]);
}
