//! Events as resolvers have them: what several of them are about is loaded at once.
//!
//! What is loaded is shown for a second at most, as long as a stream takes to show its group. What it leads to is loaded anew,
//! so a field of something that was deleted in that second answers `NOT_FOUND`.

use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex;

use crate::graphql::{Entity, ReadError, Reader, find_all};
use crate::hub::EventRow;
use crate::memo::Memo;
use crate::work::Core;

/// Time for which what was loaded for a group is shown: a slow client gets its last events later.
const FRESH_FOR: TimeDelta = TimeDelta::seconds(1);

/// An event that is shown.
#[derive(Debug, Clone)]
pub struct ShownEvent {
    /// The event.
    pub row: EventRow,
    /// The events of a stream that are shown one after the other, and this one among them; none where it is alone, or where
    /// events are shown at the same time, so that they are loaded together anyway.
    group: Option<Arc<Group>>,
}

struct Group {
    rows: Vec<EventRow>,
    begun_at: DateTime<Utc>,
    /// The rows of things by their ids, or that there is none.
    loaded: Mutex<Memo>,
}

impl ShownEvent {
    /// The events `rows`, which a stream shows one after the other from the time `now` on.
    pub(super) fn of_group(rows: Vec<EventRow>, now: DateTime<Utc>) -> Vec<Self> {
        if rows.len() == 1 {
            return rows.into_iter().map(Self::from).collect();
        }
        let group = Arc::new(Group {
            rows,
            begun_at: now,
            loaded: Mutex::default(),
        });
        let shown = group.rows.iter().map(|row| Self {
            row: row.clone(),
            group: Some(Arc::clone(&group)),
        });
        shown.collect()
    }

    /// Loads the thing of which `id_of` gives the id, and with it those of the other events of the group.
    ///
    /// # Errors
    /// As [`Entity::find`].
    pub async fn find<E: Entity>(
        &self,
        ctx: &Context<'_>,
        id_of: impl Fn(&EventRow) -> Option<E::Id> + Sync,
    ) -> Result<Option<E>>
    where
        Reader: Loader<E::Id, Value = E::Row, Error = ReadError>,
    {
        let Some(id) = id_of(&self.row) else {
            return Ok(None);
        };
        let now = ctx.data_unchecked::<Core>().clock.now();
        match &self.group {
            Some(group) if now - group.begun_at <= FRESH_FOR => {
                let to_come = group.rows.iter().filter(|row| row.sequence >= self.row.sequence);
                let row = group.load(ctx, id, to_come.filter_map(id_of)).await?;
                Ok(row.map(|row| E::of(ctx, row)))
            }
            Some(_) | None => E::find(ctx, id).await,
        }
    }
}

impl Group {
    /// The row of `id`, which is loaded with those of `ids` unless it was.
    async fn load<K, V>(&self, ctx: &Context<'_>, id: K, ids: impl Iterator<Item = K>) -> Result<Option<V>>
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        V: Send + Sync + Clone + 'static,
        Reader: Loader<K, Value = V, Error = ReadError>,
    {
        let mut loaded = self.loaded.lock().await;
        if !loaded.of::<K, Option<V>>().contains_key(&id) {
            // The events of one account are about it many times.
            let ids: HashSet<K> = ids.collect();
            let mut found = find_all(ctx, ids.clone()).await?;
            let rows = ids.into_iter().map(|id| {
                let row = found.remove(&id);
                (id, row)
            });
            loaded.of().extend(rows);
        }
        Ok(loaded.of::<K, Option<V>>().get(&id).cloned().flatten())
    }
}

impl From<EventRow> for ShownEvent {
    fn from(row: EventRow) -> Self {
        Self { row, group: None }
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group")
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}
