use async_trait::async_trait;
use ulid::Ulid;

use super::FeatureError;
use crate::id::{AccountId, MediaId};
use crate::work::Work;

/// A deleted item, for the work that its deletion leaves to the caller.
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

    /// Deletes the user's item `id` with its texts. `None`: the user has no such item. The caller emits the event, and
    /// last removes the file where nothing else names it: from then on, every store of a file of the user's waits.
    ///
    /// # Errors
    /// The database's; then the whole unit of work is given up.
    async fn remove(&self, work: &mut Work, id: Ulid) -> Result<Option<RemovedRow>, FeatureError>;
}
