use std::collections::HashMap;

use async_graphql::dataloader::Loader;

use super::super::model::{CaptureSettings, ViewOnce};
use super::super::store;
use crate::account;
use crate::features::schema::OfMessage;
use crate::features::view_once::{ViewOnceId, ViewOnceSettingsId};
use crate::graphql::{ReadError, Reader};
use crate::id::{AccountId, MessageId};
use crate::notices::Language;

/// Settings of capturing for one account, with the language of its user.
#[derive(Debug, Clone, Copy)]
pub struct SettingsRow {
    pub(super) account: AccountId,
    pub(super) settings: CaptureSettings,
    pub(super) language: Language,
}

impl Loader<ViewOnceId> for Reader {
    type Value = ViewOnce;
    type Error = ReadError;

    async fn load(&self, keys: &[ViewOnceId]) -> Result<HashMap<ViewOnceId, ViewOnce>, ReadError> {
        self.read(async |work| {
            let mut found = HashMap::with_capacity(keys.len());
            for row in store::load(work, keys).await? {
                let message = row.open(&work.key)?;
                // A message without an outcome is being captured for the first time, and is not shown yet.
                if message.outcome.is_some() {
                    found.insert(message.id, message);
                }
            }
            Ok(found)
        })
        .await
    }
}

impl Loader<OfMessage<ViewOnceId>> for Reader {
    type Value = ViewOnce;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[OfMessage<ViewOnceId>],
    ) -> Result<HashMap<OfMessage<ViewOnceId>, ViewOnce>, ReadError> {
        self.read(async |work| {
            let messages: Vec<MessageId> = keys.iter().map(|key| key.message).collect();
            let mut found = HashMap::with_capacity(keys.len());
            for row in store::load_of(work, &messages).await? {
                let message = row.open(&work.key)?;
                if let (Some(of), Some(_)) = (message.message, message.outcome) {
                    found.insert(of.into(), message);
                }
            }
            Ok(found)
        })
        .await
    }
}

impl Loader<ViewOnceSettingsId> for Reader {
    type Value = SettingsRow;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[ViewOnceSettingsId],
    ) -> Result<HashMap<ViewOnceSettingsId, SettingsRow>, ReadError> {
        self.read(async |work| {
            let named: Vec<AccountId> = keys.iter().map(|key| key.as_uuid().into()).collect();
            let accounts = account::existing(work, &named).await?;
            let stored = store::load_settings_of(work, &accounts).await?;
            let user = work.user;
            let language = Language::of_user(work, user).await?;
            let rows = accounts.into_iter().map(|account| {
                let settings = stored.get(&account).copied().unwrap_or_default();
                let row = SettingsRow {
                    account,
                    settings,
                    language,
                };
                (account.as_uuid().into(), row)
            });
            Ok(rows.collect())
        })
        .await
    }
}
