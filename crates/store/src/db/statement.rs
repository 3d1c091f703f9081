//! One statement: text that both databases understand, and what is bound to it.

use std::borrow::Cow;
use std::fmt::Write as _;

use agent::UserId;
use sqlx::postgres::{PgArguments, PgRow, Postgres};
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, PgExecutor, SqliteConnection};

use super::lite::run;
use super::{Bind, Cells, FromCells, On, Record, ToBind};
use crate::Result;

/// Text and binds. Build one with [`sql!`].
#[derive(Debug)]
pub(crate) struct Statement {
    text: Cow<'static, str>,
    binds: Vec<Bind>,
    locks: bool,
    is_planned_anew: bool,
}

/// A statement: `sql!("… $1 … $2", [a, b])`, or with text in parts `sql!(["…", part!()], [a])`.
/// After the name of a record, `{}` stands for its columns: `sql!(Task, "SELECT {} FROM tasks")`.
macro_rules! sql {
    ($record:ident, $text:literal $(, [$($bind:expr),* $(,)?])?) => {
        $crate::db::sql!($text $(, [$($bind),*])?).columns_of::<$record>()
    };
    ([$($part:expr),+ $(,)?]) => { $crate::db::Statement::new(concat!($($part),+), Vec::new()) };
    ([$($part:expr),+ $(,)?], [$($bind:expr),+ $(,)?]) => {{
        use $crate::db::ToBind as _;
        $crate::db::Statement::new(concat!($($part),+), vec![$($bind.to_bind()),+])
    }};
    ($text:literal $(, [$($bind:expr),* $(,)?])?) => {
        $crate::db::sql!([$text] $(, [$($bind),*])?)
    };
}

/// An `INSERT` with each value beside its column: `insert!("tasks" { id: id, title: title })`. With
/// `from` there is a row for each row of other tables, of which a value may be [`Sql`].
macro_rules! insert {
    ($table:literal $(from $from:literal)? { $($column:ident: $value:expr),+ $(,)? }) => {{
        use $crate::db::ToValue as _;
        let values = vec![$((stringify!($column), $value.to_value())),+];
        let from: &[&str] = &[$($from)?];
        $crate::db::Statement::insert($table, values, from)
    }};
}

/// An `UPDATE` without its `WHERE`, written like [`insert!`].
macro_rules! update {
    ($table:literal { $($column:ident: $value:expr),+ $(,)? }) => {{
        use $crate::db::ToBind as _;
        $crate::db::Statement::update($table, vec![$((stringify!($column), $value.to_bind())),+])
    }};
}

pub(crate) use {insert, sql, update};

