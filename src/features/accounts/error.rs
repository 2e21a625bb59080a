use chrono::{DateTime, Utc};
use thiserror::Error;

use super::model::AccountState;
use crate::features::FeatureError;
use crate::idempotency::KeyRefusal;
use crate::whatsapp::SupervisorError;
use crate::work::WorkError;

/// Error of an operation on an account.
#[derive(Debug, Error)]
pub enum AccountError {
    /// No such account of this user.
    #[error("there is no account with this id")]
    Unknown,
    /// The phone number is malformed.
    #[error("{0}")]
    PhoneNumber(String),
    /// A pairing code needs the phone's number.
    #[error("a pairing code is for one phone: pass its number with country code, such as +5511999990000")]
    PhoneNumberMissing,
    /// The phone is linked already, as another account of the user's.
    #[error("this phone is linked already, as {0}; use that account, or unlink it first")]
    AlreadyLinked(String),
    /// The user was not asked yet whether scheduled statuses may be lost.
    #[error(
        "the account has {0}, to be missed unless it is linked again in time; cancel, or pass isConfirmed: true"
    )]
    UnlinkUnconfirmed(String),
    /// The user was not asked yet whether everything may be lost.
    #[error(
        "removing an account deletes everything that was kept of it{}; pass isConfirmed: true if that is wanted",
        .0.as_ref().map(|waiting| format!(", {waiting} among it")).unwrap_or_default()
    )]
    RemovalUnconfirmed(Option<String>),
    /// A feature failed.
    #[error("what waits for the account could not be counted")]
    Feature(#[source] FeatureError),
    /// The plan's accounts are all in use.
    #[error("the limit for linked accounts is {limit}, and {used} in use")]
    PlanLimit {
        /// Maximum number allowed.
        limit: i32,
        /// Number in use.
        used: i32,
    },
    /// The user is suspended; only the operator, who links for users too, comes upon it.
    #[error("the user is suspended; take that back first")]
    Suspended,
    /// The account is not in a state in which this can be done.
    #[error("the account is {}; {advice}", state.as_str())]
    Conflict {
        /// Its state.
        state: AccountState,
        /// Advice on a correct request.
        advice: &'static str,
    },
    /// The user begins too many sessions.
    #[error("at most {limit} links and restarts an hour; possible again at {resets_at}")]
    TooOften {
        /// Maximum number in an hour.
        limit: i32,
        /// Time at which another one is possible.
        resets_at: DateTime<Utc>,
    },
    /// The key of the call was refused.
    #[error(transparent)]
    Key(#[from] KeyRefusal),
    /// The session could not be started.
    #[error(transparent)]
    Session(#[from] SupervisorError),
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
}

impl From<diesel::result::Error> for AccountError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}
