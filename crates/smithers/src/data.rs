//! The data folder: who serves from it, and where that server is.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use anyhow::Context as _;
use store::{Location, MigrationState, Store};

use crate::config::{ConfigError, Data};

/// Held while this process serves from a data folder.
pub(crate) struct ServeLock {
    _file: File,
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
        if let Location::Postgres(_) = self.location {
            return Ok(None);
        }
        let path = self.folder.join("smithers.lock");
        let file =
            File::create(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(ServeLock { _file: file })),
            Err(TryLockError::WouldBlock) => anyhow::bail!(
                "another smithers already serves from {}; stop it, or choose another --data-dir",
                self.folder.display()
            ),
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

    /// Notes how this server is reached, for short commands on the same machine.
    pub(crate) fn note_address(&self, url: &str) -> io::Result<()> {
        let path = self.folder.join("server.url");
        fs::write(&path, url)?;
        restrict(&path, 0o600)
    }

    /// How the server of this folder was last reached.
    pub(crate) fn noted_address(&self) -> Option<String> {
        fs::read_to_string(self.folder.join("server.url")).ok()
    }
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
