//! Errors of scheduled statuses, and refusals that the client can correct.

use thiserror::Error;

use super::audience::MAX_CONTACTS;
use super::content::ContentError;
use super::model::State;
use super::time::PublishTimeError;
use crate::crypto::CryptoError;
use crate::work::WorkError;

/// Refusal of a request, with the correction that the client can make.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The account does not exist or belongs to another user.
    #[error("there is no such account")]
    UnknownAccount,
    /// The user unlinked the account.
    #[error("the account is unlinked and publishes nothing; link it again with relinkAccount, then schedule")]
    UnlinkedAccount,
    /// The user has several accounts and named none.
    #[error("the user has {0} accounts; pass accountId to choose one of them")]
    AmbiguousAccount(usize),
    /// The scheduled status does not exist or belongs to another user.
    #[error("there is no such scheduled status")]
    UnknownStatus,
    /// The upload does not exist, is not ready, or is used already.
    #[error(
        "there is no such upload of this account, or it is not READY, or it is used already; create another"
    )]
    UnknownUpload,
    /// The list names a contact that does not belong to the account.
    #[error("a contact of the list does not belong to this account")]
    UnknownContact,
    /// Neither or both of text and media were given.
    #[error("pass exactly one of text and media")]
    NotOneContent,
    /// Neither or both of the two times were given.
    #[error("pass exactly one of publishAt and publishAtLocal")]
    NotOneTime,
    /// A caption was given for a text status.
    #[error("the status is a text and has no caption; change its text")]
    NoCaption,
    /// The text, colour or caption is invalid.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The time or time zone is invalid.
    #[error(transparent)]
    PublishTime(#[from] PublishTimeError),
    /// The list of contacts is too long.
    #[error("the list names {0} contacts; pass at most {MAX_CONTACTS}")]
    TooManyContacts(usize),
    /// The audience is `ONLY` without contacts.
    #[error("the audience is ONLY and names nobody; pass contactIds")]
    NobodyNamed,
    /// The audience is `ONLY` with nobody who can see a status.
    #[error(
        "nobody of the audience can see a status: it names only the account itself, or people without a known \
         number; pass other contactIds"
    )]
    NobodyReachable,
    /// The audience is `ALL` with contacts.
    #[error("contactIds are named and the audience is ALL; pass ONLY or EXCEPT, or leave contactIds out")]
    NeedlessList,
    /// The plan does not include audience lists.
    #[error("audience lists need the Premium plan")]
    NoLists,
    /// The plan does not include videos.
    #[error("videos need the Premium plan")]
    NoVideos,
    /// The plan's number of waiting statuses is used up.
    #[error(
        "the plan allows {limit} statuses to wait, and {used} do; cancel one, or wait until one is published"
    )]
    TooMany {
        /// Number of statuses that may wait.
        limit: i32,
        /// Number of statuses that wait.
        used: i32,
    },
    /// The status is no longer waiting for its time.
    #[error("the status is {}; only one that waits for its time can be changed or cancelled", .0.in_words())]
    NotWaiting(State),
    /// The status cannot be deleted, for this reason.
    #[error("{0}")]
    NotDeletable(String),
}

/// Error of an operation on scheduled statuses.
#[derive(Debug, Error)]
pub enum ScheduledStatusesError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// A stored status cannot be decrypted.
    #[error("a stored status cannot be decrypted")]
    Crypto(#[from] CryptoError),
    /// The request was refused.
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

impl From<PublishTimeError> for ScheduledStatusesError {
    fn from(error: PublishTimeError) -> Self {
        Refusal::from(error).into()
    }
}
