use std::collections::HashMap;

use async_graphql::dataloader::Loader;

use super::super::model::DeletedRecord;
use super::super::store;
use crate::account;
use crate::features::deleted_messages::{DeletedMessageId, DeletedMessageSettingsId};
use crate::features::schema::OfMessage;
use crate::graphql::{ReadError, Reader};
use crate::id::{AccountId, MessageId};
use crate::messages::{self, Holding, Version};
use crate::plan;

/// Key of the versions of an edited message, the oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct VersionsOf(pub(super) MessageId);

/// Settings of one account for holding messages, with the days of its user's plan.
#[derive(Debug, Clone, Copy)]
pub struct SettingsRow {
    pub(super) account: AccountId,
    pub(super) holding: Holding,
    pub(super) window_days: i32,
}

impl Loader<DeletedMessageId> for Reader {
    type Value = DeletedRecord;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[DeletedMessageId],
    ) -> Result<HashMap<DeletedMessageId, DeletedRecord>, ReadError> {
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

impl Loader<OfMessage<DeletedMessageId>> for Reader {
    type Value = DeletedRecord;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[OfMessage<DeletedMessageId>],
    ) -> Result<HashMap<OfMessage<DeletedMessageId>, DeletedRecord>, ReadError> {
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

impl Loader<DeletedMessageSettingsId> for Reader {
    type Value = SettingsRow;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[DeletedMessageSettingsId],
    ) -> Result<HashMap<DeletedMessageSettingsId, SettingsRow>, ReadError> {
        self.read(async |work| {
            let named: Vec<AccountId> = keys.iter().map(|key| key.as_uuid().into()).collect();
            let accounts = account::existing(work, &named).await?;
            let stored = messages::load_holdings(work, &accounts).await?;
            let user = work.user;
            let window_days = plan::entitlements(work, user).await?.deleted_message_days;
            let rows = accounts.into_iter().map(|account| {
                let holding = stored.get(&account).copied().unwrap_or_else(Holding::untouched);
                let row = SettingsRow {
                    account,
                    holding,
                    window_days,
                };
                (account.as_uuid().into(), row)
            });
            Ok(rows.collect())
        })
        .await
    }
}

impl Loader<VersionsOf> for Reader {
    type Value = Vec<Version>;
    type Error = ReadError;

    async fn load(&self, keys: &[VersionsOf]) -> Result<HashMap<VersionsOf, Vec<Version>>, ReadError> {
        self.read(async |work| {
            let messages: Vec<MessageId> = keys.iter().map(|key| key.0).collect();
            let mut versions: HashMap<_, Vec<_>> = HashMap::new();
            for version in messages::load_versions(work, &messages).await? {
                versions
                    .entry(VersionsOf(version.message))
                    .or_default()
                    .push(version);
            }
            Ok(versions)
        })
        .await
    }
}
