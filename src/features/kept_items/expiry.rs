use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use super::store;
use crate::id::UserId;
use crate::retention::{Expires, Keeping, REPLAY_DAYS};
use crate::work::Work;

/// Tombstones, which are of use for as long as their events are replayed.
#[derive(Debug, Clone, Copy)]
pub struct Expiry;

#[async_trait]
impl Expires for Expiry {
    fn name(&self) -> &'static str {
        "tombstones of deleted items"
    }

    fn keeping(&self) -> Keeping {
        Keeping::Days(REPLAY_DAYS)
    }

    async fn count(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        before: DateTime<Utc>,
    ) -> QueryResult<i64> {
        store::count_before(conn, user, before).await
    }

    async fn expire(&self, work: &mut Work, before: DateTime<Utc>, limit: i64) -> QueryResult<i64> {
        let user = work.user;
        store::delete_before(work, user, before, limit).await
    }
}
