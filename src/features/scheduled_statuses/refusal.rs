//! Why something is not done, and what the user must mend.

use thiserror::Error;

use super::audience::MOST_CONTACTS;
use super::content::ContentError;
use super::model::State;
use super::time::WhenError;
use crate::crypto::CryptoError;
use crate::work::WorkError;

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The account is not the user's, or no longer linked.
    #[error("there is no such account")]
    UnknownAccount,
    /// Which of several accounts is meant was not said.
    #[error("the user has {0} accounts; pass accountId to say which one's contacts are meant")]
    WhichAccount(usize),
    /// No status of the user's.
    #[error("there is no such scheduled status")]
    UnknownStatus,
    /// No upload that can be shown.
    #[error(
        "there is no such upload of this account, or it is not READY, or it is used already; create another"
    )]
    UnknownUpload,
    /// A contact of the list is not the account's.
    #[error("a contact of the list is not known to this account")]
    UnknownContact,
    /// Nothing or two things to show.
    #[error("pass exactly one of text and media")]
    NotOneContent,
    /// Nothing or two times.
    #[error("pass exactly one of publishAt and publishAtLocal")]
    NotOneTime,
    /// A caption without anything above it.
    #[error("the status is a text and has no caption; change its text")]
    NoCaption,
    /// What it shows is not taken.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The time is not taken.
    #[error(transparent)]
    When(#[from] WhenError),
    /// The list is too long.
    #[error("the list names {0} contacts; pass at most {MOST_CONTACTS}")]
    TooManyContacts(usize),
    /// Nobody would see it.
    #[error("the audience is ONLY and names nobody; pass contactIds")]
    NobodyNamed,
    /// A list that nobody reads.
    #[error("contactIds are named and the audience is ALL; pass ONLY or EXCEPT, or leave contactIds out")]
    NeedlessList,
    /// The plan has no lists.
    #[error("audience lists need the Premium plan")]
    NoLists,
    /// The plan has no videos.
    #[error("videos need the Premium plan")]
    NoVideos,
    /// The plan allows no more.
    #[error(
        "the plan allows {limit} statuses to wait, and {used} do; cancel one, or wait until one is published"
    )]
    TooMany {
        /// How many may wait.
        limit: i32,
        /// How many do.
        used: i32,
    },
    /// It has begun, or is over.
    #[error("the status is {}; only one that waits for its time can be changed or cancelled", .0.in_words())]
    NotWaiting(State),
    /// It cannot be deleted.
    #[error("{0}")]
    NotDeletable(String),
}

/// Why something failed.
#[derive(Debug, Error)]
pub enum ScheduledStatusesError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// What is kept does not open.
    #[error("a kept status cannot be read")]
    Crypto(#[from] CryptoError),
    /// The user asked for what cannot be.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl From<diesel::result::Error> for ScheduledStatusesError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

impl From<ContentError> for ScheduledStatusesError {
    fn from(error: ContentError) -> Self {
        Refusal::from(error).into()
    }
}

impl From<WhenError> for ScheduledStatusesError {
    fn from(error: WhenError) -> Self {
        Refusal::from(error).into()
    }
}
