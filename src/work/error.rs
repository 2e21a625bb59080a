use thiserror::Error;

use crate::crypto::CryptoError;
use crate::db::DbError;
use crate::vault::VaultError;

/// Error of a unit of work, which was rolled back.
#[derive(Debug, Error)]
pub enum WorkError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The user's key does not open.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A sealed value of the user's does not open.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

impl From<diesel::result::Error> for WorkError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Db(error.into())
    }
}

impl WorkError {
    /// A kept value that opens and cannot be read.
    pub fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        unreadable(error).into()
    }

    /// Returns true when the user of the unit of work does not exist.
    pub const fn is_of_nobody(&self) -> bool {
        matches!(
            self,
            Self::Vault(VaultError::Query(diesel::result::Error::NotFound))
                | Self::Db(DbError::Query(diesel::result::Error::NotFound))
        )
    }
}

/// The error of a query whose row holds a value that cannot be opened or read.
pub fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> diesel::result::Error {
    diesel::result::Error::DeserializationError(Box::new(error))
}
