use async_trait::async_trait;
use ulid::Ulid;

use super::store;
use crate::features::{FeatureError, Removed, Removes};
use crate::id::DeletedMessageId;
use crate::messages;
use crate::work::Work;

/// Deleted messages, as their user deletes them for good.
#[derive(Debug, Clone, Copy)]
pub struct Removal;

#[async_trait]
impl Removes for Removal {
    fn kind(&self) -> &'static str {
        DeletedMessageId::KIND
    }

    async fn remove(&self, work: &mut Work, id: Ulid) -> Result<Option<Removed>, FeatureError> {
        let Some(gone) = store::delete(work, id.into()).await? else {
            return Ok(None);
        };
        if let Some(message) = gone.message() {
            messages::forget_versions(work, &[message]).await?;
        }
        Ok(Some(Removed {
            account: gone.account,
            media: gone.media,
        }))
    }
}
