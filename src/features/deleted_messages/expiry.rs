use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use super::store::{self, RemovedMessage};
use crate::id::UserId;
use crate::retention::{Expires, ExpiringRows, Keeping};
use crate::work::Work;
use crate::{media, messages};

const ROWS: ExpiringRows = ExpiringRows {
    name: "deleted messages",
    table: "deleted_messages",
    since: "deleted_at",
    only: None,
    keeping: Keeping::Plan,
};

/// Expiry of deleted messages with their versions and media, by the time of the deletion.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expiry;

#[async_trait]
impl Expires for Expiry {
    fn name(&self) -> &'static str {
        ROWS.name
    }

    async fn count(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        before: DateTime<Utc>,
    ) -> QueryResult<i64> {
        ROWS.count(conn, user, before).await
    }

    async fn expire(&self, work: &mut Work, before: DateTime<Utc>, limit: i64) -> QueryResult<i64> {
        let gone = store::delete_before(work, before, limit).await?;
        let wordings: Vec<_> = gone.iter().filter_map(RemovedMessage::message).collect();
        messages::forget_versions(work, &wordings).await?;
        let files: Vec<_> = gone.iter().filter_map(|row| row.media).collect();
        media::forget_unnamed(work, &files).await?;
        Ok(i64::try_from(gone.len()).unwrap_or(i64::MAX))
    }
}
