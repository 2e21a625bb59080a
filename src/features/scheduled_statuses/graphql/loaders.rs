//! Loaders of what fields of scheduled statuses ask for, many at once.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use uuid::Uuid;

use crate::features::StatusView;
use crate::features::scheduled_statuses::ScheduledStatusId;
use crate::features::scheduled_statuses::model::PlannedStatus;
use crate::features::scheduled_statuses::obstacle::Obstacle;
use crate::features::scheduled_statuses::store::{VIEWERS, people, statuses};
use crate::graphql::{Page, ReadError, Reader};
use crate::id::AccountId;

/// Key of the number of viewers of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ViewersOf(pub(super) ScheduledStatusId);

/// Key of what keeps an account from publishing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ObstacleOf(pub(super) AccountId);

impl Loader<ObstacleOf> for Reader {
    type Value = Obstacle;
    type Error = ReadError;

    async fn load(&self, keys: &[ObstacleOf]) -> Result<HashMap<ObstacleOf, Obstacle>, ReadError> {
        self.read(async |work| {
            let ids: Vec<AccountId> = keys.iter().map(|key| key.0).collect();
            let obstacles = people::obstacles(work, &ids).await?;
            Ok(obstacles
                .into_iter()
                .map(|(id, obstacle)| (ObstacleOf(id), obstacle))
                .collect())
        })
        .await
    }
}

/// Key of the number of an account's statuses that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WaitingOf(pub(super) AccountId);

impl Loader<WaitingOf> for Reader {
    type Value = i64;
    type Error = ReadError;

    async fn load(&self, keys: &[WaitingOf]) -> Result<HashMap<WaitingOf, i64>, ReadError> {
        self.read(async |work| {
            let ids: Vec<AccountId> = keys.iter().map(|key| key.0).collect();
            let counts = statuses::count_waiting(work, &ids).await?;
            Ok(counts
                .into_iter()
                .map(|(id, count)| (WaitingOf(id), count))
                .collect())
        })
        .await
    }
}

impl Loader<ScheduledStatusId> for Reader {
    type Value = PlannedStatus;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[ScheduledStatusId],
    ) -> Result<HashMap<ScheduledStatusId, PlannedStatus>, ReadError> {
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

/// Key of a page of the viewers of a published status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ViewerPage {
    pub(super) status: ScheduledStatusId,
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
