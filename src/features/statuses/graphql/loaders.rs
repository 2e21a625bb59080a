use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;

use super::super::auto_like::AutoLike;
use super::super::counters::Counters;
use super::super::model::{Like, Posted};
use super::super::service::{StatusesError, StatusesService};
use crate::id::{AccountId, StatusId, StatusLikeId, UserId};

/// Loads statuses of one user by id.
pub struct StatusLoader {
    /// The service.
    pub service: StatusesService,
    /// Whose statuses.
    pub user: UserId,
}

impl Loader<StatusId> for StatusLoader {
    type Value = Posted;
    type Error = Arc<StatusesError>;

    async fn load(&self, keys: &[StatusId]) -> Result<HashMap<StatusId, Posted>, Self::Error> {
        let found = self
            .service
            .load_statuses(self.user, keys)
            .await
            .map_err(Arc::new)?;
        Ok(found.into_iter().map(|status| (status.id, status)).collect())
    }
}

/// Loads likes of one user by id.
pub struct StatusLikeLoader {
    /// The service.
    pub service: StatusesService,
    /// Whose likes.
    pub user: UserId,
}

impl Loader<StatusLikeId> for StatusLikeLoader {
    type Value = Like;
    type Error = Arc<StatusesError>;

    async fn load(&self, keys: &[StatusLikeId]) -> Result<HashMap<StatusLikeId, Like>, Self::Error> {
        let found = self.service.load_likes(self.user, keys).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|like| (like.id, like)).collect())
    }
}

/// Loads likes of one user by their status.
pub struct StatusLikeOfLoader {
    /// The service.
    pub service: StatusesService,
    /// Whose likes.
    pub user: UserId,
}

impl Loader<StatusId> for StatusLikeOfLoader {
    type Value = Like;
    type Error = Arc<StatusesError>;

    async fn load(&self, keys: &[StatusId]) -> Result<HashMap<StatusId, Like>, Self::Error> {
        let found = self
            .service
            .load_likes_of(self.user, keys)
            .await
            .map_err(Arc::new)?;
        Ok(found.into_iter().map(|like| (like.status, like)).collect())
    }
}

/// Loads the settings and counters of one user's accounts.
pub struct AutoLikeLoader {
    /// The service.
    pub service: StatusesService,
    /// Whose accounts.
    pub user: UserId,
}

/// Asks for what became of the likes of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CountersOf(pub AccountId);

impl Loader<AccountId> for AutoLikeLoader {
    type Value = AutoLike;
    type Error = Arc<StatusesError>;

    async fn load(&self, keys: &[AccountId]) -> Result<HashMap<AccountId, AutoLike>, Self::Error> {
        self.service.auto_likes(self.user, keys).await.map_err(Arc::new)
    }
}

impl Loader<CountersOf> for AutoLikeLoader {
    type Value = Counters;
    type Error = Arc<StatusesError>;

    async fn load(&self, keys: &[CountersOf]) -> Result<HashMap<CountersOf, Counters>, Self::Error> {
        let accounts: Vec<AccountId> = keys.iter().map(|key| key.0).collect();
        let counted = self
            .service
            .counters(self.user, &accounts)
            .await
            .map_err(Arc::new)?;
        Ok(counted
            .into_iter()
            .map(|(account, counters)| (CountersOf(account), counters))
            .collect())
    }
}
