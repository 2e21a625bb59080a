use thiserror::Error;

use crate::work::WorkError;

/// Error of an operation on notifications.
#[derive(Debug, Error)]
pub enum NotificationsError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// One of the ids is no notification of the user's.
    #[error("one of the ids is no notification of the user's")]
    UnknownNotification,
    /// There is no such user any more.
    #[error("there is no such user")]
    UnknownUser,
}

impl From<diesel::result::Error> for NotificationsError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}
