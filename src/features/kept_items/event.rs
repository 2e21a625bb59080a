use uuid::Uuid;

use super::deleted_item::DeletedItem;
use crate::features::schema::event_object;

event_object! {
    /// The viewer deleted a kept item.
    ItemDeletedEvent {
        /// Id and type of the deleted item.
        item: DeletedItem(Uuid)
    }
}
