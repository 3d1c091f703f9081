//! Where statements run: on the pools, or in a transaction.

use std::sync::Arc;

use sqlx::{PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction};

use super::{FromCells, On, Statement};
use crate::StoreError;

/// Postgres has one pool. SQLite has one connection that writes and several that read.
pub(super) type Pools = On<PgPool, LitePools>;

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
}

impl Db {
    pub(super) fn new(pools: Pools) -> Self {
        Self { pools: Arc::new(pools) }
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
        match self.pools() {
            On::Pg(pool) => begin_postgres(pool, "BEGIN").await,
            On::Lite(pools) => Ok(Tx(On::Lite(pools.writer.begin_with("BEGIN IMMEDIATE").await?))),
        }
    }

    /// Begins a transaction that only reads, and sees one moment throughout.
    pub(crate) async fn snapshot(&self) -> Result<Tx, StoreError> {
        match self.pools() {
            On::Pg(pool) => {
                begin_postgres(pool, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await
            }
            On::Lite(pools) => Ok(Tx(On::Lite(pools.readers.begin().await?))),
        }
    }
}

/// Spawned, because sqlx 0.9.0 gives a session back to the pool inside a transaction if the future
/// is dropped while `BEGIN` is under way.
async fn begin_postgres(pool: &PgPool, statement: &'static str) -> Result<Tx, StoreError> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with(statement).await });
    let transaction = begun.await.map_err(|error| sqlx::Error::Io(error.into()))??;
    Ok(Tx(On::Pg(transaction)))
}

/// A transaction. Dropped without a commit, it changes nothing.
#[derive(Debug)]
pub(crate) struct Tx(On<Transaction<'static, Postgres>, Transaction<'static, Sqlite>>);

impl Tx {
    fn connection(&mut self) -> On<&mut PgConnection, &mut SqliteConnection> {
        match &mut self.0 {
            On::Pg(transaction) => On::Pg(transaction),
            On::Lite(transaction) => On::Lite(transaction),
        }
    }

    /// Runs a statement that takes locks for the statements after it, which then see everything
    /// that was committed before. SQLite's write transactions need none.
    pub(crate) async fn lock(&mut self, read: Statement) -> Result<(), StoreError> {
        if let On::Pg(_) = &self.0 {
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

    /// Makes everything count.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self.0 {
            On::Pg(transaction) => transaction.commit().await?,
            On::Lite(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}
