//! What happens at the same moment.

use std::collections::HashSet;
use std::future::Future;
use std::pin::pin;
use std::task::Poll;

use agent::vocabulary::Answer;
use agent::{TurnId, TurnStatus};
use sqlx::error::DatabaseError;
use store::{
    DecideOutcome, StartIn, StartOutcome, StepStatus, Store, StoreError, Task, TaskFilter, fresh,
};
use tokio::task::JoinSet;

use crate::fixtures::{Db, NOW, decide, in_new, lease, message, new_call, page, start, text_step};
use crate::harness::conformance;

conformance! {
    one_of_many_decisions_wins,
    many_same_posts_are_one_turn,
    many_posts_start_one_turn,
    one_driver_claims_a_turn,
    replicas_never_claim_the_same_turn,
    a_decision_is_never_lost_by_parking,
    deciding_and_superseding_end_well,
    deleting_and_driving_end_well,
    the_database_itself_allows_one_active_turn,
    one_call_makes_one_task,
    a_cancelled_begin_spoils_no_session,
}

const MANY: usize = 20;

/// Runs them at the same time; their results in any order.
async fn together<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    futures: impl Iterator<Item = F>,
) -> Vec<T> {
    futures.collect::<JoinSet<F::Output>>().join_all().await
}

async fn one_of_many_decisions_wins(db: Db) {
    let chat = db.new_chat().await;
    let (call, approval) = chat.parked().await;
    let outcomes = together((0..MANY).map(|index| {
        let (approvals, owner) = (db.approvals(), chat.owner);
        let answer = if index % 2 == 0 { Answer::Approve } else { Answer::Deny };
        async move {
            let outcome = approvals.decide(owner, decide(approval, answer)).await.unwrap();
            (answer, outcome.unwrap())
        }
    }))
    .await;

    let winners: Vec<Answer> = outcomes
        .iter()
        .filter(|(_, outcome)| matches!(outcome, DecideOutcome::Decided(_)))
        .map(|(answer, _)| *answer)
        .collect();
    assert_eq!(winners.len(), 1);
    for (answer, outcome) in outcomes {
        match outcome {
            DecideOutcome::Decided(_) => {}
            DecideOutcome::Repeated(_) => assert_eq!(answer, winners[0]),
            DecideOutcome::AlreadyDecided(_) => assert_ne!(answer, winners[0]),
            DecideOutcome::DigestMismatch => panic!("there was no digest"),
        }
    }
    assert_eq!(db.number("SELECT COUNT(*) FROM decisions").await, 1);
    assert_eq!(chat.rows().await.turn.decision_seq, 1);
    let status = chat.row(call).await.status;
    assert_eq!(status == agent::CallStatus::Approved, winners[0] == Answer::Approve);
}

