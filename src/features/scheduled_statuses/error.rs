//! Errors of scheduled statuses, and refusals that the client can correct.

use std::fmt;

use thiserror::Error;

use super::audience::AudienceError;
use super::content::ContentError;
use super::model::State;
use super::time::PublishTimeError;
use crate::crypto::CryptoError;
use crate::features::schema::ContactScope;
use crate::idempotency::KeyRefusal;
use crate::work::WorkError;

/// Refusal of one part of a request, with the correction that the client can make.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The key of the call was refused.
    #[error(transparent)]
    Key(#[from] KeyRefusal),
    /// The account does not exist or belongs to another user.
    #[error("there is no such account")]
    UnknownAccount,
    /// The user unlinked the account.
    #[error("the account is unlinked and publishes nothing; link it again with relinkAccount, then schedule")]
    UnlinkedAccount,
    /// The scheduled status does not exist or belongs to another user.
    #[error("there is no such scheduled status")]
    UnknownStatus,
    /// The upload does not exist, is not ready, or is used already.
    #[error(
        "there is no such upload of this account, or it is not READY, or it is used already; create another"
    )]
    UnknownUpload,
    /// A caption was given for a text status.
    #[error("the status is a text and has no caption; pass text or media, which replace the content")]
    NoCaption,
    /// The new caption of the file is invalid.
    #[error(transparent)]
    Caption(ContentError),
    /// The text or its colour, or the caption of a new file is invalid.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The time or time zone is invalid.
    #[error(transparent)]
    PublishTime(#[from] PublishTimeError),
    /// The audience that was given in this form is invalid.
    #[error("{1}")]
    Audience(ContactScope, AudienceError),
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

/// The refusals of one request, collected so that the client hears all of them at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusals(pub Vec<Refusal>);

impl Refusals {
    /// Returns what was accepted; collects what was refused.
    ///
    /// # Errors
    /// Those that are no refusals.
    pub(super) fn keep<T>(
        &mut self,
        judged: Result<T, impl Into<ScheduledStatusesError>>,
    ) -> Result<Option<T>, ScheduledStatusesError> {
        match judged.map_err(Into::into) {
            Ok(accepted) => Ok(Some(accepted)),
            Err(ScheduledStatusesError::Refused(refused)) => {
                self.0.extend(refused.0);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

impl fmt::Display for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, refusal) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            refusal.fmt(f)?;
        }
        Ok(())
    }
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
    #[error("{0}")]
    Refused(Refusals),
}

impl From<diesel::result::Error> for ScheduledStatusesError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

impl From<Refusal> for ScheduledStatusesError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Refusals(vec![refusal]))
    }
}

impl From<Refusals> for ScheduledStatusesError {
    fn from(refusals: Refusals) -> Self {
        Self::Refused(refusals)
    }
}

impl From<ContentError> for ScheduledStatusesError {
    fn from(error: ContentError) -> Self {
        Refusal::from(error).into()
    }
}

impl From<Vec<PublishTimeError>> for ScheduledStatusesError {
    fn from(errors: Vec<PublishTimeError>) -> Self {
        Self::Refused(Refusals(errors.into_iter().map(Refusal::from).collect()))
    }
}
