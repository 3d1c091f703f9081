//! What stands between a command and the person at it: lines they write, answers as they come,
//! questions about what waits.

mod editor;
mod markdown;
mod question;
mod show;
mod table;
mod talk;

use std::io::{self, BufRead as _};

pub(crate) use editor::{Editor, Said};
pub(crate) use markdown::Markdown;
pub(crate) use question::{Asked, Decision};
pub(crate) use show::{Show, line_of};
pub(crate) use table::{Column, cell, say, table};
pub(crate) use talk::{End, Talk};

/// Something waits for an approval; the process ends with code 3.
#[derive(Debug, thiserror::Error)]
#[error(
    "waiting for your approval: answer it with `smithers approvals approve ID` (or `deny`), with `smithers chat`, or in the browser"
)]
pub(crate) struct Waiting;

/// The next line of stdin; none at its end.
pub(crate) fn read_line() -> io::Result<Option<String>> {
    let mut line = String::new();
    let length = io::stdin().lock().read_line(&mut line)?;
    Ok((length > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
}
