use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Result};
use chrono::{DateTime, SubsecRound as _, Utc};

use super::super::store::notices;
use super::Notification;
use crate::features::schema::event_object;
use crate::graphql::{ReadError, Reader, find};
use crate::hub::{EventKind, EventRow};
use crate::id::NotificationId;

event_object! {
    /// A notification was created, or notifications were marked as read.
    NotificationEvent {
        /// The new notification, or the newest of those that were marked as read together, in its present state; null when
        /// it is no longer kept.
        notification: Notification(NotificationId)
    }
    and {
        /// Ids of the notifications that were marked as read together, newest first, 500 at most; empty when the event is
        /// about a new notification.
        read_notification_ids: Vec<ID> = load_read_ids
    }
}

/// Key of the notifications that were marked as read at this time, which is the time of the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct ReadAt(DateTime<Utc>);

async fn load_read_ids(ctx: &Context<'_>, row: &EventRow) -> Result<Vec<ID>> {
    if row.event.kind != EventKind::NotificationRead {
        return Ok(Vec::new());
    }
    let found = find(ctx, ReadAt(row.event.occurred_at)).await?;
    let ids = found.unwrap_or_default().into_iter();
    Ok(ids.map(|id| ID(id.to_global())).collect())
}

impl Loader<ReadAt> for Reader {
    type Value = Vec<NotificationId>;
    type Error = ReadError;

    async fn load(&self, keys: &[ReadAt]) -> Result<HashMap<ReadAt, Vec<NotificationId>>, ReadError> {
        self.read(async |work| {
            let times: Vec<DateTime<Utc>> = keys.iter().map(|key| key.0).collect();
            let mut found = HashMap::new();
            for (at, id) in notices::list_read_at(work, times).await? {
                found.entry(at).or_insert_with(Vec::new).push(id);
            }
            // The database keeps microseconds; a live event has the clock's nanoseconds.
            let of = |key: &ReadAt| Some((*key, found.get(&key.0.trunc_subsecs(6))?.clone()));
            Ok(keys.iter().filter_map(of).collect())
        })
        .await
    }
}
