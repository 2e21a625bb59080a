//! The removal of archives whose time is over, and of old exports from the list.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use super::store;
use crate::id::UserId;
use crate::media;
use crate::retention::{Expires, ExpiringRows, Keeping};
use crate::work::Work;

/// Number of days for which a finished export is listed, on every plan.
const LISTED_DAYS: i64 = 30;

/// Expiry of finished exports. Their archives are gone long before.
pub(super) const LISTED: ExpiringRows = ExpiringRows {
    name: "data exports",
    table: "data_exports",
    since: "finished_at",
    only: Some("state <> 'READY'"),
    keeping: Keeping::Days(LISTED_DAYS),
};

/// Expiry of archives, by the time that each was given when it was ready.
#[derive(Debug)]
pub(super) struct Archives;

#[async_trait]
impl Expires for Archives {
    fn name(&self) -> &'static str {
        "archives of data exports"
    }

    fn keeping(&self) -> Keeping {
        Keeping::Days(0)
    }

    async fn count(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        before: DateTime<Utc>,
    ) -> QueryResult<i64> {
        store::count_expired(conn, user, before).await
    }

    async fn expire(&self, work: &mut Work, before: DateTime<Utc>, limit: i64) -> QueryResult<i64> {
        let expired = store::mark_expired(work, before, limit).await?;
        for id in &expired {
            media::discard_archive(work, id.as_uuid()).await?;
        }
        Ok(i64::try_from(expired.len()).unwrap_or(i64::MAX))
    }
}
