//! Errors of scheduled statuses in the GraphQL schema.

use async_graphql::{Context, Error, Result};

use crate::features::scheduled_statuses::content::ContentError;
use crate::features::scheduled_statuses::error::{Refusal, ScheduledStatusesError};
use crate::features::scheduled_statuses::time::PublishTimeError;
use crate::graphql::{UserError, bad_input, internal};

/// Maps an error to the error of a failed query.
pub(super) fn failed(ctx: &Context<'_>, error: ScheduledStatusesError) -> Error {
    match error {
        ScheduledStatusesError::Refused(refusal) => bad_input(refusal.to_string()),
        ScheduledStatusesError::Work(_) | ScheduledStatusesError::Crypto(_) => internal(ctx, error),
    }
}

/// Maps an error to a user error of the payload; an error that the client cannot correct fails the mutation.
pub(super) fn refused(ctx: &Context<'_>, error: ScheduledStatusesError) -> Result<UserError> {
    match error {
        ScheduledStatusesError::Refused(refusal) => Ok(user_error(&refusal)),
        ScheduledStatusesError::Work(_) | ScheduledStatusesError::Crypto(_) => Err(internal(ctx, error)),
    }
}

fn user_error(refusal: &Refusal) -> UserError {
    let message = refusal.to_string();
    let invalid = |path: &[&str]| UserError::invalid(path, message.clone());
    match refusal {
        Refusal::UnknownAccount => UserError::unknown(&["accountId"], "account"),
        Refusal::UnlinkedAccount => UserError::conflict(&["accountId"], message),
        Refusal::UnknownStatus => UserError::unknown(&["scheduledStatusId"], "scheduled status"),
        Refusal::UnknownUpload => UserError::not_found(&["media", "uploadId"], message),
        Refusal::UnknownContact => UserError::unknown(&["audience", "contactIds"], "contact of this account"),
        Refusal::AmbiguousAccount(_) => invalid(&["accountId"]),
        Refusal::NotOneContent | Refusal::Content(ContentError::Empty | ContentError::TextTooLong(_)) => {
            invalid(&["text"])
        }
        Refusal::Content(ContentError::NotAColour(_)) => invalid(&["text", "backgroundColor"]),
        Refusal::Content(ContentError::CaptionTooLong(_)) => invalid(&["media", "caption"]),
        Refusal::NoCaption => invalid(&["caption"]),
        Refusal::NotOneTime
        | Refusal::PublishTime(PublishTimeError::Past(_) | PublishTimeError::TooFar(_)) => {
            invalid(&["publishAt"])
        }
        Refusal::PublishTime(PublishTimeError::NotALocalTime(_)) => invalid(&["publishAtLocal"]),
        Refusal::PublishTime(PublishTimeError::UnknownZone(_)) => invalid(&["timeZone"]),
        Refusal::TooManyContacts(_)
        | Refusal::NobodyNamed
        | Refusal::NobodyReachable
        | Refusal::NeedlessList => invalid(&["audience", "contactIds"]),
        Refusal::NoLists => UserError::premium(&["audience"], "choosing who sees a status"),
        Refusal::NoVideos => UserError::premium(&["media"], "a video"),
        Refusal::TooMany { limit, used } => UserError::limit(&[], "waiting statuses", *limit, *used, None),
        Refusal::NotWaiting(_) | Refusal::NotDeletable(_) => {
            UserError::conflict(&["scheduledStatusId"], message)
        }
    }
}
