use async_trait::async_trait;
use ulid::Ulid;

use super::store;
use crate::features::{FeatureError, Removes};
use crate::id::{AccountId, ViewOnceId};
use crate::media;
use crate::work::Work;

/// View-once messages and what was captured of them, as their user deletes them for good. A capture that was paid for
/// stays paid.
#[derive(Debug, Clone, Copy)]
pub struct Removal;

#[async_trait]
impl Removes for Removal {
    fn kind(&self) -> &'static str {
        ViewOnceId::KIND
    }

    async fn remove(&self, work: &mut Work, id: Ulid) -> Result<Option<AccountId>, FeatureError> {
        let id = ViewOnceId::from(id);
        // Whoever fetches the media locks it before the message; so does this.
        let media: Vec<_> = store::media_of(work, id).await?.into_iter().collect();
        media::lock_all(work, &media).await?;
        let Some(account) = store::delete(work, id).await? else {
            return Ok(None);
        };
        media::forget_unnamed(work, &media).await?;
        Ok(Some(account))
    }
}
