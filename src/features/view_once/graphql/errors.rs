use async_graphql::{Context, Error, Result};

use super::super::error::{Refusal, ViewOnceError};
use crate::graphql::{UserError, bad_input, internal};
use crate::plan::QuotaExceeded;

/// Converts an error to the answer of a query.
pub(super) fn failed(ctx: &Context<'_>, error: ViewOnceError) -> Error {
    match error {
        ViewOnceError::Refused(refusal) => bad_input(refusal.to_string()),
        ViewOnceError::Work(_) | ViewOnceError::Crypto(_) => internal(ctx, error),
    }
}

/// Converts an error to the answer of a mutation: a `UserError` when the client can correct the input.
pub(super) fn refused(ctx: &Context<'_>, error: ViewOnceError) -> Result<UserError> {
    let ViewOnceError::Refused(refusal) = error else {
        return Err(internal(ctx, error));
    };
    Ok(match refusal {
        Refusal::UnknownAccount => UserError::unknown(&["accountId"], "account"),
        Refusal::UnknownMessage => UserError::unknown(&["viewOnceId"], "view-once message"),
        Refusal::Quota(QuotaExceeded {
            quota,
            limit,
            used,
            resets_at,
        }) => UserError::limit(&["viewOnceId"], quota.units(), limit, used, Some(resets_at)),
        Refusal::Captured
        | Refusal::Capturing
        | Refusal::NotDelivered
        | Refusal::Forgotten
        | Refusal::Off => UserError::conflict(&["viewOnceId"], refusal.to_string()),
    })
}
