use uuid::Uuid;

use super::deleted_item::DeletedItem;
use crate::features::schema::event_object;

event_object! {
    /// The viewer deleted a kept item.
    ItemDeletedEvent {
        /// What is gone: the id and the type that it had.
        item: DeletedItem(Uuid)
    }
}
