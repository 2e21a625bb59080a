use async_graphql::{Context, Error, Result};

use super::super::error::DeletedMessagesError;
use crate::graphql::{UserError, bad_argument, internal};

/// Converts an error to the answer of a query.
pub(super) fn failed(ctx: &Context<'_>, error: DeletedMessagesError) -> Error {
    match error {
        DeletedMessagesError::LongSearch(_) => bad_argument(&["filter", "search"], error.to_string()),
        DeletedMessagesError::SearchBackwards(_) => bad_argument(&["last"], error.to_string()),
        // A query names no account and no message of its own.
        DeletedMessagesError::UnknownAccount
        | DeletedMessagesError::UnknownMessage
        | DeletedMessagesError::NoMedia
        | DeletedMessagesError::Work(_)
        | DeletedMessagesError::Crypto(_) => internal(ctx, error),
    }
}

/// Converts an error to the answer of a mutation: a `UserError` when the client can correct the input.
pub(super) fn refused(ctx: &Context<'_>, error: DeletedMessagesError) -> Result<UserError> {
    match error {
        DeletedMessagesError::UnknownAccount => Ok(UserError::unknown(&["accountId"], "account")),
        DeletedMessagesError::UnknownMessage => {
            Ok(UserError::unknown(&["deletedMessageId"], "deleted message"))
        }
        DeletedMessagesError::NoMedia => Ok(UserError::conflict(&["deletedMessageId"], error.to_string())),
        DeletedMessagesError::LongSearch(_)
        | DeletedMessagesError::SearchBackwards(_)
        | DeletedMessagesError::Work(_)
        | DeletedMessagesError::Crypto(_) => Err(failed(ctx, error)),
    }
}
