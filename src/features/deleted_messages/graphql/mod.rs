//! Deleted messages in the schema.

mod fields;
mod loaders;
mod objects;
mod settings;

pub use fields::{AccountFields, DeletedMessageFilter, Subscription, UserFields};
pub use loaders::{DeletedMessageLoader, MessageVersionLoader};
pub use objects::{DeletedMessage, MessageVersion};
pub use settings::{DeletedMessageSettings, DeletedMessagesPayload, Mutation, UpdateDeletedMessagesInput};

use async_graphql::{Context, Error, ID, Result};

use super::service::DeletedMessagesError;
use crate::graphql::{bad_input, internal, not_found};
use crate::id::IdError;

/// What a failed query answers.
fn failed(ctx: &Context<'_>, error: DeletedMessagesError) -> Error {
    match error {
        DeletedMessagesError::UnknownAccount => not_found("account"),
        DeletedMessagesError::LongSearch(_) => bad_input(error.to_string()),
        DeletedMessagesError::Work(_) | DeletedMessagesError::Crypto(_) => internal(ctx, error),
    }
}

/// The ids that a filter names; an empty list is as good as none.
fn ids<I>(named: Option<Vec<ID>>, parse: fn(&str) -> Result<I, IdError>) -> Result<Option<Vec<I>>> {
    let Some(named) = named.filter(|named| !named.is_empty()) else {
        return Ok(None);
    };
    let parsed: Result<Vec<I>, IdError> = named.iter().map(|id| parse(id)).collect();
    parsed.map(Some).map_err(|e| bad_input(e.to_string()))
}
