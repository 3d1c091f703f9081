//! What model calls cost, and what is announced.

use agent::TurnStatus;
use agent::model::Usage;
use agent::price::Spent;
use store::{Bill, CallKind, Change, ChangeKind, Errand, NewBill, NewStep, StepStatus, Ts};

use crate::fixtures::{Db, NOW, end, text_step};
use crate::harness::conformance;

conformance! {
    steps_of_a_day_and_model_are_one_bill,
    a_bill_is_of_the_persons_own_day,
    what_belongs_to_no_turn_is_on_the_bill_too,
    changes_are_announced_once_they_are_committed,
}

/// A step of a model with a price, or of `b`, which has none.
fn step(model: &str, tokens: u64) -> NewStep {
    let usage = Usage {
        input_tokens: tokens,
        cache_write_1h_tokens: 2 * tokens,
        output_tokens: 1,
        ..Usage::default()
    };
    let spent = Spent { usage, cost_nanos: (model != "b").then_some(10 * tokens) };
    NewStep { model: model.to_owned(), spent, ..text_step(StepStatus::Complete, "text") }
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
    let ours = NewStep { model: String::new(), spent: Spent::default(), ..step("a", 1) };
    chat.step(ours, Vec::new()).await;
    db.turns().finish(chat.fence(), end(TurnStatus::Completed), NOW).await.unwrap();
    let of_chat = db.store.bills().of_conversation(chat.owner, chat.conversation).await.unwrap();
    db.conversations().delete(chat.owner, chat.turn.conversation_id).await.unwrap();

    let bills = db.store.bills().list(chat.owner, &day(NOW), &day(NOW)).await.unwrap();

    let expected = [("a", 3, 18, Some(180)), ("b", 1, 5, None)];
    let expected = expected.map(|(model, model_calls, input_tokens, cost_nanos)| Bill {
        day: day(NOW),
        model: model.to_owned(),
        kind: CallKind::Answer,
        model_calls,
        spent: Spent {
            usage: Usage {
                input_tokens,
                cache_write_1h_tokens: 2 * input_tokens,
                output_tokens: model_calls.cast_unsigned(),
                ..Usage::default()
            },
            cost_nanos,
        },
    });
    assert_eq!(bills, expected);
    assert_eq!(of_chat, bills.iter().map(|bill| bill.spent).sum());
    let bob = db.person("bob").await;
    assert!(db.store.bills().list(bob, "0001-01-01", "9999-01-01").await.unwrap().is_empty());
    let chat = db.chat(chat.owner).await;
    chat.answer("Hi").await;
    let foreign = db.store.bills().of_conversation(bob, chat.conversation).await.unwrap();
    assert_eq!(foreign, Spent::default());
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

async fn what_belongs_to_no_turn_is_on_the_bill_too(db: Db) {
    let ada = db.person("ada").await;
    let spent = step("a", 10).spent;
    let title = NewBill { model: "a", kind: CallKind::Title, spent };
    let settle = async |owner, kind, bill: Option<NewBill<'_>>| {
        let errand = Errand { owner, conversation: store::fresh(), kind };
        db.store.bills().settle(errand, bill, NOW).await.unwrap();
    };
    for payer in [ada, ada, store::fresh()] {
        settle(payer, CallKind::Title, Some(title)).await;
    }
    settle(ada, CallKind::Summary, Some(NewBill { kind: CallKind::Summary, ..title })).await;
    settle(ada, CallKind::Summary, None).await;

    let bills = db.store.bills().list(ada, "2000-01-01", "2100-01-01").await.unwrap();

    let kinds: Vec<_> = bills.iter().map(|bill| (bill.kind, bill.model_calls)).collect();
    assert_eq!(kinds, [(CallKind::Summary, 1), (CallKind::Title, 2)]);
    assert_eq!(bills[1].spent, spent + spent);
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
