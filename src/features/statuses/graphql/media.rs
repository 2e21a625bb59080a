use async_graphql::{ID, InputObject, SimpleObject};

use super::objects::Status;
use crate::graphql::UserError;

/// Whose media to fetch.
#[derive(Debug, InputObject)]
pub struct FetchStatusMediaInput {
    /// The status.
    pub(super) status_id: ID,
}

/// The status whose media is fetched, or what was wrong.
#[derive(SimpleObject)]
pub struct FetchStatusMediaPayload {
    /// The status as it is now; null when there is nothing to fetch.
    pub(super) status: Option<Status>,
    /// What was wrong; empty when all was well.
    pub(super) errors: Vec<UserError>,
}
