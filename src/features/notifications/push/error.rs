use thiserror::Error;

use super::target::{TargetError, WrongTarget};
use crate::egress::Refusal;
use crate::work::WorkError;

/// A wrong value of a browser.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WrongBrowser {
    /// The push service's address is not called.
    #[error(transparent)]
    Address(#[from] Refusal),
    /// A key is none.
    #[error(transparent)]
    Keys(#[from] WrongTarget),
}

/// Error of an operation on push subscriptions.
#[derive(Debug, Error)]
pub enum PushError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// A stored push subscription cannot be read.
    #[error(transparent)]
    Kept(#[from] TargetError),
    /// Values of the browser are wrong: all of them are told.
    #[error("{} values of the browser are wrong", .0.len())]
    Wrong(Vec<WrongBrowser>),
    /// The user has as many browsers as they may.
    #[error("{used} browsers are subscribed, and {limit} may be")]
    TooMany {
        /// Maximum number allowed.
        limit: usize,
        /// Number in use.
        used: usize,
    },
    /// There is no such browser of the user's.
    #[error("there is no such browser of the user's")]
    Unknown,
}

impl From<diesel::result::Error> for PushError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}
