use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use super::store;
use crate::id::UserId;
use crate::media;
use crate::retention::Expires;
use crate::work::Work;

/// Expiry of view-once messages and their captured content, by the time of arrival.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expiry;

#[async_trait]
impl Expires for Expiry {
    fn name(&self) -> &'static str {
        "view-once messages"
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
        let gone = store::delete_before(work, before, limit).await?;
        let files: Vec<_> = gone.iter().flatten().copied().collect();
        media::forget_unnamed(work, &files).await?;
        Ok(i64::try_from(gone.len()).unwrap_or(i64::MAX))
    }
}
