//! Where statements run: on the pools, or in a transaction.

use std::sync::Arc;

use futures_util::future::try_join_all;
use sqlx::{PgConnection, PgPool, Postgres, SqliteConnection, Transaction};
use tokio::sync::broadcast;
use uuid::Uuid;

use super::lite::{Line, Lite, LiteTx};
use super::{FromCells, On, Record, Statement};
use crate::{Change, Page, PageRequest, Result, StoreError};

/// Postgres has one pool. SQLite has one connection that writes and several that read.
pub(super) type Pools = On<PgPool, Lite>;

/// Ends the `INSERT` of what a tool call makes once, see [`Db::make_once`].
pub(crate) const ONCE: &str =
    " ON CONFLICT (user_id, made_by) WHERE made_by IS NOT NULL DO NOTHING";

/// How many changes a listener may be behind before it has to look at everything anew.
const CHANGES_KEPT: usize = 1024;

/// An open database, as the handles hold it.
#[derive(Clone, Debug)]
pub(crate) struct Db {
    pools: Arc<Pools>,
    changes: broadcast::Sender<Change>,
}

impl Db {
    pub(super) fn new(pools: Pools) -> Self {
        Self { pools: Arc::new(pools), changes: broadcast::Sender::new(CHANGES_KEPT) }
    }

    /// Tells listeners of a change that is committed.
    pub(crate) fn announce(&self, change: Change) {
        // Nobody may be listening, which is no failure.
        let _ = self.changes.send(change);
    }

    /// Every change from now on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    pub(crate) fn pools(&self) -> &Pools {
        &self.pools
    }

    /// The text for this database, where the two must differ.
    pub(crate) fn pick<T>(&self, postgres: T, sqlite: T) -> T {
        match self.pools() {
            On::Pg(_) => postgres,
            On::Lite(_) => sqlite,
        }
    }

    async fn writer(&self) -> Result<On<&PgPool, Line>> {
        Ok(match self.pools() {
            On::Pg(pool) => On::Pg(pool),
            On::Lite(lite) => On::Lite(lite.writer().await?),
        })
    }

    async fn reader(&self) -> Result<On<&PgPool, Line>> {
        Ok(match self.pools() {
            On::Pg(pool) => On::Pg(pool),
            On::Lite(lite) => On::Lite(lite.reader().await?),
        })
    }

    /// Reads rows.
    pub(crate) async fn rows<T: FromCells>(&self, read: Statement) -> Result<Vec<T>> {
        read.rows(self.reader().await?.borrowed()).await?.read()
    }

    /// Reads the rows of three statements at once: on SQLite in one trip to its thread.
    pub(crate) async fn rows_of_three<A: FromCells, B: FromCells, C: FromCells>(
        &self,
        reads: [Statement; 3],
    ) -> Result<(Vec<A>, Vec<B>, Vec<C>)> {
        let found = match self.pools() {
            On::Pg(pool) => try_join_all(reads.map(|read| read.rows(On::Pg(pool)))).await?,
            On::Lite(lite) => Statement::rows_of_each(reads, &mut *lite.reader().await?).await?,
        };
        match found.as_slice() {
            [first, second, third] => Ok((first.read()?, second.read()?, third.read()?)),
            other => Err(StoreError::Inconsistent(format!("{} results of three", other.len()))),
        }
    }

    /// Reads the first row, if there is one.
    pub(crate) async fn row<T: FromCells>(&self, read: Statement) -> Result<Option<T>> {
        Ok(self.rows(read).await?.into_iter().next())
    }

    /// A page of records, the newest first: of those that `read` finds, which ends in a condition.
    pub(crate) async fn newest<T: Record>(
        &self,
        mut read: Statement,
        page: &PageRequest,
        id: impl Fn(&T) -> Uuid,
    ) -> Result<Page<T>> {
        read.push(&format!(" AND {}.id < $", T::TABLE), &page.key::<Uuid>()?);
        read.push(&format!(" ORDER BY {}.id DESC LIMIT $", T::TABLE), &page.probe());
        Ok(page.page(self.rows(read).await?, id))
    }

    /// Writes with a single statement; says how many rows changed.
    pub(crate) async fn execute(&self, write: Statement) -> Result<u64> {
        write.execute(self.writer().await?.borrowed()).await
    }

    /// Writes with a single statement, whatever that changes.
    pub(crate) async fn run(&self, write: Statement) -> Result<()> {
        self.execute(write).await.map(drop)
    }

    /// Writes with a single statement that returns rows.
    pub(crate) async fn write_rows<T: FromCells>(&self, write: Statement) -> Result<Vec<T>> {
        write.rows(self.writer().await?.borrowed()).await?.read()
    }

    /// Writes with a single statement that returns at most one row.
    pub(crate) async fn write_row<T: FromCells>(&self, write: Statement) -> Result<Option<T>> {
        Ok(self.write_rows(write).await?.into_iter().next())
    }

    /// Inserts what a tool call makes once and tells of it, or reads what it made before.
    pub(crate) async fn make_once<T: FromCells>(
        &self,
        insert: Statement,
        again: Statement,
        change: impl Fn(&T) -> Change,
    ) -> Result<T> {
        if let Some(made) = self.write_row(insert).await? {
            self.announce(change(&made));
            return Ok(made);
        }
        let known = self.row(again).await?;
        known.ok_or_else(|| StoreError::Inconsistent("a row is neither new nor there".to_owned()))
    }

    /// Deletes with a single statement and tells of it; whether there was anything.
    pub(crate) async fn delete(&self, delete: Statement, change: Change) -> Result<bool> {
        let was_there = self.execute(delete).await? > 0;
        if was_there {
            self.announce(change);
        }
        Ok(was_there)
    }

    /// Begins a transaction that writes.
    pub(crate) async fn begin(&self) -> Result<Tx> {
        Ok(self.tx(match self.pools() {
            On::Pg(pool) => On::Pg(begin_postgres(pool, "BEGIN").await?),
            On::Lite(lite) => On::Lite(LiteTx::new(lite.writer().await?, "BEGIN IMMEDIATE")),
        }))
    }

    /// Begins a transaction that only reads, and sees one moment throughout.
    pub(crate) async fn snapshot(&self) -> Result<Tx> {
        Ok(self.tx(match self.pools() {
            On::Pg(pool) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                On::Pg(begin_postgres(pool, begin).await?)
            }
            On::Lite(lite) => On::Lite(LiteTx::new(lite.reader().await?, "BEGIN")),
        }))
    }

    fn tx(&self, transaction: OpenTransaction) -> Tx {
        Tx { transaction, changes: Vec::new(), db: self.clone() }
    }
}

