use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path as Name;
use object_store::{ObjectStore, ObjectStoreExt as _};

use super::bucket::{Action, BucketNames};
use super::objects_error::ObjectsError;

/// A store of objects, and what its errors mean.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) store: Arc<dyn ObjectStore>,
    /// Set for a bucket.
    names: Option<Arc<BucketNames>>,
}

impl Place {
    /// A folder, or what stands for one.
    pub(super) const fn folder(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, names: None }
    }

    /// A bucket.
    pub(super) const fn bucket(store: Arc<dyn ObjectStore>, names: Arc<BucketNames>) -> Self {
        Self {
            store,
            names: Some(names),
        }
    }

    /// The error of doing `action`.
    pub(super) fn error(&self, action: Action, error: object_store::Error) -> ObjectsError {
        match &self.names {
            Some(names) => names.explain(action, &error).into(),
            None => error.into(),
        }
    }

    /// Removes the object `name`, if it is there: on S3, removing what is not there succeeds.
    pub(super) async fn remove(&self, name: &str) -> Result<(), ObjectsError> {
        match self.store.delete(&Name::from(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.error(Action::Delete, error)),
        }
    }

    /// Removes every object under `folder`.
    pub(super) async fn remove_all(&self, folder: &str) -> Result<(), ObjectsError> {
        const AT_ONCE: usize = 8;

        let listed = self.store.list(Some(&Name::from(folder)));
        let listed = listed.map(|object| object.map_err(|error| self.error(Action::List, error)));
        listed
            .try_for_each_concurrent(AT_ONCE, async |object| {
                self.remove(object.location.as_ref()).await
            })
            .await
    }

    /// True when the object `name` is there.
    pub(super) async fn has(&self, name: &str) -> Result<bool, ObjectsError> {
        match self.store.head(&Name::from(name)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(self.error(Action::Read, error)),
        }
    }
}
