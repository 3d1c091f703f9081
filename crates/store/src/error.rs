//! What can go wrong below the use cases.

/// What an operation of the store gives, or why it failed.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// A failure of the database, or a row that breaks its own rules.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database or the connection to it failed.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The database's server cannot be reached. Its address is all of the URL that is said.
    #[error(
        "the database at {server} cannot be reached ({why}); check the address in DATABASE_URL, \
         that Postgres runs there, and firewalls"
    )]
    Unreachable {
        /// Host and port.
        server: String,
        /// What the system says.
        why: String,
    },
    /// A migration failed.
    #[error("migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The database was written by a newer Smithers that this one must not touch.
    #[error(
        "the database needs Smithers schema reader {needed} or newer, this binary reads {ours}; \
         upgrade the binary, or restore the backup from before the upgrade"
    )]
    TooNew {
        /// The oldest reader the database allows.
        needed: i64,
        /// What this binary is.
        ours: i64,
    },
    /// A row holds what no row may hold.
    #[error("inconsistent row: {0}")]
    Inconsistent(String),
    /// A driver wrote under a lease that another driver has taken over.
    #[error("the lease on turn {0} is lost")]
    LeaseLost(agent::TurnId),
    /// A page was asked for that begins nowhere.
    #[error("the cursor is no `nextCursor` of this list; leave it out for the first page")]
    UnknownCursor,
    /// The data folder cannot be used.
    #[error("{0}")]
    Folder(String),
}
