//! A line editor with history. Without a terminal it reads lines as they are.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Behavior, Config};

/// What a person did at a prompt.
pub(crate) enum Said {
    /// A line.
    Line(String),
    /// Ctrl-C.
    Interrupted,
    /// Ctrl-D, or the input has ended.
    End,
}

/// A line editor.
pub(crate) struct Editor {
    lines: rustyline::Editor<(), FileHistory>,
    history: Option<PathBuf>,
}

impl Editor {
    /// One that reads stdin, and keeps what is written there in a file that only its owner reads.
    pub(crate) fn of_stdin(history: Option<PathBuf>) -> anyhow::Result<Self> {
        let mut lines = rustyline::Editor::with_config(Config::default())?;
        if let Some(file) = history.as_ref().filter(|file| file.exists()) {
            lines.load_history(file)?;
        }
        Ok(Self { lines, history })
    }

    /// One that asks at the terminal, wherever stdin and stdout lead.
    pub(crate) fn of_terminal() -> anyhow::Result<Self> {
        let config = Config::builder().behavior(Behavior::PreferTerm).build();
        Ok(Self { lines: rustyline::Editor::with_config(config)?, history: None })
    }

    /// Asks for a line; `initial` can be changed.
    pub(crate) fn ask(&mut self, prompt: &str, initial: &str) -> anyhow::Result<Said> {
        // On a terminal Ctrl-C is a letter then. Elsewhere nobody could leave before a line comes.
        let leave = (!io::stdin().is_terminal()).then(|| {
            tokio::spawn(async {
                if tokio::signal::ctrl_c().await.is_ok() {
                    std::process::exit(0);
                }
            })
        });
        // Whatever else this process works on goes on meanwhile.
        let read = || self.lines.readline_with_initial(prompt, (initial, ""));
        let read = tokio::task::block_in_place(read);
        leave.inspect(tokio::task::JoinHandle::abort);
        match read {
            Ok(line) => Ok(Said::Line(line)),
            Err(ReadlineError::Interrupted) => Ok(Said::Interrupted),
            Err(ReadlineError::Eof) => Ok(Said::End),
            Err(error) => Err(error.into()),
        }
    }

    /// Remembers a line.
    pub(crate) fn remember(&mut self, line: &str) -> anyhow::Result<()> {
        self.lines.add_history_entry(line)?;
        if let Some(file) = &self.history {
            if let Some(folder) = file.parent() {
                std::fs::create_dir_all(folder)?;
            }
            self.lines.save_history(file)?;
        }
        Ok(())
    }
}
