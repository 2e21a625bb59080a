use async_graphql::{ID, InputObject, SimpleObject};

use super::objects::Status;
use crate::graphql::UserError;

/// Status whose media is to be fetched.
#[derive(Debug, InputObject)]
pub struct FetchStatusMediaInput {
    /// The status.
    pub(super) status_id: ID,
}

/// Result of `fetchStatusMedia`.
#[derive(SimpleObject)]
pub struct FetchStatusMediaPayload {
    /// The status as it is now; null when there is nothing to fetch.
    pub(super) status: Option<Status>,
    /// Errors in the input; empty when the mutation succeeded.
    pub(super) errors: Vec<UserError>,
}
