//! One migration text for both databases: type words in double braces, and blocks from `-- @pg` or
//! `-- @sqlite` to `-- @end` that only one of them sees.
//!
//! The ledger keeps a checksum of the rendered text, so what is rendered from a released file must
//! never change; the golden files hold that.

/// A database with its own words for types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Postgres,
    Sqlite,
}

impl Dialect {
    /// The type words and what they are here.
    const fn words(self) -> [(&'static str, &'static str); 6] {
        match self {
            Self::Postgres => [
                ("{{uuid}}", "uuid"),
                ("{{ts}}", "timestamptz"),
                ("{{bool}}", "boolean"),
                ("{{int}}", "bigint"),
                ("{{bytes}}", "bytea"),
                (" {{strict}}", ""),
            ],
            Self::Sqlite => [
                ("{{uuid}}", "BLOB"),
                ("{{ts}}", "INTEGER"),
                ("{{bool}}", "INTEGER"),
                ("{{int}}", "INTEGER"),
                ("{{bytes}}", "BLOB"),
                (" {{strict}}", " STRICT"),
            ],
        }
    }
}

/// The text of a migration for one database.
pub(super) fn render(source: &str, dialect: Dialect) -> String {
    let mut text = String::with_capacity(source.len());
    let mut block = None;
    for line in source.lines() {
        match line.trim() {
            "-- @pg" => block = Some(Dialect::Postgres),
            "-- @sqlite" => block = Some(Dialect::Sqlite),
            "-- @end" => block = None,
            _ if block.is_none_or(|only| only == dialect) => {
                text.push_str(line);
                text.push('\n');
            }
            _ => {}
        }
    }
    dialect.words().iter().fold(text, |text, (word, meaning)| text.replace(word, meaning))
}
