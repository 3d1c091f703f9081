//! A server that the person at the terminal is logged in to.

use std::path::PathBuf;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::data::write_private;

/// A server and the token for it.
#[derive(Deserialize, Serialize)]
pub(crate) struct Login {
    /// The server's origin.
    pub(crate) url: String,
    /// The token's id.
    pub(crate) id: String,
    /// The token.
    pub(crate) token: String,
}

/// Where a person's own settings of commands are kept.
pub(crate) fn config_folder() -> Option<PathBuf> {
    let folder = |name| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    let base = folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")))?;
    Some(base.join("smithers"))
}

fn file() -> Option<PathBuf> {
    Some(config_folder()?.join("login.json"))
}

impl Login {
    /// The one that is kept.
    pub(crate) fn kept() -> anyhow::Result<Option<Self>> {
        let Some(file) = file().filter(|file| file.exists()) else { return Ok(None) };
        let kept = serde_json::from_str(&std::fs::read_to_string(&file)?);
        kept.with_context(|| format!("{} is damaged; log in again", file.display()))
    }

    /// Keeps it for later commands.
    pub(crate) fn keep(&self) -> anyhow::Result<()> {
        let file = file().context("there is no home folder to keep the token in")?;
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        write_private(&file, &serde_json::to_string(self)?)
            .with_context(|| format!("{} cannot be written", file.display()))
    }

    /// Forgets it.
    pub(crate) fn forget() -> anyhow::Result<()> {
        if let Some(file) = file() {
            std::fs::remove_file(file)?;
        }
        Ok(())
    }
}
