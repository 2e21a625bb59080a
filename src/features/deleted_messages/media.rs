use async_trait::async_trait;

use super::store;
use crate::features::FeatureError;
use crate::hub::EventKind;
use crate::id::MediaId;
use crate::media::{OnMedia, Outcome};
use crate::work::Work;

/// Tells clients of a deleted message again when its media came, or when it turned out not to be had.
#[derive(Debug, Clone, Copy)]
pub struct KeptMedia;

#[async_trait]
impl OnMedia for KeptMedia {
    async fn on_media(&self, work: &mut Work, media: MediaId, _: &Outcome) -> Result<(), FeatureError> {
        for (id, account) in store::find_by_media(work, media).await? {
            work.emit(EventKind::MessageDeleted, Some(account), id);
        }
        Ok(())
    }
}