/// Spawned, because sqlx 0.9.0 gives a session back to the pool inside a transaction if the future
/// is dropped while `BEGIN` is under way.
async fn begin_postgres(
    pool: &PgPool,
    statement: &'static str,
) -> Result<Transaction<'static, Postgres>> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with(statement).await });
    Ok(begun.await.map_err(|error| sqlx::Error::Io(error.into()))??)
}

impl On<&PgPool, Line> {
    fn borrowed(&mut self) -> On<&PgPool, &mut SqliteConnection> {
        match self {
            Self::Pg(pool) => On::Pg(pool),
            Self::Lite(line) => On::Lite(line),
        }
    }
}

type OpenTransaction = On<Transaction<'static, Postgres>, LiteTx>;

/// A transaction. Dropped without a commit, it changes nothing and tells nobody.
#[derive(Debug)]
pub(crate) struct Tx {
    transaction: OpenTransaction,
    changes: Vec<Change>,
    db: Db,
}

impl Tx {
    /// The statement as it is to be run, and where.
    fn next(
        &mut self,
        statement: Statement,
    ) -> Result<(Statement, On<&mut PgConnection, &mut SqliteConnection>)> {
        Ok(match &mut self.transaction {
            On::Pg(transaction) => (statement, On::Pg(transaction)),
            On::Lite(transaction) => {
                let (statement, line) = transaction.next(statement)?;
                (statement, On::Lite(line))
            }
        })
    }

    /// Runs a statement that takes locks for the statements after it, which then see everything
    /// that was committed before. SQLite's write transactions need none.
    pub(crate) async fn lock(&mut self, read: Statement) -> Result<()> {
        if let On::Pg(_) = &self.transaction {
            self.execute(read.locking()).await?;
        }
        Ok(())
    }

    /// Reads rows, or writes with a statement that returns rows.
    pub(crate) async fn rows<T: FromCells>(&mut self, statement: Statement) -> Result<Vec<T>> {
        let (statement, on) = self.next(statement)?;
        statement.rows(on).await?.read()
    }

    /// The first row, if there is one.
    pub(crate) async fn row<T: FromCells>(&mut self, statement: Statement) -> Result<Option<T>> {
        Ok(self.rows(statement).await?.into_iter().next())
    }

    /// Writes; says how many rows changed.
    pub(crate) async fn execute(&mut self, write: Statement) -> Result<u64> {
        if let On::Lite(transaction) = &mut self.transaction {
            transaction.flush().await?;
        }
        let (write, on) = self.next(write)?;
        write.execute(on).await
    }

    /// Writes, whatever that changes.
    pub(crate) async fn run(&mut self, write: Statement) -> Result<()> {
        self.execute(write).await.map(drop)
    }

    /// Writes; `false` if another transaction made it change no row. SQLite has one writer, so
    /// there it is taken to change one, and travels with the statement after it or the commit.
    pub(crate) async fn write(&mut self, write: Statement) -> Result<bool> {
        if let On::Lite(transaction) = &mut self.transaction {
            transaction.put_ahead(write);
            return Ok(true);
        }
        Ok(self.execute(write).await? > 0)
    }

    /// Tells listeners of a change, once it is committed.
    pub(crate) fn announce(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// Makes everything count.
    pub(crate) async fn commit(self) -> Result<()> {
        match self.transaction {
            On::Pg(transaction) => transaction.commit().await?,
            On::Lite(transaction) => transaction.commit().await?,
        }
        for change in self.changes {
            self.db.announce(change);
        }
        Ok(())
    }
}
