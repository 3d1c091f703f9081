//! Where statements run: on the pools, or in a transaction.

use std::sync::Arc;

use sqlx::{PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction};
use tokio::sync::broadcast;

use super::{FromCells, On, Statement};
use crate::{Change, StoreError};

/// Postgres has one pool. SQLite has one connection that writes and several that read.
pub(super) type Pools = On<PgPool, LitePools>;

/// How many changes a listener may be behind before it has to look at everything anew.
const CHANGES_KEPT: usize = 1024;

/// The connections to a SQLite file.
#[derive(Clone, Debug)]
pub(crate) struct LitePools {
    pub(crate) writer: SqlitePool,
    pub(crate) readers: SqlitePool,
}

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

    fn writer(&self) -> On<&PgPool, &SqlitePool> {
        match self.pools() {
            On::Pg(pool) => On::Pg(pool),
            On::Lite(pools) => On::Lite(&pools.writer),
        }
    }

    fn reader(&self) -> On<&PgPool, &SqlitePool> {
        match self.pools() {
            On::Pg(pool) => On::Pg(pool),
            On::Lite(pools) => On::Lite(&pools.readers),
        }
    }

    /// Reads rows.
    pub(crate) async fn rows<T: FromCells>(&self, read: Statement) -> Result<Vec<T>, StoreError> {
        read.rows(self.reader()).await
    }

    /// Reads the first row, if there is one.
    pub(crate) async fn row<T: FromCells>(&self, read: Statement) -> Result<Option<T>, StoreError> {
        Ok(self.rows(read).await?.into_iter().next())
    }

    /// Writes with a single statement; says how many rows changed.
    pub(crate) async fn execute(&self, write: Statement) -> Result<u64, StoreError> {
        write.execute(self.writer()).await
    }

    /// Writes with a single statement that returns rows.
    pub(crate) async fn write_rows<T: FromCells>(
        &self,
        write: Statement,
    ) -> Result<Vec<T>, StoreError> {
        write.rows(self.writer()).await
    }

    /// Writes with a single statement that returns at most one row.
    pub(crate) async fn write_row<T: FromCells>(
        &self,
        write: Statement,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.write_rows(write).await?.into_iter().next())
    }

    /// Begins a transaction that writes.
    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(self.tx(match self.pools() {
            On::Pg(pool) => On::Pg(begin_postgres(pool, "BEGIN").await?),
            On::Lite(pools) => On::Lite(pools.writer.begin_with("BEGIN IMMEDIATE").await?),
        }))
    }

    /// Begins a transaction that only reads, and sees one moment throughout.
    pub(crate) async fn snapshot(&self) -> Result<Tx, StoreError> {
        Ok(self.tx(match self.pools() {
            On::Pg(pool) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                On::Pg(begin_postgres(pool, begin).await?)
            }
            On::Lite(pools) => On::Lite(pools.readers.begin().await?),
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
) -> Result<Transaction<'static, Postgres>, StoreError> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with(statement).await });
    Ok(begun.await.map_err(|error| sqlx::Error::Io(error.into()))??)
}

type OpenTransaction = On<Transaction<'static, Postgres>, Transaction<'static, Sqlite>>;

/// A transaction. Dropped without a commit, it changes nothing and tells nobody.
#[derive(Debug)]
pub(crate) struct Tx {
    transaction: OpenTransaction,
    changes: Vec<Change>,
    db: Db,
}

impl Tx {
    fn connection(&mut self) -> On<&mut PgConnection, &mut SqliteConnection> {
        match &mut self.transaction {
            On::Pg(transaction) => On::Pg(transaction),
            On::Lite(transaction) => On::Lite(transaction),
        }
    }

    /// Runs a statement that takes locks for the statements after it, which then see everything
    /// that was committed before. SQLite's write transactions need none.
    pub(crate) async fn lock(&mut self, read: Statement) -> Result<(), StoreError> {
        if let On::Pg(_) = &self.transaction {
            self.execute(read.locking()).await?;
        }
        Ok(())
    }

    /// Reads rows, or writes with a statement that returns rows.
    pub(crate) async fn rows<T: FromCells>(
        &mut self,
        statement: Statement,
    ) -> Result<Vec<T>, StoreError> {
        statement.rows(self.connection()).await
    }

    /// The first row, if there is one.
    pub(crate) async fn row<T: FromCells>(
        &mut self,
        statement: Statement,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.rows(statement).await?.into_iter().next())
    }

    /// Writes; says how many rows changed.
    pub(crate) async fn execute(&mut self, write: Statement) -> Result<u64, StoreError> {
        write.execute(self.connection()).await
    }

    /// Tells listeners of a change, once it is committed.
    pub(crate) fn announce(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// Makes everything count.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
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
