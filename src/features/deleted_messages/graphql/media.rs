use async_graphql::{ID, InputObject, SimpleObject};

use super::objects::DeletedMessage;
use crate::graphql::UserError;

/// Whose media to fetch.
#[derive(Debug, InputObject)]
pub struct FetchDeletedMediaInput {
    /// The deleted message.
    pub(super) deleted_message_id: ID,
}

/// The message whose media is fetched, or what was wrong.
#[derive(SimpleObject)]
pub struct FetchDeletedMediaPayload {
    /// The message as it is now; null when there is nothing to fetch.
    pub(super) message: Option<DeletedMessage>,
    /// What was wrong; empty when all was well.
    pub(super) errors: Vec<UserError>,
}
