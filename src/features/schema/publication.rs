//! Links between an upload, the scheduled status that took it, and the status that was published.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Result};

use crate::features::scheduled_statuses::{self, ScheduledStatus, ScheduledStatusId};
use crate::features::statuses::{self, Status, StatusId};
use crate::graphql::{Entity as _, ReadError, Reader, find};
use crate::id::{AccountId, MediaId, MessageId};

/// Key of the owner's status that WhatsApp knows by an id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PublishedAs {
    account: AccountId,
    wa_id: String,
}

/// Key of the scheduled status that was published as a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublisherOf(MessageId);

/// Key of the scheduled status that shows a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ShowerOf(MediaId);

/// The owner's status that WhatsApp knows by `wa_id`; none when it was not recorded, or is no longer kept.
///
/// # Errors
/// `INTERNAL` when the database fails.
pub async fn published_status(ctx: &Context<'_>, account: AccountId, wa_id: &str) -> Result<Option<Status>> {
    let key = PublishedAs {
        account,
        wa_id: wa_id.to_owned(),
    };
    match find(ctx, key).await? {
        Some(id) => Status::find(ctx, id).await,
        None => Ok(None),
    }
}

/// The scheduled status that shows `media`; none when none does.
///
/// # Errors
/// `INTERNAL` when the database fails.
pub async fn scheduled_status_of(ctx: &Context<'_>, media: MediaId) -> Result<Option<ScheduledStatus>> {
    match find(ctx, ShowerOf(media)).await? {
        Some(id) => ScheduledStatus::find(ctx, id).await,
        None => Ok(None),
    }
}

/// The scheduled status that was published as `message`; none when the owner posted it with WhatsApp.
///
/// # Errors
/// `INTERNAL` when the database fails.
pub async fn publisher_of(ctx: &Context<'_>, message: MessageId) -> Result<Option<ScheduledStatus>> {
    match find(ctx, PublisherOf(message)).await? {
        Some(id) => ScheduledStatus::find(ctx, id).await,
        None => Ok(None),
    }
}

impl Loader<PublisherOf> for Reader {
    type Value = ScheduledStatusId;
    type Error = ReadError;

    async fn load(&self, keys: &[PublisherOf]) -> Result<HashMap<PublisherOf, ScheduledStatusId>, ReadError> {
        self.read(async |work| {
            let messages: Vec<MessageId> = keys.iter().map(|key| key.0).collect();
            let found = scheduled_statuses::find_publishers(work, &messages).await?;
            let keyed = |(message, id)| (PublisherOf(message), id);
            Ok(found.into_iter().map(keyed).collect())
        })
        .await
    }
}

impl Loader<PublishedAs> for Reader {
    type Value = StatusId;
    type Error = ReadError;

    async fn load(&self, keys: &[PublishedAs]) -> Result<HashMap<PublishedAs, StatusId>, ReadError> {
        self.read(async |work| {
            let accounts: Vec<AccountId> = keys.iter().map(|key| key.account).collect();
            let wa_ids: Vec<String> = keys.iter().map(|key| key.wa_id.clone()).collect();
            let found = statuses::find_published(work, &accounts, &wa_ids).await?;
            let keyed = |(account, wa_id, id)| (PublishedAs { account, wa_id }, id);
            Ok(found.into_iter().map(keyed).collect())
        })
        .await
    }
}

impl Loader<ShowerOf> for Reader {
    type Value = ScheduledStatusId;
    type Error = ReadError;

    async fn load(&self, keys: &[ShowerOf]) -> Result<HashMap<ShowerOf, ScheduledStatusId>, ReadError> {
        self.read(async |work| {
            let media: Vec<MediaId> = keys.iter().map(|key| key.0).collect();
            let found = scheduled_statuses::find_by_media(work, &media).await?;
            Ok(found
                .into_iter()
                .map(|(id, status)| (ShowerOf(id), status))
                .collect())
        })
        .await
    }
}
