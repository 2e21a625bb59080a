use thiserror::Error;
use whatsapp_rust::wacore::store::error::StoreError;

use crate::db::DbError;
use crate::id::AccountId;

/// Error of a stored value that cannot be used. The library sees it as the source of its own error.
#[derive(Debug, Error)]
pub enum UnreadableError {
    /// The value was changed, moved here from another row, or sealed with another key.
    #[error(
        "a stored {space} of account {account} does not open: it was changed, moved, or sealed with another key"
    )]
    Sealed {
        /// The account that it was read for.
        account: AccountId,
        /// The keyspace of the value.
        space: &'static str,
    },
    /// The value opens, but does not have the form of such a value.
    #[error("a stored {space} of account {account} is malformed")]
    Malformed {
        /// The account that it was read for.
        account: AccountId,
        /// The keyspace of the value.
        space: &'static str,
    },
}

/// Converts an error of the database to the library's.
pub(super) fn store_error(error: impl Into<DbError>) -> StoreError {
    match error.into() {
        connect @ (DbError::Connect(_) | DbError::Busy { .. }) => StoreError::Connection(Box::new(connect)),
        other => StoreError::Database(Box::new(other)),
    }
}
