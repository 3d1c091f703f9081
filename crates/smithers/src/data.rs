//! The data folder: who serves from it, and where that server is.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Context as _;
use app::Secret;
use store::{Location, MigrationState, Store};

use crate::config::{ConfigError, Data};

const ADDRESS_FILE: &str = "server.url";
const TOKEN_FILE: &str = "server.token";

/// How a server is reached.
pub(crate) struct Address {
    /// By browsers, perhaps through a proxy.
    pub(crate) browsers: String,
    /// By programs on the same machine.
    pub(crate) programs: String,
    /// By which programs know that it is this server, and nobody else who listens there by now.
    pub(crate) secret: Secret,
}

/// Held while this process serves from a data folder.
pub(crate) struct ServeLock {
    _file: File,
}

/// What became of an attempt to be the one who serves.
pub(crate) enum Lock {
    /// It is this process.
    Held(ServeLock),
    /// On Postgres several may.
    Unneeded,
    /// Another one does.
    Taken,
}

impl Data {
    /// Makes the data folder, readable by its owner only.
    pub(crate) fn make_folder(&self) -> anyhow::Result<()> {
        let folder = &self.folder;
        let is_new = !folder.exists();
        fs::create_dir_all(folder)
            .with_context(|| format!("the data folder {} cannot be made", folder.display()))?;
        if is_new {
            restrict(folder, 0o700)
                .with_context(|| format!("{} cannot be restricted", folder.display()))?;
        }
        Ok(())
    }

    /// Makes sure that no other process serves from the same SQLite file.
    pub(crate) fn lock_for_serving(&self) -> anyhow::Result<Option<ServeLock>> {
        match self.lock()? {
            Lock::Held(lock) => Ok(Some(lock)),
            Lock::Unneeded => Ok(None),
            Lock::Taken => anyhow::bail!(
                "another smithers already serves from {}; stop it, or choose another --data-dir",
                self.folder.display()
            ),
        }
    }

    /// Takes the lock of whoever serves, if it is free.
    pub(crate) fn lock(&self) -> anyhow::Result<Lock> {
        if let Location::Postgres(_) = self.location {
            return Ok(Lock::Unneeded);
        }
        let path = self.folder.join("smithers.lock");
        let file =
            File::create(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock::Held(ServeLock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(Lock::Taken),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("{} cannot be locked", path.display()))
            }
        }
    }

    /// Opens the database of a short command, which must be there already.
    pub(crate) async fn open_existing(&self) -> anyhow::Result<Store> {
        if let Location::Sqlite(path) = &self.location
            && !path.exists()
        {
            return Err(ConfigError(format!(
                "there is no database at {}; start the server first, or give its --data-dir",
                path.display()
            ))
            .into());
        }
        let store = Store::open(&self.location).await?;
        store.check_reader_version().await?;
        let migrations = store.migration_status().await?;
        if migrations.iter().any(|migration| migration.state == MigrationState::Pending) {
            return Err(ConfigError(
                "the database is not set up, or older than this binary; start the server once"
                    .to_owned(),
            )
            .into());
        }
        Ok(store)
    }

    /// As [`Self::open_existing`], but makes the database if there is none.
    pub(crate) async fn open_or_make(&self) -> anyhow::Result<Store> {
        self.make_folder()?;
        match self.lock()? {
            Lock::Held(_) | Lock::Unneeded => self.open_migrated().await,
            // Whoever serves has made it, and its schema must not change under them.
            Lock::Taken => self.open_existing().await,
        }
    }

    /// Opens the database and brings it up to date.
    pub(crate) async fn open_migrated(&self) -> anyhow::Result<Store> {
        let store = Store::open(&self.location).await.context("the database cannot be opened")?;
        store.check_reader_version().await?;
        store.migrate_up().await.context("the database cannot be brought up to date")?;
        Ok(store)
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

/// Replaces a file by one that only its owner may read, all at once.
pub(crate) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let draft = path.with_extension("new");
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

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn restrict(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}
