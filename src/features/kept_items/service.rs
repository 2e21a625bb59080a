//! Deletion of items, in one unit of work.

use std::sync::Arc;

use super::error::{InvalidId, KeptItemsError};
use super::model::{self, DeleteRequest};
use super::store;
use crate::features::{Deletable, FEATURES, Parts, RemovedRow};
use crate::hub::EventKind;
use crate::id::{UserId, to_global};
use crate::media;
use crate::work::Core;

/// Result of a request to delete items.
#[derive(Debug, Default)]
pub struct DeleteResult {
    /// Global ids of the deleted items.
    pub deleted: Vec<String>,
    /// Errors of ids that name no item to delete, with the index of each id in the request.
    pub invalid: Vec<(usize, InvalidId)>,
}

/// Service that deletes items.
#[derive(Debug, Clone)]
pub struct KeptItemsService {
    core: Core,
    deletables: Arc<[Arc<dyn Deletable>]>,
}

/// Collects the types of items that users may delete.
fn deletables() -> Vec<Arc<dyn Deletable>> {
    FEATURES
        .iter()
        .filter_map(|feature| feature.deletable())
        .collect()
}

impl From<&Parts> for KeptItemsService {
    fn from(parts: &Parts) -> Self {
        Self::new(parts.core.clone(), deletables())
    }
}

impl KeptItemsService {
    /// Creates a service that deletes items of these types.
    pub fn new(core: Core, deletables: Vec<Arc<dyn Deletable>>) -> Self {
        Self {
            core,
            deletables: deletables.into(),
        }
    }

    /// Deletes the user's items among `ids`, all in one transaction.
    ///
    /// # Errors
    /// [`KeptItemsError`]; then nothing was deleted.
    pub async fn delete(&self, user: UserId, ids: &[String]) -> Result<DeleteResult, KeptItemsError> {
        let kinds: Vec<&str> = self.deletables.iter().map(|one| one.kind()).collect();
        let DeleteRequest { mut items, invalid } = model::parse(ids, &kinds)?;
        // One order for all requests, so that two requests never deadlock.
        items.sort_by_key(|item| item.id);
        let mut done = DeleteResult {
            deleted: Vec::new(),
            invalid,
        };
        let mut work = self.core.begin(user).await?;
        let mut files = Vec::new();
        for item in items {
            let Some(deletable) = self.deletables.iter().find(|one| one.kind() == item.kind) else {
                continue;
            };
            let kind = deletable.kind();
            let removed = deletable.remove(&mut work, item.id).await;
            match removed.map_err(|source| KeptItemsError::Feature { kind, source })? {
                Some(RemovedRow { account, media }) => {
                    store::insert_tombstone(&mut work, item.id.into(), kind).await?;
                    work.emit(EventKind::KeptItemRemoved, Some(account), item.id);
                    files.extend(media);
                    done.deleted.push(to_global(kind, item.id));
                }
                None => done.invalid.push((item.at, InvalidId::Unknown)),
            }
        }
        // Last, because a media fetch locks its file first and the user's storage total last.
        media::forget_unnamed(&mut work, &files).await?;
        work.commit().await?;
        done.invalid.sort_by_key(|(at, _)| *at);
        Ok(done)
    }
}
