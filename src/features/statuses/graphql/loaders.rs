use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use uuid::Uuid;

use super::super::auto_like::AutoLike;
use super::super::model::{Like, StatusRecord};
use super::super::store::counters::{self, LikeCounters};
use super::super::store::{VIEWERS, likes, posted, settings, statuses};
use crate::features::StatusView;
use crate::features::schema::OfMessage;
use crate::features::statuses::{StatusId, StatusLikeId};
use crate::graphql::{Page, ReadError, Reader, by_page};
use crate::id::{AccountId, ContactId, MessageId};
use crate::plan;

/// Key of the like of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct LikeOf(pub(super) StatusId);

/// Key of the number of viewers of a status of the owner's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ViewersOf(pub(super) StatusId);

/// Key of the auto-like settings of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct AutoLikeOf(pub(super) AccountId);

/// Key of the counts of likes of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct CountersOf(pub(super) AccountId);

impl Loader<StatusId> for Reader {
    type Value = StatusRecord;
    type Error = ReadError;

    async fn load(&self, keys: &[StatusId]) -> Result<HashMap<StatusId, StatusRecord>, ReadError> {
        self.read(async |work| {
            let mut found = HashMap::with_capacity(keys.len());
            for row in statuses::load(work, keys).await? {
                let item = row.open(&work.key)?;
                found.insert(item.id, item);
            }
            Ok(found)
        })
        .await
    }
}

impl Loader<OfMessage<StatusId>> for Reader {
    type Value = StatusRecord;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[OfMessage<StatusId>],
    ) -> Result<HashMap<OfMessage<StatusId>, StatusRecord>, ReadError> {
        self.read(async |work| {
            let messages: Vec<MessageId> = keys.iter().map(|key| key.message).collect();
            let mut found = HashMap::with_capacity(keys.len());
            for row in statuses::load_of(work, &messages).await? {
                let item = row.open(&work.key)?;
                found.insert(item.message.into(), item);
            }
            Ok(found)
        })
        .await
    }
}

impl Loader<StatusLikeId> for Reader {
    type Value = Like;
    type Error = ReadError;

    async fn load(&self, keys: &[StatusLikeId]) -> Result<HashMap<StatusLikeId, Like>, ReadError> {
        self.read(async |work| {
            let found = likes::load(work, keys).await?;
            Ok(found.into_iter().map(|item| (item.id, item)).collect())
        })
        .await
    }
}

impl Loader<LikeOf> for Reader {
    type Value = Like;
    type Error = ReadError;

    async fn load(&self, keys: &[LikeOf]) -> Result<HashMap<LikeOf, Like>, ReadError> {
        self.read(async |work| {
            let statuses: Vec<StatusId> = keys.iter().map(|key| key.0).collect();
            let found = likes::load_of(work, &statuses).await?;
            Ok(found
                .into_iter()
                .map(|like| (LikeOf(like.status), like))
                .collect())
        })
        .await
    }
}

impl Loader<AutoLikeOf> for Reader {
    type Value = AutoLike;
    type Error = ReadError;

    async fn load(&self, keys: &[AutoLikeOf]) -> Result<HashMap<AutoLikeOf, AutoLike>, ReadError> {
        self.read(async |work| {
            let accounts: Vec<AccountId> = keys.iter().map(|key| key.0).collect();
            let found = settings::load_many(work, &accounts).await?;
            Ok(found
                .into_iter()
                .map(|(account, settings)| (AutoLikeOf(account), settings))
                .collect())
        })
        .await
    }
}

impl Loader<CountersOf> for Reader {
    type Value = LikeCounters;
    type Error = ReadError;

    async fn load(&self, keys: &[CountersOf]) -> Result<HashMap<CountersOf, LikeCounters>, ReadError> {
        self.read(async |work| {
            let (user, now) = (work.user, work.now);
            let zone = plan::zone(work, user).await?;
            let accounts: Vec<AccountId> = keys.iter().map(|key| key.0).collect();
            let counted = counters::count(work, &accounts, now, zone.name()).await?;
            Ok(counted
                .into_iter()
                .map(|(account, counters)| (CountersOf(account), counters))
                .collect())
        })
        .await
    }
}

impl Loader<ViewersOf> for Reader {
    type Value = i64;
    type Error = ReadError;

    async fn load(&self, keys: &[ViewersOf]) -> Result<HashMap<ViewersOf, i64>, ReadError> {
        self.read(async |work| {
            let ids = keys.iter().map(|key| key.0.into()).collect();
            let counts = VIEWERS.count(work, ids).await?;
            Ok(counts
                .into_iter()
                .map(|(id, count)| (ViewersOf(id.into()), count))
                .collect())
        })
        .await
    }
}

/// Key of a page of the viewers of a status of the owner's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ViewerPage {
    pub(super) status: StatusId,
    pub(super) page: Page,
}

impl Loader<ViewerPage> for Reader {
    type Value = Vec<StatusView>;
    type Error = ReadError;

    async fn load(&self, keys: &[ViewerPage]) -> Result<HashMap<ViewerPage, Vec<StatusView>>, ReadError> {
        self.read(async |work| {
            let pages = keys.iter().map(|key| (key.page, key.status.into()));
            let found = VIEWERS.pages(work, pages).await?;
            let keyed = |((page, status), views): ((Page, Uuid), Vec<StatusView>)| {
                let status = status.into();
                (ViewerPage { status, page }, views)
            };
            Ok(found.into_iter().map(keyed).collect())
        })
        .await
    }
}

/// Key of a page of the statuses of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PostedPage {
    pub(super) contact: ContactId,
    pub(super) page: Page,
}

impl Loader<PostedPage> for Reader {
    type Value = Vec<StatusRecord>;
    type Error = ReadError;

    async fn load(&self, keys: &[PostedPage]) -> Result<HashMap<PostedPage, Vec<StatusRecord>>, ReadError> {
        self.read(async |work| {
            let mut found: HashMap<PostedPage, Vec<StatusRecord>> = HashMap::with_capacity(keys.len());
            for (page, people) in by_page(keys.iter().map(|key| (key.page, key.contact))) {
                let listed = posted::pages_of(work, &people, page).await?;
                let ids: Vec<StatusId> = listed.iter().map(|(_, status)| *status).collect();
                let mut records = HashMap::with_capacity(ids.len());
                for row in statuses::load(work, &ids).await? {
                    let record = row.open(&work.key)?;
                    records.insert(record.id, record);
                }
                for (contact, status) in listed {
                    let items = found.entry(PostedPage { contact, page }).or_default();
                    items.extend(records.remove(&status));
                }
            }
            Ok(found)
        })
        .await
    }
}

/// Key of the number of statuses of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PostedCountOf(pub(super) ContactId);

impl Loader<PostedCountOf> for Reader {
    type Value = i64;
    type Error = ReadError;

    async fn load(&self, keys: &[PostedCountOf]) -> Result<HashMap<PostedCountOf, i64>, ReadError> {
        self.read(async |work| {
            let people: Vec<ContactId> = keys.iter().map(|key| key.0).collect();
            let counts = posted::count_of(work, &people).await?;
            Ok(counts
                .into_iter()
                .map(|(contact, count)| (PostedCountOf(contact), count))
                .collect())
        })
        .await
    }
}
