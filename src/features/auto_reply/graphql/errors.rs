//! Errors of automatic replies in the GraphQL schema.

use async_graphql::{Context, Error, Result};

use crate::features::auto_reply::error::{AutoReplyError, Refusal};
use crate::features::schema::ListMistake;
use crate::graphql::{UserError, bad_argument, bad_arguments, internal};

/// Maps an error to the error of a failed query.
pub(super) fn failed(ctx: &Context<'_>, error: AutoReplyError) -> Error {
    match error {
        AutoReplyError::Refused(refusals) => {
            let mistakes: Vec<UserError> = refusals.iter().map(user_error).collect();
            bad_arguments(&mistakes)
        }
        AutoReplyError::Span => bad_argument(&["to"], error.to_string()),
        AutoReplyError::Work(_) | AutoReplyError::Crypto(_) => internal(ctx, error),
    }
}

/// Maps an error to the user errors of the payload; an error that the client cannot correct fails the mutation.
pub(super) fn refused(ctx: &Context<'_>, error: AutoReplyError) -> Result<Vec<UserError>> {
    match error {
        AutoReplyError::Refused(refusals) => Ok(refusals.iter().map(user_error).collect()),
        other => Err(failed(ctx, other)),
    }
}

/// Maps a refusal to the error of a payload.
pub(super) fn user_error(refusal: &Refusal) -> UserError {
    let names = refusal.path();
    let path: Vec<&str> = names.iter().map(String::as_str).collect();
    match refusal {
        Refusal::UnknownAccount
        | Refusal::Contact(ListMistake::NoId { .. } | ListMistake::Unknown { .. }) => {
            UserError::not_found(&path, refusal.to_string())
        }
        Refusal::Contact(_)
        | Refusal::OfflineMessage(_)
        | Refusal::BusyMessage(_)
        | Refusal::NotBusy(_)
        | Refusal::BusyUntil(_)
        | Refusal::Cooldown(_)
        | Refusal::Slot { .. }
        | Refusal::TooManySlots(_) => UserError::invalid(&path, refusal.to_string()),
        Refusal::NoScope => UserError::premium(&path, "choosing contacts"),
        Refusal::NoList => UserError::premium(&path, "a list of contacts"),
        Refusal::NoSchedule => UserError::premium(&path, "a weekly schedule"),
    }
}
