use thiserror::Error;

use crate::id::NotificationId;
use crate::work::WorkError;

/// Error of an operation on notifications.
#[derive(Debug, Error)]
pub enum NotificationsError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// These ids are of no notifications of the user's.
    #[error("{} of the ids are of no notifications of the user's", .0.len())]
    UnknownNotifications(Vec<NotificationId>),
    /// There is no such user any more.
    #[error("there is no such user")]
    UnknownUser,
}

impl From<diesel::result::Error> for NotificationsError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}
