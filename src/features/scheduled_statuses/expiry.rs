//! Expiry of scheduled statuses.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use super::store::statuses;
use crate::id::UserId;
use crate::media;
use crate::retention::Expires;
use crate::work::Work;

/// Expiry of finished scheduled statuses, counted from their planned time; files and viewers go with them.
#[derive(Debug, Clone, Copy)]
pub struct Expiry;

#[async_trait]
impl Expires for Expiry {
    fn name(&self) -> &'static str {
        "scheduled statuses"
    }

    async fn count(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        before: DateTime<Utc>,
    ) -> QueryResult<i64> {
        statuses::count_over_before(conn, user, before).await
    }

    async fn expire(&self, work: &mut Work, before: DateTime<Utc>, limit: i64) -> QueryResult<i64> {
        let gone = statuses::delete_over_before(work, before, limit).await?;
        // An upload is used by one status only, so its file has no other owner.
        let files: Vec<_> = gone.iter().flatten().copied().collect();
        media::forget(work, &files).await?;
        Ok(i64::try_from(gone.len()).unwrap_or(i64::MAX))
    }
}
