use async_graphql::{ID, InputObject, SimpleObject};

use super::objects::DeletedMessage;
use crate::graphql::UserError;

/// Deleted message whose media is to be fetched.
#[derive(Debug, InputObject)]
pub struct FetchDeletedMediaInput {
    /// The deleted message.
    pub(super) deleted_message_id: ID,
}

/// Result of `fetchDeletedMedia`.
#[derive(SimpleObject)]
pub struct FetchDeletedMediaPayload {
    /// The message as it is now; null when there is nothing to fetch.
    pub(super) message: Option<DeletedMessage>,
    /// Errors in the input; empty when the mutation succeeded.
    pub(super) errors: Vec<UserError>,
}
