use async_trait::async_trait;
use ulid::Ulid;

use super::store;
use crate::features::{FeatureError, Removes};
use crate::id::{AccountId, DeletedMessageId};
use crate::work::Work;
use crate::{media, messages};

/// Deleted messages, as their user deletes them for good.
#[derive(Debug, Clone, Copy)]
pub struct Removal;

#[async_trait]
impl Removes for Removal {
    fn kind(&self) -> &'static str {
        DeletedMessageId::KIND
    }

    async fn remove(&self, work: &mut Work, id: Ulid) -> Result<Option<AccountId>, FeatureError> {
        let Some(gone) = store::delete(work, id.into()).await? else {
            return Ok(None);
        };
        if let Some(message) = gone.message() {
            messages::forget_versions(work, &[message]).await?;
        }
        let media: Vec<_> = gone.media.into_iter().collect();
        media::forget_unnamed(work, &media).await?;
        Ok(Some(gone.account))
    }
}
