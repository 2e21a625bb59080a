//! Errors of automatic replies, and refusals that the client can correct.

use chrono::{DateTime, Utc};
use thiserror::Error;

use super::schedule::MAX_SLOTS;
use super::settings::{AutoReplyMode, COOLDOWN_MINUTES, MAX_CONTACTS};
use super::statistics::MAX_PERIOD;
use super::template::TemplateError;
use crate::crypto::CryptoError;
use crate::work::WorkError;

/// Refusal of a change of the settings, with the correction that the client can make.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The account does not exist or belongs to another user.
    #[error("there is no such account")]
    UnknownAccount,
    /// The list names a contact that does not belong to the account.
    #[error("a contact of the list does not belong to this account")]
    UnknownContact,
    /// The message for the mode `OFFLINE` is not a valid template.
    #[error(transparent)]
    OfflineMessage(TemplateError),
    /// The message for the mode `BUSY` is not a valid template.
    #[error(transparent)]
    BusyMessage(TemplateError),
    /// `busyUntil` was given for a mode other than `BUSY`.
    #[error("busyUntil needs the mode BUSY, but the mode is {mode}; set the mode BUSY too, or leave busyUntil out", mode = .0.as_str())]
    NotBusy(AutoReplyMode),
    /// `busyUntil` is in the past or more than a year ahead.
    #[error("busyUntil is {at}; pass a time from now to a year from now", at = .0.to_rfc3339())]
    BusyUntil(DateTime<Utc>),
    /// The cooldown is out of range.
    #[error("cooldownMinutes is {0}; pass {min} to {max}", min = COOLDOWN_MINUTES.start(), max = COOLDOWN_MINUTES.end())]
    Cooldown(i32),
    /// The list of contacts is too long.
    #[error("the list names {0} contacts; pass at most {MAX_CONTACTS}")]
    TooManyContacts(usize),
    /// The schedule has too many slots.
    #[error("the schedule has {0} slots; pass at most {MAX_SLOTS}")]
    TooManySlots(usize),
    /// The plan does not include lists of contacts.
    #[error("lists of contacts need the Premium plan")]
    NoLists,
    /// The plan does not include a schedule.
    #[error("a weekly schedule needs the Premium plan")]
    NoSchedule,
}

/// Error of an operation on automatic replies.
#[derive(Debug, Error)]
pub enum AutoReplyError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// A stored reply or message cannot be decrypted.
    #[error("a stored reply cannot be decrypted")]
    Crypto(#[from] CryptoError),
    /// The request was refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The period of the statistics ends before it begins, or is too long.
    #[error("pass a `to` after `from`, at most {days} days later", days = MAX_PERIOD.num_days())]
    Span,
}

impl From<diesel::result::Error> for AutoReplyError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}
