use std::collections::HashMap;

use async_graphql::dataloader::Loader;

use super::super::model::EditedRecord;
use super::super::store;
use crate::features::edited_messages::EditedMessageId;
use crate::features::schema::OfMessage;
use crate::graphql::{ReadError, Reader};
use crate::id::{MediaId, MessageId};
use crate::messages;

/// Key of the file of a recorded message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct MediaOf(pub(super) MessageId);

impl Loader<EditedMessageId> for Reader {
    type Value = EditedRecord;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[EditedMessageId],
    ) -> Result<HashMap<EditedMessageId, EditedRecord>, ReadError> {
        self.read(async |work| {
            let mut found = HashMap::with_capacity(keys.len());
            for row in store::load(work, keys).await? {
                let item = row.open(&work.key)?;
                found.insert(item.id, item);
            }
            Ok(found)
        })
        .await
    }
}

impl Loader<OfMessage<EditedMessageId>> for Reader {
    type Value = EditedRecord;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[OfMessage<EditedMessageId>],
    ) -> Result<HashMap<OfMessage<EditedMessageId>, EditedRecord>, ReadError> {
        self.read(async |work| {
            let messages: Vec<MessageId> = keys.iter().map(|key| key.message).collect();
            let mut found = HashMap::with_capacity(keys.len());
            for row in store::load_of(work, &messages).await? {
                let item = row.open(&work.key)?;
                if let Some(message) = item.message {
                    found.insert(message.into(), item);
                }
            }
            Ok(found)
        })
        .await
    }
}

impl Loader<MediaOf> for Reader {
    type Value = MediaId;
    type Error = ReadError;

    async fn load(&self, keys: &[MediaOf]) -> Result<HashMap<MediaOf, MediaId>, ReadError> {
        self.read(async |work| {
            let messages: Vec<MessageId> = keys.iter().map(|key| key.0).collect();
            let found = messages::load_media(work, &messages).await?;
            Ok(found
                .into_iter()
                .map(|(message, media)| (MediaOf(message), media))
                .collect())
        })
        .await
    }
}
