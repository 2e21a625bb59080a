use async_trait::async_trait;
use ulid::Ulid;

use super::store::{likes, statuses};
use crate::features::statuses::StatusId;
use crate::features::{Deletable, FeatureError, RemovedRow};
use crate::messages;
use crate::whatsapp::outbox;
use crate::work::Work;

/// Permanent deletion of statuses with their likes by the user. A like that waits to be sent is cancelled.
#[derive(Debug, Clone, Copy)]
pub(super) struct StatusDeletion;

#[async_trait]
impl Deletable for StatusDeletion {
    fn kind(&self) -> &'static str {
        StatusId::KIND
    }

    async fn remove(&self, work: &mut Work, id: Ulid) -> Result<Option<RemovedRow>, FeatureError> {
        let id = StatusId::from(id);
        if let Some((_, sends)) = likes::find_queued(work, id).await? {
            for send in sends.view.into_iter().chain([sends.like]) {
                outbox::cancel(work, send).await?;
            }
        }
        let Some(gone) = statuses::delete(work, id).await? else {
            return Ok(None);
        };
        messages::release(work, gone.message).await?;
        Ok(Some(RemovedRow {
            account: gone.account,
            media: gone.media,
        }))
    }
}
