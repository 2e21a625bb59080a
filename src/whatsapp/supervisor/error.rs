use thiserror::Error;

use crate::config::NotLoopback;
use crate::db::DbError;
use crate::work::WorkError;

/// Error of the supervisor.
#[derive(Debug, Error)]
pub enum SupervisorError {
    /// A build with the simulator must not connect to this address.
    #[error(transparent)]
    NotLoopback(#[from] NotLoopback),
    /// The database or a user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The node that runs the account lives, and did not end its session in time.
    #[error("the server that runs this account does not let go of it; try again in a few seconds")]
    Busy,
    /// The server is shutting down.
    #[error("the server is shutting down; try again when it is back")]
    ShuttingDown,
}

impl From<DbError> for SupervisorError {
    fn from(error: DbError) -> Self {
        Self::Work(error.into())
    }
}

impl From<diesel::result::Error> for SupervisorError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}
