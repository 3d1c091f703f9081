//! Background work: keys, claims, leases, failures.

use agent::JobId;
use store::{Job, JobKind, NewJob, Ts, fresh};

use crate::fixtures::{Db, NOW, lease};
use crate::harness::conformance;

conformance! {
    there_is_one_job_for_a_key,
    due_jobs_are_claimed_earliest_first,
    a_lease_keeps_others_away_until_it_ends,
    an_older_claim_changes_nothing,
    a_failed_job_waits_and_a_dead_one_stays,
    a_released_job_has_lost_no_attempt,
    void_leases_free_everything,
    two_workers_never_claim_the_same_job,
}

const LATER: Ts = NOW.plus_seconds(31);

fn job(key: &str, run_at: Ts) -> NewJob {
    let (kind, subject) = (JobKind::Import, fresh());
    NewJob { kind, subject, dedup_key: key.to_owned(), run_at }
}

async fn enqueued(db: &Db, key: &str, run_at: Ts) {
    assert!(db.jobs().enqueue(&job(key, run_at), NOW).await.unwrap());
}

async fn claimed(db: &Db, now: Ts) -> Vec<Job> {
    db.jobs().claim_due(&lease("here", now.plus_seconds(30)), now, 9).await.unwrap()
}

async fn only(db: &Db) -> Job {
    enqueued(db, "a", NOW).await;
    claimed(db, NOW).await.remove(0)
}

async fn there_is_one_job_for_a_key(db: Db) {
    let first = job("a", NOW);

    assert!(db.jobs().enqueue(&first, NOW).await.unwrap());
    assert!(!db.jobs().enqueue(&job("a", NOW), NOW).await.unwrap());

    let claim = claimed(&db, NOW).await.remove(0);
    assert_eq!((claim.kind, claim.subject, claim.attempts), (first.kind, first.subject, 1));
    assert!(!db.jobs().enqueue(&job("a", NOW), NOW).await.unwrap(), "it is still there");
    assert!(db.jobs().finish(&claim).await.unwrap());
    assert!(db.jobs().enqueue(&job("a", NOW), NOW).await.unwrap());
}

async fn due_jobs_are_claimed_earliest_first(db: Db) {
    for (key, second) in [("c", 3), ("a", 1), ("future", 60), ("b", 2)] {
        enqueued(&db, key, NOW.plus_seconds(second)).await;
    }

    let two = db.jobs().claim_due(&lease("here", LATER), NOW.plus_seconds(3), 2).await.unwrap();
    let rest = claimed(&db, NOW.plus_seconds(3)).await;

    let at: Vec<Ts> = two.iter().chain(&rest).map(|job| job.run_at).collect();
    assert_eq!(at, [1, 2, 3].map(|second| NOW.plus_seconds(second)));
}

async fn a_lease_keeps_others_away_until_it_ends(db: Db) {
    let claim = only(&db).await;
    assert_eq!(claimed(&db, NOW.plus_seconds(30)).await, []);
    assert!(db.jobs().extend(&claim, NOW.plus_seconds(90)).await.unwrap());
    assert_eq!(claimed(&db, NOW.plus_seconds(89)).await, []);

    let again = claimed(&db, NOW.plus_seconds(91)).await;

    assert_eq!((again[0].id, again[0].attempts), (claim.id, 2));
}

async fn an_older_claim_changes_nothing(db: Db) {
    let old = only(&db).await;
    let new = claimed(&db, LATER).await.remove(0);

    assert!(!db.jobs().extend(&old, LATER).await.unwrap());
    assert!(!db.jobs().finish(&old).await.unwrap());
    assert!(!db.jobs().release(&old).await.unwrap());
    assert!(!db.jobs().fail(&old, "late", None).await.unwrap());

    assert!(db.jobs().finish(&new).await.unwrap());
    assert!(!db.jobs().finish(&new).await.unwrap());
}

async fn a_failed_job_waits_and_a_dead_one_stays(db: Db) {
    let claim = only(&db).await;

    assert!(db.jobs().fail(&claim, "no luck", Some(LATER)).await.unwrap());
    assert_eq!(claimed(&db, NOW.plus_seconds(30)).await, []);
    let again = claimed(&db, LATER).await.remove(0);
    assert_eq!((again.attempts, again.error.as_deref()), (2, Some("no luck")));
    assert!(db.jobs().fail(&again, "never", None).await.unwrap());

    assert_eq!(claimed(&db, LATER.plus_seconds(1_000_000)).await, []);
    assert_eq!(db.number("SELECT COUNT(*) FROM jobs WHERE dead AND error = 'never'").await, 1);
}

async fn a_released_job_has_lost_no_attempt(db: Db) {
    let claim = only(&db).await;

    assert!(db.jobs().release(&claim).await.unwrap());

    assert_eq!(claimed(&db, NOW).await, [claim]);
}

async fn void_leases_free_everything(db: Db) {
    let claim = only(&db).await;

    db.jobs().void_leases().await.unwrap();

    assert!(!db.jobs().finish(&claim).await.unwrap());
    assert_eq!(claimed(&db, NOW).await[0].attempts, 2);
}

async fn two_workers_never_claim_the_same_job(db: Db) {
    for number in 0..20 {
        enqueued(&db, &number.to_string(), NOW).await;
    }
    let worker = |name: &'static str| {
        let jobs = db.jobs();
        async move {
            let mut mine: Vec<JobId> = Vec::new();
            loop {
                let claims = jobs.claim_due(&lease(name, LATER), NOW, 1).await.unwrap();
                if claims.is_empty() {
                    return mine;
                }
                mine.extend(claims.iter().map(|job| job.id));
            }
        }
    };

    let (mut all, other) = tokio::join!(tokio::spawn(worker("a")), tokio::spawn(worker("b")));

    let all = all.as_mut().unwrap();
    all.extend(other.unwrap());
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 20);
}
