//! Deleted messages in the schema.

mod fields;
mod loaders;
mod media;
mod objects;
mod settings;

pub use fields::{AccountFields, DeletedMessageFilter, Subscription, UserFields};
pub use loaders::{DeletedMessageLoader, MessageVersionLoader};
pub use media::{FetchDeletedMediaInput, FetchDeletedMediaPayload};
pub use objects::DeletedMessage;
pub use settings::{DeletedMessageSettings, DeletedMessagesPayload, Mutation, UpdateDeletedMessagesInput};

use async_graphql::{Context, Error};

use super::service::DeletedMessagesError;
use crate::graphql::{bad_input, internal, not_found};

/// What a failed query answers.
fn failed(ctx: &Context<'_>, error: DeletedMessagesError) -> Error {
    match error {
        DeletedMessagesError::UnknownAccount => not_found("account"),
        DeletedMessagesError::UnknownMessage => not_found("deleted message"),
        DeletedMessagesError::LongSearch(_) | DeletedMessagesError::NoMedia => bad_input(error.to_string()),
        DeletedMessagesError::Work(_) | DeletedMessagesError::Crypto(_) => internal(ctx, error),
    }
}
