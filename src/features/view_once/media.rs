use async_trait::async_trait;

use super::events;
use crate::features::FeatureError;
use crate::id::MediaId;
use crate::media::{self, OnMedia};
use crate::work::Work;

/// Listener that completes captures when their media was fetched.
#[derive(Debug, Clone, Copy)]
pub(super) struct CapturedMedia;

#[async_trait]
impl OnMedia for CapturedMedia {
    async fn admit(&self, work: &mut Work, media: MediaId) -> Result<bool, FeatureError> {
        Ok(events::admit(work, media).await?)
    }

    async fn on_media(
        &self,
        work: &mut Work,
        media: MediaId,
        outcome: &media::Outcome,
    ) -> Result<(), FeatureError> {
        Ok(events::settle(work, media, outcome).await?)
    }
}
