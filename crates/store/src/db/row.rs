//! Reading rows of either database.

use agent::model::Usage;
use agent::price::Spent;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::{Bind, Column, On};
use crate::{Decider, Result, StoreError, Ts};

/// The cells of one row, read from left to right.
pub(crate) struct Cells<'r> {
    row: On<&'r PgRow, &'r SqliteRow>,
    at: usize,
}

impl<'r> Cells<'r> {
    pub(super) const fn of(row: On<&'r PgRow, &'r SqliteRow>) -> Self {
        Self { row, at: 0 }
    }

    /// What the next cells hold.
    pub(crate) fn take<T: FromCells>(&mut self) -> Result<T> {
        T::read(self)
    }
}

/// What one or more cells can be read as.
pub(crate) trait FromCells: Sized {
    fn read(cells: &mut Cells<'_>) -> Result<Self>;
}

/// A type that both databases have.
pub(crate) trait Stored: Sized {
    fn bind(value: Option<Self>) -> Bind;

    fn next(cells: &mut Cells<'_>) -> Result<Option<Self>, sqlx::Error>;
}

macro_rules! stored {
    ($($type:ty as $bind:ident: $lite:expr),* $(,)?) => {$(
        impl Stored for $type {
            fn bind(value: Option<Self>) -> Bind {
                Bind::$bind(value)
            }

            fn next(cells: &mut Cells<'_>) -> Result<Option<Self>, sqlx::Error> {
                let at = cells.at;
                cells.at += 1;
                match cells.row {
                    On::Pg(row) => row.try_get(at),
                    On::Lite(row) => row.try_get(at).map($lite),
                }
            }
        }
    )*};
}

stored! {
    Uuid as Uuid: |id| id,
    String as Text: |text| text,
    i64 as Int: |number| number,
    bool as Bool: |truth| truth,
    Vec<u8> as Bytes: |bytes| bytes,
    Ts as Time: |micros: Option<i64>| micros.map(Self),
}

impl<T: Column> FromCells for Option<T> {
    fn read(cells: &mut Cells<'_>) -> Result<Self> {
        T::Stored::next(cells)?.map(T::from_stored).transpose()
    }
}

impl<T: Column> FromCells for T {
    fn read(cells: &mut Cells<'_>) -> Result<Self> {
        let at = cells.at;
        let cell: Option<Self> = cells.take()?;
        cell.ok_or_else(|| StoreError::Inconsistent(format!("column {at} is empty")))
    }
}

macro_rules! tuples {
    ($(($($part:ident),+)),* $(,)?) => {$(
        impl<$($part: FromCells),+> FromCells for ($($part,)+) {
            fn read(cells: &mut Cells<'_>) -> Result<Self> {
                Ok(($(cells.take::<$part>()?,)+))
            }
        }
    )*};
}

tuples! { (A, B), (A, B, C), (A, B, C, D), (A, B, C, D, E), (A, B, C, D, E, F) }

/// Two columns: `decider`, `by_id`.
impl FromCells for Decider {
    fn read(cells: &mut Cells<'_>) -> Result<Self> {
        Ok(Self { kind: cells.take()?, id: cells.take()? })
    }
}

/// Six columns: `input_tokens`, `cache_read_tokens`, `cache_write_tokens`, `cache_write_1h_tokens`,
/// `output_tokens`, `cost_nanos`.
impl FromCells for Spent {
    fn read(cells: &mut Cells<'_>) -> Result<Self> {
        let usage = Usage {
            input_tokens: cells.take()?,
            cache_read_tokens: cells.take()?,
            cache_write_tokens: cells.take()?,
            cache_write_1h_tokens: cells.take()?,
            output_tokens: cells.take()?,
        };
        Ok(Self { usage, cost_nanos: cells.take()? })
    }
}

/// A record, its table, and its columns as text for a `SELECT` or `RETURNING`.
pub(crate) trait Record: FromCells {
    const TABLE: &'static str;
    const COLUMNS: &'static str;
}

/// Makes a [`Record`] by naming its columns once. A field whose column has another name says so in
/// SQL.
macro_rules! record {
    (
        $record:ident from $table:literal {
            $first:ident $(= $first_sql:literal)? $(, $field:ident $(= $sql:literal)?)* $(,)?
        }
    ) => {
        impl $crate::db::Record for $record {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static str = concat!(
                $crate::db::column!($table, $first $(, $first_sql)?),
                $(", ", $crate::db::column!($table, $field $(, $sql)?)),*
            );
        }

        impl $crate::db::FromCells for $record {
            fn read(cells: &mut $crate::db::Cells<'_>) -> Result<Self, $crate::StoreError> {
                Ok(Self { $first: cells.take()?, $($field: cells.take()?),* })
            }
        }
    };
}

macro_rules! column {
    ($table:literal, $field:ident) => {
        concat!($table, ".", stringify!($field))
    };
    ($table:literal, $field:ident, $sql:literal) => {
        $sql
    };
}

pub(crate) use {column, record};