/// A value that is an expression in SQL.
pub(crate) struct Sql(pub(crate) &'static str);

/// What is inserted into a column.
pub(crate) enum Value {
    Bind(Bind),
    Sql(&'static str),
}

pub(crate) trait ToValue {
    fn to_value(&self) -> Value;
}

impl ToValue for Sql {
    fn to_value(&self) -> Value {
        Value::Sql(self.0)
    }
}

impl<T: ToBind + ?Sized> ToValue for T {
    fn to_value(&self) -> Value {
        Value::Bind(self.to_bind())
    }
}

impl Statement {
    pub(crate) fn new(text: impl Into<Cow<'static, str>>, binds: Vec<Bind>) -> Self {
        Self { text: text.into(), binds, locks: false, is_planned_anew: false }
    }

    pub(crate) fn insert(table: &str, values: Vec<(&str, Value)>, from: &[&str]) -> Self {
        let (columns, values): (Vec<&str>, Vec<Value>) = values.into_iter().unzip();
        let mut binds = Vec::new();
        let mut place = |value| match value {
            Value::Sql(text) => text.to_owned(),
            Value::Bind(bind) => {
                binds.push(bind);
                format!("${}", binds.len())
            }
        };
        let values: Vec<String> = values.into_iter().map(&mut place).collect();
        let (columns, values) = (columns.join(", "), values.join(", "));
        let values = match from {
            [] => format!("VALUES ({values})"),
            tables => format!("SELECT {values} FROM {}", tables.join(", ")),
        };
        Self::new(format!("INSERT INTO {table} ({columns}) {values}"), binds)
    }

    pub(crate) fn update(table: &str, values: Vec<(&str, Bind)>) -> Self {
        let mut update = Self::new(format!("UPDATE {table} SET "), Vec::new());
        for (place, (column, bind)) in values.into_iter().enumerate() {
            update.binds.push(bind);
            let comma = if place == 0 { "" } else { ", " };
            let _ = write!(update.text.to_mut(), "{comma}{column} = ${}", place + 1);
        }
        update
    }

    /// The record of an owner with this id.
    pub(crate) fn own<T: Record>(owner: UserId, id: &impl ToBind) -> Self {
        let read = format!("SELECT {{}} FROM {} WHERE user_id = $1 AND id = ", T::TABLE);
        Self::new(read, vec![owner.to_bind()]).then_push("$", id).columns_of::<T>()
    }

    /// This one with more text.
    pub(crate) fn then_text(mut self, text: &'static str) -> Self {
        self.push_text(text);
        self
    }

    /// This one with more text and one more bind, as by [`Self::push`].
    pub(crate) fn then_push(mut self, text: &'static str, bind: &impl ToBind) -> Self {
        self.push(text, bind);
        self
    }

    /// This one, giving back the records that it wrote.
    pub(crate) fn returning<T: Record>(self) -> Self {
        self.then_text(" RETURNING {}").columns_of::<T>()
    }

    /// Puts the columns of a record where the text says `{}`.
    pub(crate) fn columns_of<T: Record>(mut self) -> Self {
        self.text = self.text.replacen("{}", T::COLUMNS, 1).into();
        self
    }

    /// Adds text with one more bind, which stands where the text says `$`.
    pub(crate) fn push(&mut self, text: &str, bind: &impl ToBind) {
        self.binds.push(bind.to_bind());
        let number = format!("${}", self.binds.len());
        self.text.to_mut().push_str(&text.replacen('$', &number, 1));
    }

    /// Adds text with one more bind for each of these: none, one, or several.
    pub(crate) fn push_each<T: ToBind>(&mut self, text: &str, binds: impl IntoIterator<Item = T>) {
        for bind in binds {
            self.push(text, &bind);
        }
    }

    /// Adds text.
    pub(crate) fn push_text(&mut self, text: &'static str) {
        self.text.to_mut().push_str(text);
    }

    /// Adds a list of words: `('a', 'b')`.
    pub(crate) fn push_words(&mut self, words: impl IntoIterator<Item = &'static str>) {
        let words: Vec<String> = words.into_iter().map(|word| format!("'{word}'")).collect();
        let list = format!("({})", words.join(", "));
        self.text.to_mut().push_str(&list);
    }

    /// This one and then another, as one text that shares its binds. Only SQLite understands it.
    pub(super) fn then(mut self, next: Self) -> Self {
        let before = self.binds.len();
        let text = self.text.to_mut();
        text.push_str("; ");
        let mut pieces = next.text.split('$');
        text.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
            let (number, rest) = piece.split_at(digits);
            text.push('$');
            match number.parse::<usize>() {
                Ok(number) => text.push_str(&(number + before).to_string()),
                Err(_no_bind) => text.push_str(number),
            }
            text.push_str(rest);
        }
        self.binds.extend(next.binds);
        self
    }

    /// Locks the rows it reads until the transaction ends. On SQLite a write transaction has the
    /// whole file to itself already.
    pub(crate) const fn locking(mut self) -> Self {
        self.locks = true;
        self
    }

    /// Lets Postgres plan it for the values that are bound, each time. A kept plan is soon one for
    /// any values, and for some of them that is a bad one.
    pub(crate) const fn planned_anew(mut self) -> Self {
        self.is_planned_anew = true;
        self
    }

    fn for_postgres(mut self) -> Query<'static, Postgres, PgArguments> {
        if self.locks {
            self.text.to_mut().push_str(" FOR NO KEY UPDATE");
        }
        let query = sqlx::query(AssertSqlSafe(self.text)).persistent(!self.is_planned_anew);
        self.binds.into_iter().fold(query, |query, bind| match bind {
            Bind::Uuid(value) => query.bind(value),
            Bind::Text(value) => query.bind(value),
            Bind::Int(value) => query.bind(value),
            Bind::Bool(value) => query.bind(value),
            Bind::Time(value) => query.bind(value),
            Bind::Bytes(value) => query.bind(value),
        })
    }

    fn for_sqlite(self) -> Query<'static, Sqlite, SqliteArguments> {
        let query = sqlx::query(AssertSqlSafe(self.text));
        self.binds.into_iter().fold(query, |query, bind| match bind {
            Bind::Uuid(value) => query.bind(value),
            Bind::Text(value) => query.bind(value),
            Bind::Int(value) => query.bind(value),
            Bind::Bool(value) => query.bind(value),
            Bind::Time(value) => query.bind(value.map(|time| time.0)),
            Bind::Bytes(value) => query.bind(value),
        })
    }

    /// Runs it and says how many rows it changed.
    pub(super) async fn execute<'c, P: PgExecutor<'c>>(
        self,
        on: On<P, &mut SqliteConnection>,
    ) -> Result<u64> {
        Ok(match on {
            On::Pg(on) => self.for_postgres().execute(on).await?.rows_affected(),
            On::Lite(line) => run(line, self.for_sqlite()).await?.changed,
        })
    }

    /// Runs it and takes every row. A statement that writes is always run to its end.
    pub(super) async fn rows<'c, P: PgExecutor<'c>>(
        self,
        on: On<P, &mut SqliteConnection>,
    ) -> Result<Rows, sqlx::Error> {
        Ok(match on {
            On::Pg(on) => On::Pg(self.for_postgres().fetch_all(on).await?),
            On::Lite(line) => {
                let given = run(line, self.for_sqlite()).await?;
                On::Lite(given.rows.into_iter().flatten().collect())
            }
        })
    }

    /// Runs all as one text, and takes the rows of each.
    pub(super) async fn rows_of_each(
        all: impl IntoIterator<Item = Self>,
        line: &mut SqliteConnection,
    ) -> Result<Vec<Rows>, sqlx::Error> {
        let Some(text) = all.into_iter().reduce(Self::then) else { return Ok(Vec::new()) };
        let given = run(line, text.for_sqlite()).await?;
        Ok(given.rows.into_iter().map(On::Lite).collect())
    }
}

/// The rows that a statement gave.
pub(super) type Rows = On<Vec<PgRow>, Vec<SqliteRow>>;

impl Rows {
    /// Reads each row.
    pub(super) fn read<T: FromCells>(&self) -> Result<Vec<T>> {
        match self {
            Self::Pg(rows) => rows.iter().map(|row| Cells::of(On::Pg(row)).take()).collect(),
            Self::Lite(rows) => rows.iter().map(|row| Cells::of(On::Lite(row)).take()).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
