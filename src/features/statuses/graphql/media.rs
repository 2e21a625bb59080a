use async_graphql::{ID, InputObject, SimpleObject};

use super::objects::Status;
use crate::graphql::UserError;

/// Status whose media is to be fetched.
#[derive(Debug, InputObject)]
pub struct FetchStatusMediaInput {
    /// Id of the status.
    pub(super) status_id: ID,
}

/// Result of `fetchStatusMedia`.
#[derive(SimpleObject)]
pub struct FetchStatusMediaPayload {
    /// Status with the state of its media; null when there is nothing to fetch.
    pub(super) status: Option<Status>,
    /// Mistakes in the input; empty when the media is being fetched, or is stored already.
    pub(super) errors: Vec<UserError>,
}
