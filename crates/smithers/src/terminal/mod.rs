//! What stands between a command and the person at it: lines they write, answers as they come,
//! questions about what waits.

mod editor;
mod markdown;
mod question;
mod show;
mod table;
mod talk;

use std::fmt::Display;
use std::io::{self, BufRead as _, Write as _};

pub(crate) use editor::{Editor, Said};
pub(crate) use markdown::Markdown;
pub(crate) use question::{Asked, Decision};
pub(crate) use show::{Show, line_of};
pub(crate) use table::{Columns, cell, list, say, table};
pub(crate) use talk::{End, Talk};

/// Something waits for an approval; the process ends with code 3.
#[derive(Debug, thiserror::Error)]
#[error(
    "waiting for your approval: answer it with `smithers approvals approve ID` (or `deny`), with `smithers chat`, or in the browser"
)]
pub(crate) struct Waiting;

/// Whether a stream may be given colours: a terminal that can show them, for a person who wants it.
pub(crate) fn has_colours(stream: &impl io::IsTerminal) -> bool {
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
    let is_dumb = std::env::var_os("TERM").is_none_or(|it| it == "dumb");
    stream.is_terminal() && !is_plain && !is_dumb
}

/// Writes a line for the person to stderr. That nobody reads it any more is no failure.
pub(crate) fn tell(line: impl Display) {
    drop(writeln!(io::stderr(), "{line}"));
}

/// The next line of stdin; none at its end.
pub(crate) fn read_line() -> io::Result<Option<String>> {
    let mut line = String::new();
    let length = io::stdin().lock().read_line(&mut line)?;
    Ok((length > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
}
