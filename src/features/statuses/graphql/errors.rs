use async_graphql::{Context, Error, Result};

use super::super::error::{Refusal, StatusesError};
use crate::graphql::{UserError, bad_input, internal, not_found};

/// Converts an error to the answer of a query.
pub(super) fn failed(ctx: &Context<'_>, error: StatusesError) -> Error {
    match error {
        StatusesError::Refused(Refusal::UnknownAccount) => not_found("account"),
        StatusesError::Refused(other) => bad_input(other.to_string()),
        StatusesError::Work(_) | StatusesError::Crypto(_) => internal(ctx, error),
    }
}

/// Converts an error to the answer of a mutation: a `UserError` when the client can correct the input.
pub(super) fn refused(ctx: &Context<'_>, error: StatusesError) -> Result<UserError> {
    let StatusesError::Refused(refusal) = error else {
        return Err(internal(ctx, error));
    };
    let message = refusal.to_string();
    Ok(match refusal {
        Refusal::UnknownAccount => UserError::unknown(&["accountId"], "account"),
        Refusal::UnknownContact => UserError::unknown(&["contactIds"], "contact of this account"),
        Refusal::UnknownEmojiContact => UserError::unknown(&["contactEmojis"], "contact of this account"),
        Refusal::NotAContactEmoji(_) | Refusal::TooManyEmojis(_) => {
            UserError::invalid(&["contactEmojis"], message)
        }
        Refusal::NoContactEmojis => UserError::premium(&["contactEmojis"], "an emoji for each contact"),
        Refusal::NotAnEmoji(_) => UserError::invalid(&["emoji"], message),
        Refusal::Rate(_) => UserError::invalid(&["maxPerHour"], message),
        Refusal::TooManyContacts(_) => UserError::invalid(&["contactIds"], message),
        Refusal::NoLists => UserError::premium(&["scope"], "choosing contacts"),
        Refusal::NoQuietHours => UserError::premium(&["quietHours"], "a time without likes"),
        Refusal::UnknownStatus => UserError::unknown(&["statusId"], "status"),
        Refusal::NoMedia => UserError::invalid(&["statusId"], message),
    })
}
