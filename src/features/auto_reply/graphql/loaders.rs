use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;

use super::super::model::Reply;
use super::super::service::{AutoReplyError, AutoReplyService};
use crate::id::{AutoReplyId, UserId};

/// Loads answers of one user by id.
pub struct AutoReplyLoader {
    /// The service.
    pub service: AutoReplyService,
    /// Whose answers.
    pub user: UserId,
}

impl Loader<AutoReplyId> for AutoReplyLoader {
    type Value = Reply;
    type Error = Arc<AutoReplyError>;

    async fn load(&self, keys: &[AutoReplyId]) -> Result<HashMap<AutoReplyId, Reply>, Self::Error> {
        let found = self.service.load(self.user, keys).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|reply| (reply.id, reply)).collect())
    }
}
