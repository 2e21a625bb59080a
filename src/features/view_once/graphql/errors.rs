use async_graphql::{Context, Result};

use super::super::error::{Refusal, ViewOnceError};
use crate::graphql::{UserError, internal};
use crate::plan::QuotaExceeded;

/// Converts an error to the errors of a mutation's payload, when the client can correct the input.
pub(super) fn refused(ctx: &Context<'_>, error: ViewOnceError) -> Result<Vec<UserError>> {
    match error {
        ViewOnceError::Refused(refusals) => Ok(refusals.into_iter().map(user_error).collect()),
        ViewOnceError::Work(_) | ViewOnceError::Crypto(_) => Err(internal(ctx, error)),
    }
}

fn user_error(refusal: Refusal) -> UserError {
    match refusal {
        Refusal::UnknownAccount => UserError::unknown(&["accountId"], "account"),
        Refusal::UnknownMessage => UserError::unknown(&["viewOnceMessageId"], "view-once message"),
        Refusal::NoticeNotAcknowledged => {
            UserError::invalid(&["acknowledgesPrivacyNotice"], refusal.to_string())
        }
        Refusal::Quota(QuotaExceeded {
            quota,
            limit,
            used,
            resets_at,
        }) => UserError::limit_of_plan(
            &["viewOnceMessageId"],
            quota.units(),
            limit,
            used,
            Some(resets_at),
            quota.larger_plan(limit),
        ),
        Refusal::Captured
        | Refusal::Capturing
        | Refusal::NotDelivered
        | Refusal::Forgotten
        | Refusal::Off => UserError::conflict(&["viewOnceMessageId"], refusal.to_string()),
    }
}
