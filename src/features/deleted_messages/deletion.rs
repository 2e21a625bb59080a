use async_trait::async_trait;
use ulid::Ulid;

use super::store;
use crate::features::deleted_messages::DeletedMessageId;
use crate::features::{Deletable, FeatureError, RemovedRow};
use crate::messages;
use crate::work::Work;

/// Permanent deletion of deleted messages by the user.
#[derive(Debug, Clone, Copy)]
pub(super) struct DeletedMessageDeletion;

#[async_trait]
impl Deletable for DeletedMessageDeletion {
    fn kind(&self) -> &'static str {
        DeletedMessageId::KIND
    }

    async fn remove(&self, work: &mut Work, id: Ulid) -> Result<Option<RemovedRow>, FeatureError> {
        let Some(gone) = store::delete(work, id.into()).await? else {
            return Ok(None);
        };
        if let Some(message) = gone.message() {
            messages::forget_versions(work, &[message]).await?;
        }
        Ok(Some(RemovedRow {
            account: gone.account,
            media: gone.media,
        }))
    }
}
