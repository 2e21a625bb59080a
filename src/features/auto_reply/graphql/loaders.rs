use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;

use super::super::model::Reply;
use super::super::rule::Settings;
use super::super::service::{AutoReplyError, AutoReplyService};
use crate::id::{AccountId, AutoReplyId, UserId};

/// Loads answers of one user by id, and the settings of their accounts.
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

impl Loader<AccountId> for AutoReplyLoader {
    type Value = Settings;
    type Error = Arc<AutoReplyError>;

    async fn load(&self, keys: &[AccountId]) -> Result<HashMap<AccountId, Settings>, Self::Error> {
        self.service.settings(self.user, keys).await.map_err(Arc::new)
    }
}
