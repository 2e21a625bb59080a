//! Errors of scheduled statuses in the GraphQL schema.

use async_graphql::{Context, Error, Result};

use crate::features::scheduled_statuses::audience::AudienceError;
use crate::features::scheduled_statuses::content::ContentError;
use crate::features::scheduled_statuses::error::{Refusal, ScheduledStatusesError};
use crate::features::scheduled_statuses::time::PublishTimeError;
use crate::features::schema::ContactScope;
use crate::graphql::{UserError, bad_arguments, internal};
use crate::plan::Limit;

/// Maps an error to the error of a failed query.
pub(super) fn failed(ctx: &Context<'_>, error: ScheduledStatusesError) -> Error {
    match error {
        ScheduledStatusesError::Refused(refusals) => {
            let mistakes: Vec<UserError> = refusals.0.iter().map(user_error).collect();
            bad_arguments(&mistakes)
        }
        ScheduledStatusesError::Work(_) | ScheduledStatusesError::Crypto(_) => internal(ctx, error),
    }
}

/// Maps an error to the errors of a payload; an error that the client cannot correct fails the mutation.
pub(super) fn refused(ctx: &Context<'_>, error: ScheduledStatusesError) -> Result<Vec<UserError>> {
    match error {
        ScheduledStatusesError::Refused(refusals) => Ok(refusals.0.iter().map(user_error).collect()),
        ScheduledStatusesError::Work(_) | ScheduledStatusesError::Crypto(_) => Err(internal(ctx, error)),
    }
}

fn user_error(refusal: &Refusal) -> UserError {
    let message = refusal.to_string();
    match refusal {
        Refusal::Key(refusal) => refusal.user_error(),
        Refusal::UnknownAccount => UserError::unknown(&["accountId"], "account"),
        Refusal::UnlinkedAccount => UserError::conflict(&["accountId"], message),
        Refusal::UnknownStatus => UserError::unknown(&["scheduledStatusId"], "scheduled status"),
        Refusal::NotWaiting(_) | Refusal::NotDeletable(_) => {
            UserError::conflict(&["scheduledStatusId"], message)
        }
        Refusal::UnknownUpload => UserError::not_found(&["content", "media", "uploadId"], message),
        Refusal::NoVideos => UserError::premium(&["content", "media", "uploadId"], "a video"),
        Refusal::NoCaption => UserError::conflict(&["content", "caption"], message),
        Refusal::Caption(_) => UserError::invalid(&["content", "caption"], message),
        Refusal::Content(error) => UserError::invalid(content_path(error), message),
        Refusal::PublishTime(error) => UserError::invalid(time_path(error), message),
        Refusal::Audience(scope, error) => audience_error(*scope, error),
        Refusal::TooMany { limit, used } => {
            let larger = Limit::ScheduledStatuses.larger_plan(*limit);
            UserError::limit_of_plan(&[], "waiting statuses", *limit, *used, None, larger)
        }
    }
}

const fn content_path(error: &ContentError) -> &'static [&'static str] {
    match error {
        ContentError::Empty | ContentError::TextTooLong(_) => &["content", "text", "text"],
        ContentError::NotAColour(_) => &["content", "text", "backgroundColor"],
        ContentError::CaptionTooLong(_) => &["content", "media", "caption"],
    }
}

const fn time_path(error: &PublishTimeError) -> &'static [&'static str] {
    match error {
        PublishTimeError::Instant(_) => &["publishAt", "instant"],
        PublishTimeError::Local(_) | PublishTimeError::NotALocalTime(_) => &["publishAt", "local", "at"],
        PublishTimeError::UnknownZone(_) => &["publishAt", "local", "timeZone"],
    }
}

fn audience_error(scope: ContactScope, error: &AudienceError) -> UserError {
    let form = match scope {
        ContactScope::All => "all",
        ContactScope::Only => "only",
        ContactScope::Except => "except",
    };
    let path = &["audience", form];
    match error {
        AudienceError::Unknown(index) => {
            UserError::not_found(&["audience", form, &index.to_string()], error.to_string())
        }
        AudienceError::NotIncluded => UserError::premium(path, "choosing who sees a status"),
        AudienceError::NotAll
        | AudienceError::Empty
        | AudienceError::TooMany(_)
        | AudienceError::NobodyReachable => UserError::invalid(path, error.to_string()),
    }
}
