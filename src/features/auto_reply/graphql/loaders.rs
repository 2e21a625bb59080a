//! Loaders of automatic replies and their settings.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;

use crate::features::auto_reply::AutoReplyId;
use crate::features::auto_reply::error::AutoReplyError;
use crate::features::auto_reply::model::Reply;
use crate::features::auto_reply::settings::ReplySettings;
use crate::features::auto_reply::store::{replies, settings};
use crate::graphql::{ReadError, Reader};
use crate::id::AccountId;
use crate::work::WorkError;

/// Key of the auto-reply settings of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct SettingsOf(pub(super) AccountId);

impl Loader<AutoReplyId> for Reader {
    type Value = Reply;
    type Error = ReadError;

    async fn load(&self, keys: &[AutoReplyId]) -> Result<HashMap<AutoReplyId, Reply>, ReadError> {
        self.read(async |work| {
            let mut found = HashMap::with_capacity(keys.len());
            for row in replies::load(work, keys).await? {
                let item = row.open(&work.key)?;
                found.insert(item.id, item);
            }
            Ok(found)
        })
        .await
    }
}

impl Loader<SettingsOf> for Reader {
    type Value = ReplySettings;
    type Error = ReadError;

    async fn load(&self, keys: &[SettingsOf]) -> Result<HashMap<SettingsOf, ReplySettings>, ReadError> {
        self.read(async |work| {
            let accounts: Vec<AccountId> = keys.iter().map(|key| key.0).collect();
            let found = settings::load_many(work, &accounts).await.map_err(unreadable)?;
            Ok(found
                .into_iter()
                .map(|(account, settings)| (SettingsOf(account), settings))
                .collect())
        })
        .await
    }
}

fn unreadable(error: AutoReplyError) -> WorkError {
    match error {
        AutoReplyError::Work(error) => error,
        other => WorkError::unreadable(other),
    }
}
