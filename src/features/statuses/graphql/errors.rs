use async_graphql::{Context, Error, Result};

use super::super::error::{Refusal, StatusesError};
use crate::features::schema::ListMistake;
use crate::graphql::{UserError, bad_arguments, internal};

/// Converts an error to the answer of a query.
pub(super) fn failed(ctx: &Context<'_>, error: StatusesError) -> Error {
    match error {
        StatusesError::Refused(refusals) => {
            let mistakes: Vec<UserError> = refusals.iter().map(user_error).collect();
            bad_arguments(&mistakes)
        }
        StatusesError::Work(_) | StatusesError::Crypto(_) => internal(ctx, error),
    }
}

/// Converts an error to the answer of a mutation: a `UserError` for each mistake that the client can correct.
pub(super) fn refused(ctx: &Context<'_>, error: StatusesError) -> Result<Vec<UserError>> {
    match error {
        StatusesError::Refused(refusals) => Ok(refusals.iter().map(user_error).collect()),
        StatusesError::Work(_) | StatusesError::Crypto(_) => Err(internal(ctx, error)),
    }
}

/// Converts a refusal to the error of a payload.
pub(super) fn user_error(refusal: &Refusal) -> UserError {
    let names = refusal.path();
    let path: Vec<&str> = names.iter().map(String::as_str).collect();
    match refusal {
        Refusal::UnknownAccount
        | Refusal::UnknownStatus
        | Refusal::Contact(ListMistake::NoId { .. } | ListMistake::Unknown { .. })
        | Refusal::EmojiContact(ListMistake::NoId { .. } | ListMistake::Unknown { .. }) => {
            UserError::not_found(&path, refusal.to_string())
        }
        Refusal::Contact(_)
        | Refusal::EmojiContact(_)
        | Refusal::NotAnEmoji(_)
        | Refusal::Rate(_)
        | Refusal::NotAContactEmoji { .. }
        | Refusal::TooManyEmojis(_)
        | Refusal::QuietHours(_) => UserError::invalid(&path, refusal.to_string()),
        Refusal::NoMedia => UserError::conflict(&path, refusal.to_string()),
        Refusal::NoContactEmojis => UserError::premium(&path, "an emoji for each contact"),
        Refusal::NoScope => UserError::premium(&path, "choosing contacts"),
        Refusal::NoList => UserError::premium(&path, "a list of contacts"),
        Refusal::NoQuietHours => UserError::premium(&path, "a time without likes"),
    }
}
