use async_trait::async_trait;
use ulid::Ulid;

use super::store;
use crate::features::view_once::ViewOnceId;
use crate::features::{Deletable, FeatureError, RemovedRow};
use crate::media;
use crate::work::Work;

/// Permanent deletion of view-once messages and their captured content by the user. The capture still counts towards
/// the quota.
#[derive(Debug, Clone, Copy)]
pub(super) struct ViewOnceDeletion;

#[async_trait]
impl Deletable for ViewOnceDeletion {
    fn kind(&self) -> &'static str {
        ViewOnceId::KIND
    }

    async fn remove(&self, work: &mut Work, id: Ulid) -> Result<Option<RemovedRow>, FeatureError> {
        let id = ViewOnceId::from(id);
        // A media fetch locks the media before the message, so this takes the locks in the same order.
        let media = store::media_of(work, id).await?;
        media::lock_all(work, media.as_slice()).await?;
        let account = store::delete(work, id).await?;
        Ok(account.map(|account| RemovedRow { account, media }))
    }
}
