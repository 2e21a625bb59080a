use async_trait::async_trait;
use ulid::Ulid;

use super::FeatureError;
use crate::id::{AccountId, MediaId};
use crate::work::Work;

/// What the deletion of an item leaves to be done by its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemovedRow {
    /// The account that received the item.
    pub account: AccountId,
    /// The file that the item named.
    pub media: Option<MediaId>,
}

/// A type of kept item that its user may delete for good.
#[async_trait]
pub trait Deletable: std::fmt::Debug + Send + Sync {
    /// The type of the items in the schema; the name inside their global ids.
    fn kind(&self) -> &'static str;

    /// Deletable the user's item `id` with its words. None: the user has no such item. The caller tells whoever hears of
    /// items by events, and removes the file where nothing else names it: late, because from then on whoever stores a
    /// file of the user's waits.
    ///
    /// # Errors
    /// The database's; then the whole unit of work is given up.
    async fn remove(&self, work: &mut Work, id: Ulid) -> Result<Option<RemovedRow>, FeatureError>;
}
