use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use super::store;
use crate::id::UserId;
use crate::retention::{Expires, Keeping};
use crate::work::Work;

/// Number of days for which the log is kept, on every plan.
const LOG_DAYS: i64 = 30;

/// Deliveries that came to an end, with their attempts. What still waits stays.
#[derive(Debug, Clone, Copy)]
pub(super) struct LogExpiry;

#[async_trait]
impl Expires for LogExpiry {
    fn name(&self) -> &'static str {
        "webhook deliveries"
    }

    fn keeping(&self) -> Keeping {
        Keeping::Days(LOG_DAYS)
    }

    async fn count(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        before: DateTime<Utc>,
    ) -> QueryResult<i64> {
        store::count_settled_before(conn, user, before).await
    }

    async fn expire(&self, work: &mut Work, before: DateTime<Utc>, limit: i64) -> QueryResult<i64> {
        store::delete_settled_before(work, before, limit).await
    }
}
