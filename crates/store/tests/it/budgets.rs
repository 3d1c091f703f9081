//! Budgets, and money that is set aside.

use agent::price::Spent;
use agent::{TurnStatus, UserId};
use store::{
    Budget, Budgets, CallKind, Errand, NewBill, NewStep, Reserved, Shortfall, StepStatus, Ts,
};

use crate::fixtures::{Chat, Db, NOW, end, lease, text_step};
use crate::harness::conformance;

conformance! {
    turns_at_once_never_pass_a_budget,
    each_budget_is_about_its_own,
    money_that_was_set_aside_is_free_with_the_lease,
    a_person_is_warned_once_a_day,
    a_budget_that_is_used_up_is_known,
    what_belongs_to_no_turn_is_set_aside_too,
}

const DAY: i64 = 24 * 3_600;

fn costing(cost: u64) -> NewStep {
    let spent = Spent { cost_nanos: Some(cost), ..Spent::default() };
    NewStep { spent, ..text_step(StepStatus::Complete, "text") }
}

impl Chat<'_> {
    async fn reserve(&self, cost: u64, budgets: Budgets, now: Ts) -> bool {
        self.db.turns().reserve(self.fence(), cost, budgets, now).await.unwrap().is_none()
    }

    async fn spend(&self, cost: u64, now: Ts) {
        let turns = self.db.turns();
        turns.record_step(self.fence(), costing(cost), Vec::new(), now).await.unwrap();
    }
}

async fn turns_at_once_never_pass_a_budget(db: Db) {
    let people = [db.person("ada").await, db.person("bob").await];
    let mut chats = Vec::new();
    for place in 0..8 {
        chats.push(db.chat(people[place % 2]).await);
    }
    let budgets = Budgets { day: Some(350), ..Budgets::default() };

    let tries: Vec<_> = chats
        .iter()
        .map(|chat| {
            let (turns, fence) = (db.turns(), chat.fence());
            tokio::spawn(
                async move { turns.reserve(fence, 100, budgets, NOW).await.unwrap().is_none() },
            )
        })
        .collect();
    let (mut granted, mut refused) = (Vec::new(), Vec::new());
    for (chat, tried) in chats.iter().zip(tries) {
        if tried.await.unwrap() { granted.push(chat) } else { refused.push(chat) }
    }

    assert_eq!((granted.len(), refused.len()), (3, 5));
    assert_eq!(refused[0].rows().await.turn.limited_by, Some(Budget::Day));
    assert!(granted[0].reserve(100, budgets, NOW).await, "its own reservation is replaced");
    granted[0].spend(20, NOW).await;
    assert!(!refused[0].reserve(131, budgets, NOW).await);
    assert!(refused[0].reserve(130, budgets, NOW).await, "the bill counts, not the estimate");
    assert_eq!(refused[0].rows().await.turn.limited_by, None);
    granted[1].spend(110, NOW).await;
    assert!(!refused[1].reserve(100, budgets, NOW).await, "and what costs more than was thought");
}

async fn each_budget_is_about_its_own(db: Db) {
    let (ada, bob) = (db.person("ada").await, db.person("bob").await);
    db.raw("UPDATE users SET timezone = 'UTC'").await.unwrap();
    let noon = Ts::start_of_day("2026-11-25", "UTC").unwrap().plus_seconds(DAY / 2);
    let old = db.chat(ada).await;
    old.spend(40, noon.plus_seconds(-DAY)).await;
    db.chat(bob).await.spend(20, noon).await;
    let chat = db.chat(ada).await;
    chat.spend(10, noon).await;
    let none = Budgets::default();

    for (budget, spent, budgets) in [
        (Budget::Turn, 10, Budgets { turn: Some(100), ..none }),
        (Budget::User, 10, Budgets { user: Some(100), ..none }),
        (Budget::Day, 30, Budgets { day: Some(100), ..none }),
        (Budget::Month, 70, Budgets { month: Some(100), ..none }),
    ] {
        let until = lease("here", noon.plus_seconds(DAY));
        db.turns().heartbeat(&until).await.unwrap();
        let turns = db.turns();
        let beyond = turns.reserve(chat.fence(), 100 - spent + 1, budgets, noon).await.unwrap();
        assert_eq!(beyond, Some(Shortfall { budget, limit: 100, spent, reserved: 0 }));
        assert_eq!(chat.rows().await.turn.limited_by, Some(budget));
        assert!(chat.reserve(100 - spent, budgets, noon).await, "{budget}");
    }
    assert!(chat.reserve(u64::MAX, none, noon).await);
}

async fn money_that_was_set_aside_is_free_with_the_lease(db: Db) {
    let ada = db.person("ada").await;
    let (lost, ended, next) = (db.chat(ada).await, db.chat(ada).await, db.chat(ada).await);
    let budgets = Budgets { user: Some(100), ..Budgets::default() };

    assert!(ended.reserve(60, budgets, NOW).await);
    assert!(!lost.reserve(60, budgets, NOW).await);
    db.turns().finish(ended.fence(), end(TurnStatus::Failed), NOW).await.unwrap();
    assert!(lost.reserve(60, budgets, NOW).await);

    assert!(!next.reserve(60, budgets, NOW.plus_seconds(29)).await);
    assert!(next.reserve(60, budgets, NOW.plus_seconds(31)).await, "its process is gone");
    db.turns().release(next.fence()).await.unwrap();
    let later = lease("there", NOW.plus_seconds(90));
    db.turns().claim(next.turn.id, &later, NOW).await.unwrap().unwrap();
    assert!(lost.reserve(60, budgets, NOW).await, "another driver must ask anew");
}

