//! Claims, leases and parking.

use agent::{TurnId, TurnStatus};
use store::{Fence, Ts};

use crate::fixtures::{Db, NOW, end, lease};
use crate::harness::conformance;

conformance! {
    a_held_turn_is_not_claimed,
    a_released_turn_is_claimed_once,
    a_lease_that_ran_out_is_claimed,
    ended_and_waiting_turns_are_not_claimed,
    due_turns_are_claimed_oldest_first,
    a_heartbeat_extends_what_is_held,
    a_lease_that_ran_out_is_kept_if_nobody_took_it,
    void_leases_requeue_everything,
    parking_lets_go_of_the_lease,
}

const LATER: Ts = NOW.plus_seconds(31);

async fn a_held_turn_is_not_claimed(db: Db) {
    let chat = db.new_chat().await;
    let until = NOW.plus_seconds(30);

    assert_eq!(db.turns().claim(chat.turn.id, &lease("there", LATER), until).await.unwrap(), None);
    assert_eq!(db.turns().claim_due(&lease("there", LATER), until, 9).await.unwrap(), []);
    assert_eq!(db.turns().claim(store::fresh(), &lease("x", LATER), LATER).await.unwrap(), None);
}

async fn a_released_turn_is_claimed_once(db: Db) {
    let chat = db.new_chat().await;
    db.turns().release(chat.fence()).await.unwrap();
    assert_eq!(chat.status().await, TurnStatus::Queued);

    let first = db.turns().claim(chat.turn.id, &lease("a", LATER), NOW).await.unwrap().unwrap();
    let second = db.turns().claim(chat.turn.id, &lease("b", LATER), NOW).await.unwrap();

    assert_eq!((first.epoch, first.status), (2, TurnStatus::Running));
    assert_eq!(second, None);
    assert_eq!(chat.rows().await.turn, first);
}

async fn a_lease_that_ran_out_is_claimed(db: Db) {
    let chat = db.new_chat().await;

    let claimed = db.turns().claim(chat.turn.id, &lease("a", LATER), LATER).await.unwrap();

    assert_eq!(claimed.map(|turn| turn.epoch), Some(2));
}

async fn ended_and_waiting_turns_are_not_claimed(db: Db) {
    let done = db.new_chat().await;
    done.answer("done").await;
    let waiting = db.chat(done.owner).await;
    waiting.parked().await;

    for chat in [&done, &waiting] {
        let claimed = db.turns().claim(chat.turn.id, &lease("a", LATER), LATER).await.unwrap();
        assert_eq!(claimed, None);
    }
    assert_eq!(db.turns().claim_due(&lease("a", LATER), LATER, 9).await.unwrap(), []);
}

async fn due_turns_are_claimed_oldest_first(db: Db) {
    let ada = db.person("ada").await;
    let mut made: Vec<TurnId> = Vec::new();
    for index in 0..5 {
        let chat = db.chat(ada).await;
        if index % 2 == 0 {
            db.turns().release(chat.fence()).await.unwrap();
        }
        made.push(chat.turn.id);
    }
    let until = LATER.plus_seconds(30);

    let first = db.turns().claim_due(&lease("a", until), LATER, 3).await.unwrap();
    let rest = db.turns().claim_due(&lease("b", until), LATER, 3).await.unwrap();
    let none = db.turns().claim_due(&lease("c", until), LATER, 3).await.unwrap();

    let ids = |turns: &[store::Turn]| turns.iter().map(|turn| turn.id).collect::<Vec<_>>();
    assert_eq!(ids(&first), made[..3]);
    assert_eq!(ids(&rest), made[3..]);
    assert!(none.is_empty());
    assert!(first.iter().all(|turn| turn.epoch == 2 && turn.status == TurnStatus::Running));
}

async fn a_heartbeat_extends_what_is_held(db: Db) {
    let chat = db.new_chat().await;
    let lost = db.chat(chat.owner).await;
    db.turns().claim(lost.turn.id, &lease("there", LATER), LATER).await.unwrap();
    let until = NOW.plus_seconds(90);

    let held = db.turns().heartbeat(&lease("here", until)).await.unwrap();
    let still = db.turns().claim(chat.turn.id, &lease("there", until), LATER).await.unwrap();

    assert_eq!(held, [(chat.turn.id, false)]);
    assert_eq!(still, None);
}

async fn a_lease_that_ran_out_is_kept_if_nobody_took_it(db: Db) {
    let chat = db.new_chat().await;
    let until = LATER.plus_seconds(90);

    let held = db.turns().heartbeat(&lease("here", until)).await.unwrap();
    let others = db.turns().claim_due(&lease("there", until), LATER, 9).await.unwrap();

    assert_eq!(held, [(chat.turn.id, false)]);
    assert_eq!(others, []);
}

async fn void_leases_requeue_everything(db: Db) {
    let chat = db.new_chat().await;
    let waiting = db.chat(chat.owner).await;
    waiting.parked().await;
    let done = db.chat(chat.owner).await;
    db.turns().finish(done.fence(), end(TurnStatus::Completed), NOW).await.unwrap();

    db.turns().void_leases().await.unwrap();

    assert_eq!(chat.status().await, TurnStatus::Queued);
    assert_eq!(waiting.status().await, TurnStatus::Waiting);
    assert_eq!(done.status().await, TurnStatus::Completed);
    let claimed = db.turns().claim_due(&lease("a", LATER), NOW, 9).await.unwrap();
    assert_eq!(claimed.iter().map(|turn| turn.epoch).collect::<Vec<_>>(), [2]);
}

async fn parking_lets_go_of_the_lease(db: Db) {
    let chat = db.new_chat().await;
    let call = chat.call(&[("outward", "d")]).await.remove(0);
    chat.ask(call).await;

    assert!(!db.turns().park(chat.fence(), 1).await.unwrap(), "parked on a future decision");
    assert!(db.turns().park(chat.fence(), 0).await.unwrap());

    assert_eq!(chat.status().await, TurnStatus::Waiting);
    assert_eq!(db.turns().heartbeat(&lease("here", LATER)).await.unwrap(), []);
    let again = db.turns().park(Fence { epoch: 1, ..chat.fence() }, 0).await;
    assert!(matches!(again, Err(store::StoreError::LeaseLost(_))), "{again:?}");
}
