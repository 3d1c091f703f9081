//! A line editor with history. Without a terminal it reads lines as they are.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Behavior, Config};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::read_line;
use crate::signals::Signals;

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
    given_back: Option<String>,
    /// Ctrl-C came where only a pipe is read: nobody is there to press it twice.
    is_left: bool,
}

/// A line of a pipe, unless Ctrl-C comes first, which on a terminal is a letter. The thread that
/// waits for the line ends with the process.
async fn piped(signals: &mut Signals) -> anyhow::Result<Said> {
    let (sender, line) = oneshot::channel();
    std::thread::spawn(move || drop(sender.send(read_line())));
    tokio::select! {
        biased;
        () = signals.next() => Ok(Said::Interrupted),
        line = line => Ok(line??.map_or(Said::End, Said::Line)),
    }
}

impl Editor {
    /// One that reads stdin, and keeps what is written there in a file that only its owner reads.
    pub(crate) fn of_stdin(history: Option<PathBuf>) -> anyhow::Result<Self> {
        let mut lines = rustyline::Editor::with_config(Config::default())?;
        if let Some(file) = history.as_ref().filter(|file| file.exists()) {
            lines.load_history(file)?;
        }
        Ok(Self { lines, history, given_back: None, is_left: false })
    }

    /// One that asks at the terminal, wherever stdin and stdout lead.
    pub(crate) fn of_terminal() -> anyhow::Result<Self> {
        let config = Config::builder().behavior(Behavior::PreferTerm).build();
        let lines = rustyline::Editor::with_config(config)?;
        Ok(Self { lines, history: None, given_back: None, is_left: false })
    }

    /// Asks for a line; `initial` can be changed.
    pub(crate) fn ask(
        &mut self,
        prompt: &str,
        initial: &str,
        signals: &mut Signals,
    ) -> anyhow::Result<Said> {
        if self.is_left {
            return Ok(Said::Interrupted);
        }
        if let Some(line) = self.given_back.take() {
            return Ok(Said::Line(line));
        }
        if !io::stdin().is_terminal() {
            let read = || Handle::current().block_on(piped(signals));
            let said = tokio::task::block_in_place(read)?;
            self.is_left = matches!(said, Said::Interrupted);
            return Ok(said);
        }
        // Whatever else this process works on goes on meanwhile.
        let read = || self.lines.readline_with_initial(prompt, (initial, ""));
        let read = tokio::task::block_in_place(read);
        match read {
            Ok(line) => Ok(Said::Line(line)),
            Err(ReadlineError::Interrupted) => Ok(Said::Interrupted),
            Err(ReadlineError::Eof) => Ok(Said::End),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives a line back, which the next question then gets.
    pub(crate) fn give_back(&mut self, line: String) {
        self.given_back = Some(line);
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