async fn a_person_is_warned_once_a_day(db: Db) {
    let ada = db.person("ada").await;
    let budgets = Budgets { user: Some(100), day: Some(1_000), ..Budgets::default() };
    let first = db.chat(ada).await;
    first.spend(79, NOW).await;
    assert!(first.reserve(1, budgets, NOW).await);
    assert_eq!(first.rows().await.turn.warned_of, None);

    first.spend(1, NOW).await;
    assert!(first.reserve(1, budgets, NOW).await && first.reserve(1, budgets, NOW).await);
    let second = db.chat(ada).await;
    assert!(second.reserve(1, budgets, NOW).await);

    assert_eq!(first.rows().await.turn.warned_of, Some(Budget::User));
    assert_eq!(second.rows().await.turn.warned_of, None);
    let tomorrow = NOW.plus_seconds(DAY);
    second.spend(90, tomorrow).await;
    assert!(second.reserve(1, budgets, tomorrow).await);
    assert_eq!(second.rows().await.turn.warned_of, Some(Budget::User));
}

async fn a_budget_that_is_used_up_is_known(db: Db) {
    let chat = db.new_chat().await;
    chat.spend(100, NOW).await;
    let day = NOW.day("Europe/Zurich");
    let exhausted = async |owner: UserId, day: &str, budgets| {
        db.store.bills().exhausted(owner, day, budgets).await.unwrap()
    };

    let none = Budgets::default();
    for (found, budgets) in [
        (None, none),
        (None, Budgets { turn: Some(1), user: Some(101), ..none }),
        (Some(Budget::User), Budgets { user: Some(100), day: Some(100), ..none }),
        (Some(Budget::Day), Budgets { day: Some(100), ..none }),
        (Some(Budget::Month), Budgets { month: Some(99), ..none }),
    ] {
        let beyond = exhausted(chat.owner, &day, budgets).await;
        assert_eq!(beyond.map(|beyond| beyond.budget), found, "{budgets:?}");
        assert!(beyond.is_none_or(|beyond| beyond.spent == 100), "{beyond:?}");
    }
    let bob = db.person("bob").await;
    assert_eq!(exhausted(bob, &day, Budgets { user: Some(1), ..none }).await, None);
    let after = Budgets { user: Some(1), day: Some(1), ..none };
    assert_eq!(exhausted(chat.owner, "9999-01-01", after).await, None);
}

async fn what_belongs_to_no_turn_is_set_aside_too(db: Db) {
    let (ada, bob) = (db.person("ada").await, db.person("bob").await);
    let chat = db.chat(ada).await;
    let budgets = Budgets { turn: Some(1), user: Some(100), ..Budgets::default() };
    let title = Errand { owner: ada, conversation: chat.conversation, kind: CallKind::Title };
    let summary = Errand { kind: CallKind::Summary, ..title };
    let bills = db.store.bills();
    let reserve = async |errand: Errand, cost: u64, now: Ts| {
        let lease = lease("here", now.plus_seconds(30));
        bills.reserve(errand, cost, budgets, &lease, now).await.unwrap()
    };
    let beyond = |spent, reserved| {
        Reserved::Beyond(Shortfall { budget: Budget::User, limit: 100, spent, reserved })
    };

    assert_eq!(reserve(title, 60, NOW).await, Reserved::Yes);
    assert_eq!(reserve(title, 1, NOW).await, Reserved::Busy);
    assert_eq!(reserve(summary, 41, NOW).await, beyond(0, 60));
    let of_day = Budgets { user: budgets.user, ..Budgets::default() };
    assert!(!chat.reserve(41, of_day, NOW).await, "a turn is held back by it");
    assert!(chat.reserve(10, of_day, NOW).await);
    assert_eq!(reserve(summary, 31, NOW).await, beyond(0, 70), "and it by a turn");
    let bobs = Errand { owner: bob, conversation: store::fresh(), ..title };
    assert_eq!(reserve(bobs, 100, NOW).await, Reserved::Yes, "others have their own");

    let spent = Spent { cost_nanos: Some(5), ..Spent::default() };
    let bill = NewBill { model: "a", kind: CallKind::Title, spent };
    bills.settle(title, Some(bill), NOW).await.unwrap();
    assert_eq!(reserve(summary, 86, NOW).await, beyond(5, 10));
    assert_eq!(reserve(summary, 85, NOW).await, Reserved::Yes);
    bills.extend(summary, NOW.plus_seconds(60)).await.unwrap();
    db.turns().heartbeat(&lease("here", NOW.plus_seconds(600))).await.unwrap();
    assert_eq!(reserve(summary, 1, NOW.plus_seconds(59)).await, Reserved::Busy);
    assert_eq!(
        reserve(summary, 85, NOW.plus_seconds(61)).await,
        Reserved::Yes,
        "nobody runs it any more, though its process lives"
    );
    db.turns().void_leases().await.unwrap();
    assert_eq!(reserve(summary, 85, NOW).await, Reserved::Yes);
}

#[test]
fn nobody_gets_a_new_day_by_moving() {
    let evening = Ts::start_of_day("2026-11-25", "UTC").unwrap().plus_seconds(22 * 3_600);
    for zone in ["Pacific/Kiritimati", "Europe/Berlin", "UTC"] {
        assert_eq!(evening.budget_day(zone), "2026-11-25", "{zone}");
    }
    let morning = Ts::start_of_day("2026-11-25", "UTC").unwrap().plus_seconds(3_600);
    assert_eq!(morning.budget_day("America/New_York"), "2026-11-24");
}
