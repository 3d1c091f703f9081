//! Opening a database.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, PgPool};
use tokio::sync::broadcast;
use tokio::time::timeout;

use super::lite::Lite;
use super::{Db, On, Statement, sql};
use crate::{Change, Result, StoreError, Ts};

const POSTGRES_CONNECTIONS: u32 = 16;
/// How long a database's server may take to take a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// More than there are different statements, so that none is prepared twice.
pub(super) const STATEMENT_CACHE: usize = 256;
/// A connection that was used this recently was alive then, so it is not asked again.
const TRUSTED_IDLE: Duration = Duration::from_secs(5);

/// Where the database is.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A SQLite file, made if missing.
    Sqlite(PathBuf),
    /// A Postgres URL; everything lives in the schema `smithers`.
    Postgres(String),
}

/// An open database.
#[derive(Clone, Debug)]
pub struct Store {
    db: Db,
}

impl Store {
    /// Opens a database without migrating it.
    pub async fn open(location: &Location) -> Result<Self> {
        let pools = match location {
            Location::Sqlite(path) => {
                make_private_file(path)?;
                On::Lite(Lite::open(path).await?)
            }
            Location::Postgres(url) => On::Pg(open_postgres(url).await?),
        };
        Ok(Self { db: Db::new(pools) })
    }

    /// Closes every connection; on SQLite also refreshes the planner's statistics.
    pub async fn close(&self) {
        match self.db.pools() {
            On::Pg(pool) => pool.close().await,
            On::Lite(lite) => lite.close().await,
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        self.db.row::<i64>(sql!("SELECT CAST(1 AS BIGINT)")).await?;
        Ok(())
    }

    /// What the database takes for now.
    pub async fn clock(&self) -> Result<Ts> {
        let read = self.db.pick(
            "SELECT clock_timestamp()",
            "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
        );
        Ok(self.db.row(Statement::new(read, Vec::new())).await?.unwrap_or(Ts(0)))
    }

    /// Everything that changes from now on, told after it is committed; only what this process
    /// writes.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.db.listen()
    }

    pub(crate) const fn db(&self) -> &Db {
        &self.db
    }
}

/// Makes the file readable by its owner alone before SQLite would make it readable by all. A file
/// that exists is not touched: closing it would let go of locks this process has on it.
fn make_private_file(path: &Path) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::Folder(format!(
            "the database {} cannot be made: {error}",
            path.display()
        ))),
    }
}

async fn open_postgres(url: &str) -> Result<PgPool> {
    let options = PgConnectOptions::from_str(url)?
        .application_name("smithers")
        .statement_cache_capacity(STATEMENT_CACHE)
        // The rollback after each use warns that there is no transaction.
        .options([("search_path", "smithers"), ("client_min_messages", "error")]);
    reach(&options).await?;
    Ok(PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for > TRUSTED_IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        // Whatever was cancelled, the next borrower does not start inside its transaction.
        .after_release(|connection, _about| {
            Box::pin(async move {
                connection.execute(sqlx::raw_sql("ROLLBACK")).await?;
                Ok(true)
            })
        })
        .connect_lazy_with(options))
}

/// Connects once: a pool would go on trying for half a minute without a word.
async fn reach(options: &PgConnectOptions) -> Result<(), StoreError> {
    let why = match timeout(PATIENCE, options.connect()).await {
        Ok(Ok(connection)) => return Ok(connection.close().await?),
        Ok(Err(sqlx::Error::Io(error))) => error.to_string(),
        Ok(Err(error)) => return Err(error.into()),
        Err(_elapsed) => format!("no answer within {PATIENCE:?}"),
    };
    let server = match options.get_socket() {
        Some(folder) => folder.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    Err(StoreError::Unreachable { server, why })
}
