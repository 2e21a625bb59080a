use super::removed_item::{RemovedItem, TombstoneKey};
use crate::features::schema::event_object;

event_object! {
    /// The viewer removed a kept item for good.
    KeptItemRemovedEvent {
        /// Former id and type of the removed item, for clients to remove the item from lists and caches. Null when the
        /// record of the removal expired.
        removed_item: RemovedItem(TombstoneKey)
    }
}
