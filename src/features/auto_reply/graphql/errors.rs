//! Errors of automatic replies in the GraphQL schema.

use async_graphql::{Context, Error, Result};

use crate::features::auto_reply::error::{AutoReplyError, Refusal};
use crate::graphql::{UserError, bad_input, internal, not_found};

/// Maps an error to the error of a failed query.
pub(super) fn failed(ctx: &Context<'_>, error: AutoReplyError) -> Error {
    match error {
        AutoReplyError::Refused(Refusal::UnknownAccount) => not_found("account"),
        AutoReplyError::Refused(other) => bad_input(other.to_string()),
        AutoReplyError::Span => bad_input(error.to_string()),
        AutoReplyError::Work(_) | AutoReplyError::Crypto(_) => internal(ctx, error),
    }
}

/// Maps an error to a user error of the payload; an error that the client cannot correct fails the mutation.
pub(super) fn refused(ctx: &Context<'_>, error: AutoReplyError) -> Result<UserError> {
    let AutoReplyError::Refused(refusal) = error else {
        return Err(failed(ctx, error));
    };
    let message = refusal.to_string();
    Ok(match refusal {
        Refusal::UnknownAccount => UserError::unknown(&["accountId"], "account"),
        Refusal::UnknownContact => UserError::unknown(&["contactIds"], "contact of this account"),
        Refusal::OfflineMessage(_) => UserError::invalid(&["offlineMessage"], message),
        Refusal::BusyMessage(_) => UserError::invalid(&["busyMessage"], message),
        Refusal::NotBusy(_) | Refusal::BusyUntil(_) => UserError::invalid(&["busyUntil"], message),
        Refusal::Cooldown(_) => UserError::invalid(&["cooldownMinutes"], message),
        Refusal::TooManyContacts(_) => UserError::invalid(&["contactIds"], message),
        Refusal::TooManySlots(_) => UserError::invalid(&["schedule"], message),
        Refusal::NoLists => UserError::premium(&["scope"], "choosing contacts"),
        Refusal::NoSchedule => UserError::premium(&["schedule"], "a weekly schedule"),
    })
}
