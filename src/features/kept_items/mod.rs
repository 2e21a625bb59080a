//! Deletion of kept items by their user: one mutation for items of every type.
//!
//! ```text
//! deleteKeptItems -> the Deletable of each id's type removes the row -> tombstone + KEPT_ITEM_REMOVED
//!     -> media that no row names are removed -> COMMIT
//! ```
//!
//! Nothing is sent to WhatsApp, so nothing changes there. A tombstone keeps the type of the item, so that every
//! client can remove it from its lists, also when it reads the event late.

mod error;
mod event;
mod expiry;
mod exported;
mod graphql;
mod model;
mod removed_item;
mod service;
mod store;

pub use error::{InvalidId, InvalidRequest, KeptItemsError};
pub use event::KeptItemRemovedEvent;
pub use graphql::{DeleteKeptItemsInput, DeleteKeptItemsPayload, Mutation};
pub use model::Tombstone;
pub use removed_item::RemovedItem;
pub use service::{DeleteResult, KeptItemsService};

use std::sync::Arc;

use crate::features::{ExportedTable, Feature};
use crate::retention::Expires;

/// Deletion of kept items by their user.
#[derive(Debug)]
pub struct KeptItems;

impl Feature for KeptItems {
    fn name(&self) -> &'static str {
        "kept_items"
    }

    fn exported(&self) -> &'static [ExportedTable] {
        exported::EXPORTED
    }

    fn expiries(&self) -> Vec<Arc<dyn Expires>> {
        vec![Arc::new(expiry::EXPIRY)]
    }
}
