use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;

use super::super::model::Deleted;
use super::super::service::{DeletedMessagesError, DeletedMessagesService};
use crate::id::{DeletedMessageId, MessageId, UserId};
use crate::messages::Version;

/// Loads deleted messages of one user by id.
pub struct DeletedMessageLoader {
    /// The service.
    pub service: DeletedMessagesService,
    /// Whose messages.
    pub user: UserId,
}

impl Loader<DeletedMessageId> for DeletedMessageLoader {
    type Value = Deleted;
    type Error = Arc<DeletedMessagesError>;

    async fn load(
        &self,
        keys: &[DeletedMessageId],
    ) -> Result<HashMap<DeletedMessageId, Deleted>, Self::Error> {
        let found = self.service.load(self.user, keys).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|message| (message.id, message)).collect())
    }
}

/// Loads what edited messages of one user said, the oldest wording first.
pub struct MessageVersionLoader {
    /// The service.
    pub service: DeletedMessagesService,
    /// Whose messages.
    pub user: UserId,
}

impl Loader<MessageId> for MessageVersionLoader {
    type Value = Vec<Version>;
    type Error = Arc<DeletedMessagesError>;

    async fn load(&self, keys: &[MessageId]) -> Result<HashMap<MessageId, Vec<Version>>, Self::Error> {
        let found = self.service.versions(self.user, keys).await.map_err(Arc::new)?;
        let mut versions: HashMap<MessageId, Vec<Version>> = HashMap::new();
        for version in found {
            versions.entry(version.message).or_default().push(version);
        }
        Ok(versions)
    }
}
