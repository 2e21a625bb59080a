use async_trait::async_trait;

use super::store;
use crate::features::FeatureError;
use crate::hub::EventKind;
use crate::id::MediaId;
use crate::media::{OnMedia, Outcome};
use crate::work::Work;

/// Emits `DELETED_MESSAGE_CHANGED` when the media of a deleted message was fetched, or cannot be fetched.
#[derive(Debug, Clone, Copy)]
pub struct KeptMedia;

#[async_trait]
impl OnMedia for KeptMedia {
    async fn on_media(&self, work: &mut Work, media: MediaId, _: &Outcome) -> Result<(), FeatureError> {
        for (id, account) in store::find_by_media(work, media).await? {
            work.emit(EventKind::DeletedMessageChanged, Some(account), id);
        }
        Ok(())
    }
}
