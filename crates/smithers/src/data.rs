//! The data folder: who works in it, and where its server is.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Context as _;
use app::Secret;
use store::{Location, MigrationState, Store};

use crate::config::{ConfigError, Data};

/// Locked by the one server of a folder.
const SERVER_LOCK: &str = "smithers.lock";

/// Locked by everybody who may run turns in a folder, and alone by whoever changes its schema.
const WORK_LOCK: &str = "work.lock";

const ADDRESS_FILE: &str = "server.url";
const TOKEN_FILE: &str = "server.token";

/// A lock of the data folder while it is kept; there is none on Postgres, where processes are told
/// apart by their leases alone.
pub(crate) type Lock = Option<File>;

/// How a server is reached.
pub(crate) struct Address {
    /// By browsers, perhaps through a proxy.
    pub(crate) browsers: String,
    /// By programs on the same machine.
    pub(crate) programs: String,
    /// By which programs know that it is this server, and nobody else who listens there by now.
    pub(crate) secret: Secret,
}

impl Data {
    /// Makes the data folder, readable by its owner only.
    pub(crate) fn make_folder(&self) -> anyhow::Result<()> {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let made = builder.recursive(true).create(&self.folder);
        made.with_context(|| format!("the data folder {} cannot be made", self.folder.display()))
    }

    /// Makes sure that no other process serves from the same SQLite file.
    pub(crate) fn lock_for_serving(&self) -> anyhow::Result<Lock> {
        let lock = self.lock_file(SERVER_LOCK)?;
        anyhow::ensure!(
            take(&lock)?,
            "another smithers already serves from {}; stop it, or choose another --data-dir",
            self.folder.display()
        );
        Ok(lock)
    }

    /// Makes sure that nobody works with the same SQLite file, whose schema is to change.
    pub(crate) fn lock_for_change(&self) -> anyhow::Result<[Lock; 2]> {
        let locks = [self.lock_for_serving()?, self.lock_file(WORK_LOCK)?];
        anyhow::ensure!(
            take(&locks[1])?,
            "another smithers works with {}; try again when it has ended",
            self.folder.display()
        );
        Ok(locks)
    }

    /// Whether a server works with this SQLite file; nobody can tell on Postgres.
    pub(crate) fn has_server(&self) -> anyhow::Result<Option<bool>> {
        let lock = self.lock_file(SERVER_LOCK)?;
        let is_free = take(&lock)?;
        Ok(lock.map(|_file| !is_free))
    }

    /// Opens the database for turns to run, as long as the lock is kept; made if there is none.
    ///
    /// On SQLite the first to come brings the schema up to date and frees what crashed processes
    /// had leased. Whoever comes while others work finds both done, and is kept apart from them by
    /// leases, as on Postgres.
    pub(crate) async fn open_to_work(&self) -> anyhow::Result<(Store, Lock)> {
        self.make_folder()?;
        let lock = self.lock_file(WORK_LOCK)?;
        let is_first = take(&lock)?;
        let Some(file) = &lock else { return Ok((self.open_migrated().await?, lock)) };
        let share = || file.lock_shared().context("the data folder cannot be locked");
        if !is_first {
            tokio::task::block_in_place(share)?;
            return Ok((self.open_existing().await?, lock));
        }
        let store = self.open_migrated().await?;
        store.turns().void_leases().await?;
        store.jobs().void_leases().await?;
        file.unlock()?;
        tokio::task::block_in_place(share)?;
        Ok((store, lock))
    }

    /// Opens the database of a short command, which must be there already.
    pub(crate) async fn open_existing(&self) -> anyhow::Result<Store> {
        if let Location::Sqlite(path) = &self.location
            && !path.exists()
        {
            return Err(ConfigError::of(format!(
                "there is no database at {}; start the server first, or give its --data-dir",
                path.display()
            ))
            .into());
        }
        let store = Store::open(&self.location).await?;
        store.check_reader_version().await?;
        let migrations = store.migration_status().await?;
        if migrations.iter().any(|migration| migration.state == MigrationState::Pending) {
            let words = "the database is not set up, or older than this binary; start the server \
                         once, while no other smithers works with it";
            return Err(ConfigError::of(words).into());
        }
        Ok(store)
    }

    /// Opens the database and brings it up to date.
    async fn open_migrated(&self) -> anyhow::Result<Store> {
        let store = Store::open(&self.location).await?;
        store.check_reader_version().await?;
        store.migrate_up().await.context("the database cannot be brought up to date")?;
        Ok(store)
    }

    /// A lock that nobody has taken yet by this file.
    fn lock_file(&self, name: &str) -> anyhow::Result<Lock> {
        if let Location::Postgres(_) = self.location {
            return Ok(None);
        }
        let path = self.folder.join(name);
        let file = File::create(&path);
        Ok(Some(file.with_context(|| format!("{} cannot be made", path.display()))?))
    }

    /// Notes how this server is reached, for commands on the same machine.
    pub(crate) fn note_address(&self, address: &Address) -> io::Result<()> {
        let Address { browsers, programs, secret } = address;
        let text = format!("{browsers}\n{programs}\n{}\n", secret.text());
        write_private(&self.folder.join(ADDRESS_FILE), &text)
    }

    /// How the server of this folder was last reached.
    pub(crate) fn noted_address(&self) -> Option<Address> {
        let text = fs::read_to_string(self.folder.join(ADDRESS_FILE)).ok()?;
        let mut lines = text.lines().map(str::to_owned);
        let (browsers, programs) = (lines.next()?, lines.next()?);
        Some(Address { browsers, programs, secret: lines.next()?.into() })
    }

    /// Forgets how this server was reached, and its token, unless another has taken its place.
    pub(crate) fn forget_address(&self, address: &Address) -> io::Result<()> {
        if self.noted_address().is_none_or(|noted| noted.secret != address.secret) {
            return Ok(());
        }
        for name in [ADDRESS_FILE, TOKEN_FILE] {
            match fs::remove_file(self.folder.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Keeps the token with which commands on this machine talk to the server.
    pub(crate) fn keep_token(&self, token: &str) -> io::Result<()> {
        write_private(&self.folder.join(TOKEN_FILE), token)
    }

    /// The token that is kept.
    pub(crate) fn kept_token(&self) -> Option<String> {
        fs::read_to_string(self.folder.join(TOKEN_FILE)).ok()
    }
}

/// Takes a lock for this process alone, if nobody has it; where there is none to take, that is done.
fn take(lock: &Lock) -> anyhow::Result<bool> {
    match lock.as_ref().map(File::try_lock) {
        None | Some(Ok(())) => Ok(true),
        Some(Err(TryLockError::WouldBlock)) => Ok(false),
        Some(Err(TryLockError::Error(error))) => {
            Err(error).context("the data folder cannot be locked")
        }
    }
}

/// Replaces a file by one that only its owner may read, all at once.
pub(crate) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let draft = path.with_added_extension("new");
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&draft)?.write_all(text.as_bytes())?;
    fs::rename(&draft, path)
}
