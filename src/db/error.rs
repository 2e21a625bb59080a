use std::error::Error;

use thiserror::Error;

use super::OLDEST_VERSION;

/// Error of a connection, a migration or a statement.
#[derive(Debug, Error)]
pub enum DbError {
    /// No connection: wrong address, refused, wrong password, or none free in time.
    #[error("cannot connect to PostgreSQL; check that it runs and that DATABASE_URL names it")]
    Connect(#[source] Box<dyn Error + Send + Sync>),
    /// The server's version is too old.
    #[error("PostgreSQL {found} is too old; version {OLDEST_VERSION} or newer is needed")]
    TooOld {
        /// The version, as the server gives it.
        found: String,
    },
    /// A migration failed; neither it nor any after it was applied.
    #[error("a migration failed, and neither it nor any after it was applied")]
    Migrate(#[source] Box<dyn Error + Send + Sync>),
    /// A statement failed.
    #[error(transparent)]
    Query(#[from] diesel::result::Error),
}

impl DbError {
    /// A failure to connect, caused by `cause`.
    pub(super) fn connect(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Connect(cause.into())
    }
}
