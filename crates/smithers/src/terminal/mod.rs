//! What stands between a command and the person at it.

use std::io::{self, BufRead as _};

/// The next line of stdin; none at its end.
pub(crate) fn read_line() -> io::Result<Option<String>> {
    let mut line = String::new();
    let length = io::stdin().lock().read_line(&mut line)?;
    Ok((length > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
}
