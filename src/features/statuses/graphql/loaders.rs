use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;

use super::super::model::{Like, Posted};
use super::super::service::{StatusesError, StatusesService};
use crate::id::{StatusId, StatusLikeId, UserId};

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
