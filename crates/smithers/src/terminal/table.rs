//! JSON objects as a table for people.

use std::fmt::Display;
use std::io::{self, Write as _};

use serde_json::{Value, json};

use super::{line_of, tell};

/// Prints a line.
pub(crate) fn say(line: impl Display) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

/// The columns of a table: each the name of a field, or names of which the first counts that is
/// there, such as `dueOn|dueAt`. Its heading is the first one in words.
pub(crate) type Columns = &'static [&'static str];

/// Prints a list: as the JSON that it is, or as a table; its total, if it has one, as the last line.
pub(crate) fn list(
    found: &Value,
    columns: Columns,
    nothing: &str,
    is_json: bool,
) -> io::Result<()> {
    if is_json {
        return say(format_args!("{found:#}"));
    }
    let mut items = found["items"].as_array().cloned().unwrap_or_default();
    if items.is_empty() {
        tell(nothing);
        return Ok(());
    }
    if let Some(total) = found.get("total") {
        let mut total = total.clone();
        total["day"] = json!("total");
        items.push(total);
    }
    table(columns, &items)
}

/// Prints these items, one a line.
pub(crate) fn table(columns: Columns, items: &[Value]) -> io::Result<()> {
    let headings = columns.iter().map(|column| heading(column)).collect();
    let row = |item: &Value| columns.iter().map(|column| found(item, column)).collect();
    let rows: Vec<Vec<String>> = std::iter::once(headings).chain(items.iter().map(row)).collect();
    let width =
        |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let mut stdout = io::stdout().lock();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        writeln!(stdout, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

fn heading(column: &str) -> String {
    let name = column.split('|').next().unwrap_or_default();
    let mut heading = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() {
            heading.push(' ');
        }
        heading.extend(letter.to_uppercase());
    }
    heading
}

fn found(item: &Value, column: &str) -> String {
    let mut all = column.split('|').map(|name| &item[name]);
    all.find(|value| !value.is_null()).map(cell).unwrap_or_default()
}

/// A value on one line; a moment by the clock of this machine.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => match text.parse::<jiff::Timestamp>() {
            Ok(moment) => {
                let local = moment.to_zoned_datetime(jiff::tz::TimeZone::system());
                local.strftime("%Y-%m-%d %H:%M").to_string()
            }
            Err(_other) => line_of(text),
        },
        other => line_of(&other.to_string()),
    }
}
