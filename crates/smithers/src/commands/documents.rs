//! `smithers completions` and `smithers man`: made from the definition of the commands.

use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Command};
use clap_complete::Shell;

/// Print a script that completes commands in a shell.
#[derive(Args)]
pub(crate) struct Completions {
    /// For which one; a line such as `source <(smithers completions bash)` loads it.
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, mut commands: Command) -> anyhow::Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut commands, "smithers", &mut script);
        Ok(io::stdout().write_all(&script)?)
    }
}

/// Print the manual page.
#[derive(Args)]
pub(crate) struct Man {
    /// Write a page for each command into this folder instead.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

impl Man {
    pub(crate) fn run(self, commands: Command) -> anyhow::Result<()> {
        let Some(folder) = self.out else {
            return Ok(clap_mangen::Man::new(commands).render(&mut io::stdout())?);
        };
        let write = || {
            std::fs::create_dir_all(&folder)?;
            clap_mangen::generate_to(commands, &folder)
        };
        write().with_context(|| format!("{} cannot be written", folder.display()))
    }
}
