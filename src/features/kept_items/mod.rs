//! What users delete of what is kept for them: one verb for items of every sort.
//!
//! ```text
//! deleteItems -> each id by its sort's Deletable -> row and words go -> tombstone + ITEM_DELETED
//!     -> all unnamed media go -> COMMIT
//! ```
//!
//! Nothing is sent to WhatsApp: what is deleted here stays there as it was. A tombstone says of what sort the item was,
//! so that every client can drop it from its lists, however late it hears of it.

mod deleted_item;
mod error;
mod event;
mod expiry;
mod graphql;
mod model;
mod service;
mod store;

pub use deleted_item::DeletedItem;
pub use error::{InvalidId, InvalidRequest, KeptItemsError};
pub use event::ItemDeletedEvent;
pub use graphql::{DeleteItemsInput, DeleteItemsPayload, Mutation, Subscription};
pub use model::Tombstone;
pub use service::{DeleteResult, KeptItemsService};

use std::sync::Arc;

use crate::features::Feature;
use crate::retention::Expires;

/// Deletion of kept items by their user.
#[derive(Debug)]
pub struct KeptItems;

impl Feature for KeptItems {
    fn name(&self) -> &'static str {
        "kept_items"
    }

    fn expiries(&self) -> Vec<Arc<dyn Expires>> {
        vec![Arc::new(expiry::EXPIRY)]
    }
}
