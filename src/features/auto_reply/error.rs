//! Errors of automatic replies, and refusals that the client can correct.

use chrono::{DateTime, Utc};
use thiserror::Error;

use super::schedule::{MAX_SLOTS, SlotMistake};
use super::service::MAX_PERIOD;
use super::settings::{AutoReplyMode, COOLDOWN_MINUTES};
use super::template::TemplateError;
use crate::crypto::CryptoError;
use crate::features::schema::ListMistake;
use crate::work::WorkError;

/// Refusal of a change of the settings, with the correction that the client can make.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The account does not exist or belongs to another user.
    #[error("there is no account with this id; pass an id that this API returned to you")]
    UnknownAccount,
    /// A contact of the list is wrong, or the list as a whole.
    #[error(transparent)]
    Contact(ListMistake),
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
    /// The schedule has too many slots.
    #[error("the schedule has {0} slots; pass at most {MAX_SLOTS}")]
    TooManySlots(usize),
    /// A time of a slot is wrong.
    #[error("{mistake}")]
    Slot {
        /// Index in the schedule.
        index: usize,
        /// Mistake in the slot.
        mistake: SlotMistake,
    },
    /// The plan does not include a scope of contacts.
    #[error("choosing contacts needs the Premium plan")]
    NoScope,
    /// The plan does not include a list of contacts.
    #[error("a list of contacts needs the Premium plan")]
    NoList,
    /// The plan does not include a schedule.
    #[error("a weekly schedule needs the Premium plan")]
    NoSchedule,
}

impl Refusal {
    /// Place of the mistake in the input of the mutation: names of fields and indexes of lists, outermost first.
    pub fn path(&self) -> Vec<String> {
        let setting = |names: &[&str]| {
            let below = names.iter().map(|&name| name.to_owned());
            ["settings".to_owned()].into_iter().chain(below).collect()
        };
        match self {
            Self::UnknownAccount => vec!["accountId".to_owned()],
            Self::Contact(mistake) => match mistake.index() {
                Some(index) => setting(&["contactIds", &index.to_string()]),
                None => setting(&["contactIds"]),
            },
            Self::OfflineMessage(_) => setting(&["offlineMessage"]),
            Self::BusyMessage(_) => setting(&["busyMessage"]),
            Self::NotBusy(_) | Self::BusyUntil(_) => setting(&["busyUntil"]),
            Self::Cooldown(_) => setting(&["cooldownMinutes"]),
            Self::Slot { index, mistake } => setting(&["schedule", &index.to_string(), mistake.field()]),
            Self::TooManySlots(_) | Self::NoSchedule => setting(&["schedule"]),
            Self::NoScope => setting(&["scope"]),
            Self::NoList => setting(&["contactIds"]),
        }
    }
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
    /// The request was refused, for all of these reasons.
    #[error("the request was refused: {0:?}")]
    Refused(Vec<Refusal>),
    /// The period of the statistics ends before it begins, or is too long.
    #[error("pass a `to` after `from`, at most {days} days later", days = MAX_PERIOD.num_days())]
    Span,
}

impl From<diesel::result::Error> for AutoReplyError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}
