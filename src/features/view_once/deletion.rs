use async_trait::async_trait;
use ulid::Ulid;

use super::store;
use crate::features::view_once::ViewOnceId;
use crate::features::{Deletable, FeatureError, RemovedRow};
use crate::media;
use crate::work::Work;

/// View-once messages and what was captured of them, as their user deletes them for good. A capture that was paid for
/// stays paid.
#[derive(Debug, Clone, Copy)]
pub(super) struct ViewOnceDeletion;

#[async_trait]
impl Deletable for ViewOnceDeletion {
    fn kind(&self) -> &'static str {
        ViewOnceId::KIND
    }

    async fn remove(&self, work: &mut Work, id: Ulid) -> Result<Option<RemovedRow>, FeatureError> {
        let id = ViewOnceId::from(id);
        // Whoever fetches the media locks it before the message; so does this.
        let media = store::media_of(work, id).await?;
        media::lock_all(work, media.as_slice()).await?;
        let account = store::delete(work, id).await?;
        Ok(account.map(|account| RemovedRow { account, media }))
    }
}
