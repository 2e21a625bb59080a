use async_trait::async_trait;

use super::store::statuses;
use crate::features::FeatureError;
use crate::hub::EventKind;
use crate::id::MediaId;
use crate::media::{OnMedia, Outcome};
use crate::work::Work;

/// Emits `STATUS_MEDIA_CHANGED` when the media of a status was fetched, or cannot be fetched.
#[derive(Debug, Clone, Copy)]
pub(super) struct StatusMedia;

#[async_trait]
impl OnMedia for StatusMedia {
    async fn on_media(&self, work: &mut Work, media: MediaId, _: &Outcome) -> Result<(), FeatureError> {
        for (id, account) in statuses::find_by_media(work, media).await? {
            work.emit(EventKind::StatusMediaChanged, Some(account), id);
        }
        Ok(())
    }
}
