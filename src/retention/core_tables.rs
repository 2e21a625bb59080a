//! Retention of the core tables.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use super::{Expires, ExpiringRows, Keeping};
use crate::hub;
use crate::id::UserId;
use crate::work::Work;

/// The number of days for which a client may be away and still replay everything that it missed.
pub const REPLAY_DAYS: i64 = 90;

/// The numbered events, which clients replay from a cursor. They are removed in order, and only after every consumer
/// has processed them.
#[derive(Debug, Clone, Copy)]
pub struct Events;

#[async_trait]
impl Expires for Events {
    fn name(&self) -> &'static str {
        "events"
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
        hub::count_before(conn, user, before).await
    }

    async fn expire(&self, work: &mut Work, before: DateTime<Utc>, limit: i64) -> QueryResult<i64> {
        let user = work.user;
        hub::delete_before(work, user, before, limit).await
    }
}

/// Notices, read or not.
pub const NOTICES: ExpiringRows = ExpiringRows {
    name: "notifications",
    table: "notifications",
    since: "created_at",
    only: None,
    keeping: Keeping::Plan,
};
