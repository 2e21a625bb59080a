use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use crate::id::{MediaId, UserId};
use crate::media;
use crate::retention::{Expires, ExpiringRows, Keeping};
use crate::work::Work;

/// Rows that are removed by age together with the media that their `media_id` names, unless another item names it too.
#[derive(Debug, Clone, Copy)]
pub struct ExpiringItems {
    /// The rows.
    pub rows: ExpiringRows,
}

#[async_trait]
impl Expires for ExpiringItems {
    fn name(&self) -> &'static str {
        self.rows.name
    }

    fn keeping(&self) -> Keeping {
        self.rows.keeping
    }

    async fn count(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        before: DateTime<Utc>,
    ) -> QueryResult<i64> {
        self.rows.count(conn, user, before).await
    }

    async fn expire(&self, work: &mut Work, before: DateTime<Utc>, limit: i64) -> QueryResult<i64> {
        let removed = self
            .rows
            .remove_returning(work, before, limit, "media_id")
            .await?;
        let media: Vec<_> = removed.iter().flatten().copied().map(MediaId::from).collect();
        media::forget_unnamed(work, &media).await?;
        Ok(i64::try_from(removed.len()).unwrap_or(i64::MAX))
    }
}
