//! The connections to a SQLite file, and transactions on them.
//!
//! sqlx's pool asks each connection that comes back whether it is alive, and its transactions
//! begin and end with commands of their own. For a file each of these is a detour over the
//! connection's thread, so connections are held for good here, and statements travel together.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::{FutureExt as _, StreamExt as _};
use sqlx::query::Query;
use sqlx::sqlite::{
    Sqlite, SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Either, Executor as _, PgPool, SqliteConnection};
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard};

use super::open::STATEMENT_CACHE;
use super::{On, Statement};
use crate::Result;

const READERS: usize = 4;

/// How long an answer is looked for before it is waited for: as long as a commit on a fast disk.
const HASTE: Duration = Duration::from_micros(500);

/// A connection until it is closed.
type Slot = Arc<Mutex<Option<SqliteConnection>>>;

/// A connection in use.
pub(super) type Line = OwnedMappedMutexGuard<Option<SqliteConnection>, SqliteConnection>;

/// One connection that writes and several that read.
#[derive(Debug)]
pub(crate) struct Lite {
    /// How the writing connection was made.
    pub(crate) options: SqliteConnectOptions,
    writer: Slot,
    readers: Vec<Slot>,
    turn: AtomicUsize,
}

impl Lite {
    pub(super) async fn open(file: &Path) -> Result<Self> {
        let both = SqliteConnectOptions::new()
            .filename(file)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .statement_cache_capacity(STATEMENT_CACHE)
            .pragma("cache_size", "-16000")
            .pragma("mmap_size", "268435456")
            .pragma("temp_store", "memory");
        let writing = both
            .clone()
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .optimize_on_close(true, None);
        let reading = both.pragma("query_only", "on");
        let slot = |connection| Arc::new(Mutex::new(Some(connection)));
        let writer = slot(writing.connect().await?);
        let mut readers = Vec::with_capacity(READERS);
        for _ in 0..READERS {
            readers.push(slot(reading.connect().await?));
        }
        Ok(Self { options: writing, writer, readers, turn: AtomicUsize::new(0) })
    }

    /// The connection that writes, as soon as it is free.
    pub(super) async fn writer(&self) -> Result<Line, sqlx::Error> {
        in_use(Arc::clone(&self.writer).lock_owned().await)
    }

    /// A connection that reads: one that is free, or the next in turn.
    pub(super) async fn reader(&self) -> Result<Line, sqlx::Error> {
        let free = self.readers.iter().find_map(|slot| Arc::clone(slot).try_lock_owned().ok());
        if let Some(free) = free {
            return in_use(free);
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.readers.len();
        in_use(Arc::clone(&self.readers[turn]).lock_owned().await)
    }

    /// Closes each connection once it is free.
    pub(super) async fn close(&self) {
        for slot in self.readers.iter().chain([&self.writer]) {
            if let Some(connection) = slot.lock().await.take() {
                // What is committed is safe whether or not this goes well.
                drop(connection.close().await);
            }
        }
    }
}

fn in_use(slot: OwnedMutexGuard<Option<SqliteConnection>>) -> Result<Line, sqlx::Error> {
    OwnedMutexGuard::try_map(slot, Option::as_mut).map_err(|_closed| sqlx::Error::PoolClosed)
}

/// What a text gave.
#[derive(Default)]
pub(super) struct Given {
    /// The rows of each of its statements.
    pub(super) rows: Vec<Vec<SqliteRow>>,
    /// How many rows the last of them changed.
    pub(super) changed: u64,
}

/// Runs a text of one or more statements to its end.
///
/// The connection's thread hands over each row and each statement's end by itself, and would wake us
/// for it; a sleeping thread wakes later than all of a short text is done. So we look for it at
/// first, after whatever else there is to do, and only then go to sleep.
pub(super) async fn run(
    line: &mut SqliteConnection,
    text: Query<'_, Sqlite, SqliteArguments>,
) -> Result<Given, sqlx::Error> {
    let (begun, mut given, mut rows) = (Instant::now(), Given::default(), Vec::new());
    let mut items = line.fetch_many(text);
    loop {
        let item = match items.next().now_or_never() {
            Some(item) => item,
            None if begun.elapsed() < HASTE => {
                // The connection's thread may need this core.
                std::thread::yield_now();
                tokio::task::yield_now().await;
                continue;
            }
            None => items.next().await,
        };
        match item.transpose()? {
            None => return Ok(given),
            Some(Either::Right(row)) => rows.push(row),
            Some(Either::Left(end)) => {
                given.rows.push(std::mem::take(&mut rows));
                given.changed = end.rows_affected();
            }
        }
    }
}

/// A transaction. It begins with its first statement; dropped without an end, it is taken back.
#[derive(Debug)]
pub(super) struct LiteTx {
    /// Until the end.
    line: Option<Line>,
    /// What travels with the next statement: the beginning, and writes that are not counted.
    ahead: Option<Statement>,
}

impl LiteTx {
    pub(super) fn new(line: Line, begin: &'static str) -> Self {
        Self { line: Some(line), ahead: Some(Statement::new(begin, Vec::new())) }
    }

    /// Lets a write travel with the next statement.
    pub(super) fn put_ahead(&mut self, write: Statement) {
        self.ahead = Some(self.after_ahead(write));
    }

    /// Runs what would travel with a write whose changed rows are counted: SQLite counts a
    /// statement that changes nothing as the write before it.
    pub(super) async fn flush(&mut self) -> Result<()> {
        if let Some(ahead) = self.ahead.take() {
            let (ahead, line) = self.next(ahead)?;
            ahead.execute(On::<&PgPool, _>::Lite(line)).await?;
        }
        Ok(())
    }

    /// The statement as it is to be run, and where.
    pub(super) fn next(
        &mut self,
        statement: Statement,
    ) -> Result<(Statement, &mut SqliteConnection), sqlx::Error> {
        let statement = self.after_ahead(statement);
        let line = self.line.as_deref_mut().ok_or(sqlx::Error::PoolClosed)?;
        Ok((statement, line))
    }

    /// Makes everything count.
    pub(super) async fn commit(mut self) -> Result<()> {
        self.put_ahead(Statement::new("COMMIT", Vec::new()));
        self.flush().await?;
        self.line = None;
        Ok(())
    }

    fn after_ahead(&mut self, statement: Statement) -> Statement {
        match self.ahead.take() {
            Some(ahead) => ahead.then(statement),
            None => statement,
        }
    }
}

impl Drop for LiteTx {
    fn drop(&mut self) {
        let Some(mut line) = self.line.take() else { return };
        // The connection is free again once this is done. If the transaction has not begun, or has
        // ended with an error or a commit that was not waited for, there is nothing to take back.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { line.execute(sqlx::raw_sql("ROLLBACK")).await });
        }
    }
}
