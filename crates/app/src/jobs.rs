//! Background work that is no turn: claimed, leased, tried again after growing pauses, and given up
//! in the end.

use std::time::Duration;

use agent::{ConversationId, ImportId, with_causes};
use store::{Job, JobKind};
use tokio::task::JoinSet;

use crate::{App, AppError, Result};

/// Jobs that one process works on at the same time.
const AT_ONCE: usize = 2;

/// How often a job is claimed at most: one that fails, or takes its process down, over and over
/// would do so for ever.
const MOST_ATTEMPTS: i64 = 8;

/// The pause after a first failure; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// How a job was left.
pub(crate) enum Left {
    /// Nothing of it remains.
    Done,
    /// Somewhere in between, because the process is about to end.
    Undone,
}

impl App {
    /// Works on what is due until the process drains and what runs has come to a safe point.
    pub(crate) async fn run_jobs(self) {
        let mut draining = self.0.draining.subscribe();
        let mut running = JoinSet::new();
        while !self.is_draining() {
            let free = AT_ONCE.saturating_sub(running.len());
            match self.claim_jobs(free).await {
                Ok(jobs) => jobs.into_iter().for_each(|job| {
                    running.spawn(self.clone().run_job(job));
                }),
                Err(error) => tracing::warn!(%error, "looking for work failed"),
            }
            tokio::select! {
                _ = draining.wait_for(|draining| *draining) => {}
                () = tokio::time::sleep(self.pause()) => {}
                () = self.0.work.notified() => {}
                Some(_) = running.join_next() => {}
            }
        }
        running.join_all().await;
    }

    async fn claim_jobs(&self, free: usize) -> Result<Vec<Job>, store::StoreError> {
        match u32::try_from(free) {
            Ok(0) | Err(_) => Ok(Vec::new()),
            Ok(free) => self.0.store.jobs().claim_due(&self.lease(), self.now(), free).await,
        }
    }

    /// Runs a job under its lease, and keeps what became of it.
    async fn run_job(self, job: Job) {
        tracing::info!(job = %job.id, kind = %job.kind, attempt = job.attempts, "working on a job");
        let outcome = tokio::select! {
            outcome = self.work_on(&job) => outcome,
            () = self.keep_job(&job) => {
                tracing::warn!(job = %job.id, "somebody else works on this job now");
                return;
            }
        };
        if let Err(error) = self.settle(&job, outcome).await {
            tracing::warn!(job = %job.id, error = with_causes(&error), "a job was left as it is");
        }
    }

    async fn work_on(&self, job: &Job) -> Result<Left> {
        if job.attempts > MOST_ATTEMPTS {
            return Err(AppError::Conflict("it was tried too often"));
        }
        match job.kind {
            JobKind::Import => self.run_import(ImportId(job.subject)).await,
            JobKind::Title => self.run_title(ConversationId(job.subject)).await,
        }
    }

    /// Extends a lease for as long as it holds.
    async fn keep_job(&self, job: &Job) {
        loop {
            tokio::time::sleep(self.pause()).await;
            match self.0.store.jobs().extend(job, self.lease().until).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(%error, "the lease of a job could not be extended"),
            }
        }
    }

    async fn settle(&self, job: &Job, outcome: Result<Left>) -> Result<()> {
        let jobs = self.0.store.jobs();
        let error = match outcome {
            Ok(Left::Done) => return Ok(jobs.finish(job).await.map(drop)?),
            Ok(Left::Undone) => return Ok(jobs.release(job).await.map(drop)?),
            Err(error) => with_causes(&error),
        };
        tracing::warn!(job = %job.id, error, "a job failed");
        if job.attempts < MOST_ATTEMPTS {
            let doubled = u32::try_from(job.attempts - 1).unwrap_or(0);
            let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(doubled));
            jobs.fail(job, &error, Some(self.now().plus(pause))).await?;
            return Ok(());
        }
        match job.kind {
            JobKind::Import => self.give_up_import(ImportId(job.subject)).await?,
            JobKind::Title => {
                let conversations = self.0.store.conversations();
                conversations.name(ConversationId(job.subject), None).await?;
            }
        }
        jobs.fail(job, &error, None).await?;
        Ok(())
    }
}
