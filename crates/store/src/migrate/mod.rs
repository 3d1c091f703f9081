//! Migrations: one directory of reversible files, rendered for each database.

mod render;

use std::fs::File;
use std::path::PathBuf;

use sqlx::migrate::{Migrate, Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{AssertSqlSafe, Database, Pool, SqlSafeStr as _};

use self::render::{Dialect, render};
use crate::db::{On, sql};
use crate::search::keep_words_of_all;
use crate::{Result, Store, StoreError};

/// What this binary can read: it must be at least the database's `min_reader_version`.
const READER_VERSION: i64 = 1;

/// A migration as it stands in the directory.
struct Source {
    version: i64,
    description: &'static str,
    up: &'static str,
    down: &'static str,
}

macro_rules! source {
    ($version:literal, $description:literal, $file:literal) => {
        Source {
            version: $version,
            description: $description,
            up: include_str!(concat!("../../migrations/", $file, ".up.sql")),
            down: include_str!(concat!("../../migrations/", $file, ".down.sql")),
        }
    };
}

const SOURCES: &[Source] =
    &[source!(1, "init", "0001_init"), source!(2, "workday", "0002_workday")];

/// One migration and whether it is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Its number.
    pub version: i64,
    /// Its name.
    pub description: String,
    /// Whether the database has it.
    pub state: MigrationState,
}

/// Whether the database has a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MigrationState {
    /// It is applied.
    Applied,
    /// It is not applied yet.
    Pending,
    /// It is applied, but its text is not the one this binary has.
    Changed,
}

impl Store {
    /// Applies every pending migration; safe to call from several processes at once. A database
    /// that newer binaries have migrated further is left as it is, if this one may read it.
    pub async fn migrate_up(&self) -> Result<()> {
        self.check_reader_version().await?;
        let mut migrator = self.migrator();
        migrator.set_ignore_missing(true);
        self.migrate(migrator, Direction::Up).await?;
        keep_words_of_all(self.db()).await
    }

    /// Takes back the newest `steps` migrations.
    pub async fn migrate_down(&self, steps: u32) -> Result<()> {
        let applied = self.applied().await?;
        let keep = applied.len().saturating_sub(usize::try_from(steps).unwrap_or(usize::MAX));
        let target = keep.checked_sub(1).and_then(|newest| applied.get(newest));
        let target = target.map_or(0, |(version, _)| *version);
        self.migrate(self.migrator(), Direction::DownTo(target)).await
    }

    /// Every known migration, oldest first.
    pub async fn migration_status(&self) -> Result<Vec<MigrationStatus>> {
        let applied = self.applied().await?;
        let known = self.migrator();
        let ups = known.iter().filter(|known| known.migration_type.is_up_migration());
        Ok(ups
            .map(|known| MigrationStatus {
                version: known.version,
                description: known.description.to_string(),
                state: match applied.iter().find(|(version, _)| *version == known.version) {
                    None => MigrationState::Pending,
                    Some((_, checksum)) if *checksum == *known.checksum => MigrationState::Applied,
                    Some(_) => MigrationState::Changed,
                },
            })
            .collect())
    }

    /// Refuses a database whose `min_reader_version` is above this binary's. One that was never
    /// migrated is fine.
    pub async fn check_reader_version(&self) -> Result<()> {
        if !self.has_table("meta").await? {
            return Ok(());
        }
        let needed = self.db().row::<i64>(sql!("SELECT min_reader_version FROM meta")).await?;
        match needed {
            Some(needed) if needed > READER_VERSION => {
                Err(StoreError::TooNew { needed, ours: READER_VERSION })
            }
            Some(_) | None => Ok(()),
        }
    }

    async fn has_table(&self, name: &str) -> Result<bool> {
        let found = self.db().row::<bool>(self.db().pick(
            sql!("SELECT to_regclass('smithers.' || $1) IS NOT NULL", [name]),
            sql!("SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = $1)", [name]),
        ));
        Ok(found.await?.unwrap_or(false))
    }

    /// Version and checksum of what the ledger has, oldest first.
    async fn applied(&self) -> Result<Vec<(i64, Vec<u8>)>> {
        if !self.has_table("_sqlx_migrations").await? {
            return Ok(Vec::new());
        }
        let ledger = sql!("SELECT version, checksum FROM _sqlx_migrations ORDER BY version");
        self.db().rows(ledger).await
    }

    fn migrator(&self) -> Migrator {
        let dialect = self.db().pick(Dialect::Postgres, Dialect::Sqlite);
        let mut migrator = Migrator::with_migrations(migrations(dialect));
        if dialect == Dialect::Postgres {
            migrator.create_schema("smithers");
        }
        migrator
    }

    /// Spawned, so that a caller who goes away leaves no half-held lock behind.
    async fn migrate(&self, migrator: Migrator, direction: Direction) -> Result<()> {
        let db = self.db().clone();
        let migrated = tokio::spawn(async move {
            match db.pools() {
                On::Pg(pool) => {
                    // A connection of its own: sqlx's advisory lock is the session's, and stays
                    // locked when a migration fails.
                    let options = PgConnectOptions::clone(&pool.connect_options());
                    let single = PgPoolOptions::new().max_connections(1).connect_with(options);
                    let single = single.await?;
                    let done = direction.go(&migrator, &single).await;
                    single.close().await;
                    done
                }
                On::Lite(lite) => {
                    let lock = lock_file(lite.options.get_filename().to_owned()).await?;
                    let single = SqlitePoolOptions::new().max_connections(1);
                    let single = single.connect_with(lite.options.clone()).await?;
                    let done = direction.go(&migrator, &single).await;
                    single.close().await;
                    drop(lock);
                    done
                }
            }
        });
        migrated.await.map_err(|error| sqlx::Error::Io(error.into()))?
    }
}

enum Direction {
    Up,
    DownTo(i64),
}

impl Direction {
    async fn go<DB: Database>(&self, migrator: &Migrator, pool: &Pool<DB>) -> Result<()>
    where
        DB::Connection: Migrate,
    {
        match self {
            Self::Up => migrator.run(pool).await?,
            Self::DownTo(version) => migrator.undo(pool, *version).await?,
        }
        Ok(())
    }
}

fn migrations(dialect: Dialect) -> Vec<Migration> {
    let migration = |source: &Source, kind, text| {
        let sql = AssertSqlSafe(render(text, dialect)).into_sql_str();
        Migration::new(source.version, source.description.into(), kind, sql, false)
    };
    let both = |source: &Source| {
        [
            migration(source, MigrationType::ReversibleUp, source.up),
            migration(source, MigrationType::ReversibleDown, source.down),
        ]
    };
    SOURCES.iter().flat_map(both).collect()
}

/// Held while a SQLite file is migrated, because sqlx has no lock for that.
async fn lock_file(database: PathBuf) -> Result<File> {
    let mut path = database.into_os_string();
    path.push(".migrate.lock");
    let locked = tokio::task::spawn_blocking(move || {
        let file = File::options().write(true).create(true).truncate(false).open(path)?;
        file.lock()?;
        Ok(file)
    });
    let locked = locked.await.map_err(|error| sqlx::Error::Io(error.into()))?;
    locked.map_err(|error: std::io::Error| {
        StoreError::Folder(format!("the lock for migrating cannot be taken: {error}"))
    })
}

#[cfg(test)]
mod tests;
