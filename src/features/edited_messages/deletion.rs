use async_trait::async_trait;
use ulid::Ulid;

use super::store;
use crate::features::edited_messages::EditedMessageId;
use crate::features::{Deletable, FeatureError, RemovedRow};
use crate::messages;
use crate::work::Work;

/// Permanent deletion of edited messages by the user.
#[derive(Debug, Clone, Copy)]
pub(super) struct EditedMessageDeletion;

#[async_trait]
impl Deletable for EditedMessageDeletion {
    fn kind(&self) -> &'static str {
        EditedMessageId::KIND
    }

    async fn remove(&self, work: &mut Work, id: Ulid) -> Result<Option<RemovedRow>, FeatureError> {
        let Some((account, message)) = store::delete(work, id.into()).await? else {
            return Ok(None);
        };
        if let Some(message) = message {
            messages::forget_edits(work, message).await?;
        }
        Ok(Some(RemovedRow { account, media: None }))
    }
}
