//! The two databases behind one face: pools, statements, transactions, and what a column may hold.
//!
//! A store method is SQL text with binds ([`sql!`]) given to [`Db`] or, where several statements
//! belong together, to [`Tx`]. Nothing outside this module knows which database it talks to.

mod clean;
mod column;
mod lite;
mod open;
mod row;
mod statement;
mod tx;

pub(crate) use column::{Bind, Column, ToBind};

pub use open::{Location, Store};
pub(crate) use row::{Cells, FromCells, Record, column, record};
pub(crate) use statement::{Sql, Statement, ToValue, insert, sql, update};
pub(crate) use tx::{Db, ONCE, Tx};

/// The same thing for Postgres or for SQLite.
#[derive(Clone, Copy, Debug)]
pub(crate) enum On<P, L> {
    /// Postgres.
    Pg(P),
    /// SQLite.
    Lite(L),
}