async fn many_same_posts_are_one_turn(db: Db) {
    let ada = db.person("ada").await;
    let outcomes = together((0..MANY).map(|_| {
        let turns = db.turns();
        let post = start(in_new(Some("c")), message(Some("m"), None, "hello"));
        async move { turns.start(ada, post).await.unwrap() }
    }))
    .await;

    let mut ids: HashSet<TurnId> = HashSet::new();
    let mut started = 0;
    for outcome in outcomes {
        match outcome {
            StartOutcome::Started { turn, .. } => {
                started += 1;
                ids.insert(turn.id);
            }
            StartOutcome::Repeated(turn) => {
                ids.insert(turn.id);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((started, ids.len()), (1, 1));
    assert_eq!(db.number("SELECT COUNT(*) FROM conversations").await, 1);
    assert_eq!(db.number("SELECT COUNT(*) FROM messages").await, 2);
}

async fn many_posts_start_one_turn(db: Db) {
    let chat = db.new_chat().await;
    chat.answer("one").await;
    let head = chat.head().await;
    let outcomes = together((0..MANY).map(|index| {
        let (turns, owner) = (db.turns(), chat.owner);
        let text = format!("message {index}");
        let mut post = start(StartIn::Existing(chat.conversation), message(None, head, &text));
        post.expected_head = head;
        async move { turns.start(owner, post).await.unwrap() }
    }))
    .await;

    let started =
        outcomes.iter().filter(|outcome| matches!(outcome, StartOutcome::Started { .. })).count();
    let active =
        outcomes.iter().filter(|outcome| matches!(outcome, StartOutcome::TurnActive(_))).count();
    assert_eq!((started, active), (1, MANY - 1));
}

async fn one_driver_claims_a_turn(db: Db) {
    let chat = db.new_chat().await;
    db.turns().release(chat.fence()).await.unwrap();
    let claims = together((0..MANY).map(|index| {
        let (turns, id) = (db.turns(), chat.turn.id);
        let lease = lease(&format!("driver {index}"), NOW.plus_seconds(30));
        async move { turns.claim(id, &lease, NOW).await.unwrap() }
    }))
    .await;

    assert_eq!(claims.into_iter().flatten().count(), 1);
    assert_eq!(chat.rows().await.turn.epoch, 2);
}

async fn replicas_never_claim_the_same_turn(db: Db) {
    let ada = db.person("ada").await;
    for _ in 0..MANY {
        let chat = db.chat(ada).await;
        db.turns().release(chat.fence()).await.unwrap();
    }
    let claims = together((0..8).map(|index| {
        let turns = db.turns();
        let lease = lease(&format!("replica {index}"), NOW.plus_seconds(30));
        async move {
            let mut claimed = Vec::new();
            loop {
                let more = turns.claim_due(&lease, NOW, 3).await.unwrap();
                if more.is_empty() {
                    return claimed;
                }
                claimed.extend(more);
            }
        }
    }))
    .await;

    let claimed: Vec<TurnId> = claims.into_iter().flatten().map(|turn| turn.id).collect();
    let different: HashSet<&TurnId> = claimed.iter().collect();
    assert_eq!((claimed.len(), different.len()), (MANY, MANY));
}

async fn a_decision_is_never_lost_by_parking(db: Db) {
    let ada = db.person("ada").await;
    for _ in 0..MANY {
        let chat = db.chat(ada).await;
        let call = chat.call(&[("outward", "d")]).await.remove(0);
        let approval = chat.ask(call).await;
        let (turns, fence) = (db.turns(), chat.fence());
        let (approvals, answer) = (db.approvals(), decide(approval, Answer::Approve));

        let park = tokio::spawn(async move { turns.park(fence, 0).await.unwrap() });
        let decide = tokio::spawn(async move { approvals.decide(ada, answer).await.unwrap() });
        let (parked, decided) = (park.await.unwrap(), decide.await.unwrap());

        assert!(matches!(decided, Some(DecideOutcome::Decided(_))));
        let expected = if parked { TurnStatus::Queued } else { TurnStatus::Running };
        assert_eq!(chat.status().await, expected);
    }
}

async fn deciding_and_superseding_end_well(db: Db) {
    let ada = db.person("ada").await;
    for _ in 0..MANY {
        let chat = db.chat(ada).await;
        let (_, approval) = chat.parked().await;
        let head = chat.head().await;
        let mut post = start(StartIn::Existing(chat.conversation), message(None, head, "no"));
        post.expected_head = head;
        post.expected_active = Some((chat.turn.id, chat.rows().await.turn.decision_seq));
        let (turns, approvals) = (db.turns(), db.approvals());
        let answer = decide(approval, Answer::Approve);

        let start = tokio::spawn(async move { turns.start(ada, post).await.unwrap() });
        let decide = tokio::spawn(async move { approvals.decide(ada, answer).await.unwrap() });
        let (started, decided) = (start.await.unwrap(), decide.await.unwrap());

        match (started, decided) {
            (StartOutcome::Started { .. }, Some(DecideOutcome::AlreadyDecided(_))) => {
                assert_eq!(chat.status().await, TurnStatus::Superseded);
            }
            (
                StartOutcome::TurnActive(_) | StartOutcome::HeadMoved,
                Some(DecideOutcome::Decided(_)),
            ) => {
                assert_eq!(chat.status().await, TurnStatus::Queued);
            }
            other => panic!("{other:?}"),
        }
    }
}

async fn deleting_and_driving_end_well(db: Db) {
    let ada = db.person("ada").await;
    for _ in 0..MANY {
        let chat = db.chat(ada).await;
        let (turns, fence, conversation) = (db.turns(), chat.fence(), chat.conversation);
        let conversations = db.conversations();

        let drive = tokio::spawn(async move {
            loop {
                let step = text_step(StepStatus::Complete, "more");
                let calls = vec![new_call("send", "write", "d")];
                if let Err(error) = turns.record_step(fence, step, calls, NOW).await {
                    return error;
                }
            }
        });
        let delete =
            tokio::spawn(async move { conversations.delete(ada, conversation).await.unwrap() });

        assert!(delete.await.unwrap());
        let error = drive.await.unwrap();
        assert!(matches!(error, StoreError::LeaseLost(_)), "{error:?}");
    }
    assert_eq!(db.number("SELECT COUNT(*) FROM steps").await, 0);
}

async fn the_database_itself_allows_one_active_turn(db: Db) {
    let chat = db.new_chat().await;
    chat.answer("one").await;
    chat.say("two?").await;
    let reopen = format!(
        "UPDATE turns SET status = 'queued', ended_at = NULL
         WHERE epoch = {} AND status = 'completed'",
        chat.turn.epoch
    );

    let refused = db.raw(&reopen).await;

    let error = refused.unwrap_err();
    assert!(error.as_database_error().is_some_and(DatabaseError::is_unique_violation), "{error}");
}

async fn one_call_makes_one_task(db: Db) {
    let ada = db.person("ada").await;
    let made_by = Some(fresh());
    let made = together((0..MANY).map(|_| {
        let tasks = db.tasks();
        async move { tasks.create(ada, Task::new(NOW), made_by).await.unwrap() }
    }))
    .await;

    assert!(made.iter().all(|task| *task == made[0]));
    let all = db.tasks().list(ada, &TaskFilter::default(), &page(9)).await.unwrap();
    assert_eq!(all.items.len(), 1);
}

/// Drops a future when it still waits after so many polls.
async fn cut<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(|context| {
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Pending if left == 0 => Poll::Ready(None),
            poll => poll.map(Some),
        }
    })
    .await
}

/// sqlx 0.9.0 gave a session back inside a transaction when its `BEGIN` was cancelled, and what the
/// next borrower wrote was never committed.
async fn a_cancelled_begin_spoils_no_session(db: Db) {
    let ada = db.person("ada").await;
    let other = Store::open(&db.location).await.unwrap();
    for round in 0..40 {
        let post = start(in_new(None), message(None, None, "cancelled"));
        cut(db.turns().start(ada, post), 1 + round % 4).await;

        // More than there are sessions in use, so that each comes round.
        for _ in 0..4 {
            let task = db.tasks().create(ada, Task::new(NOW), None).await.unwrap();
            let seen = other.tasks().get(ada, task.id).await.unwrap();
            assert_eq!(seen, Some(task), "round {round}");
        }
    }
    other.close().await;
}
