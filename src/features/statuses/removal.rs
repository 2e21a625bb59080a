use async_trait::async_trait;
use ulid::Ulid;

use super::store::{likes, statuses};
use crate::features::{FeatureError, Removes};
use crate::id::{AccountId, StatusId};
use crate::whatsapp::outbox;
use crate::work::Work;
use crate::{media, messages};

/// Statuses with their likes, as their user deletes them for good. A like that has not left yet does not.
#[derive(Debug, Clone, Copy)]
pub struct Removal;

#[async_trait]
impl Removes for Removal {
    fn kind(&self) -> &'static str {
        StatusId::KIND
    }

    async fn remove(&self, work: &mut Work, id: Ulid) -> Result<Option<AccountId>, FeatureError> {
        let id = StatusId::from(id);
        if let Some((_, send)) = likes::find_queued(work, id).await? {
            outbox::cancel(work, send).await?;
        }
        let Some(gone) = statuses::delete(work, id).await? else {
            return Ok(None);
        };
        messages::let_go(work, gone.message).await?;
        let media: Vec<_> = gone.media.into_iter().collect();
        media::forget_unnamed(work, &media).await?;
        Ok(Some(gone.account))
    }
}
