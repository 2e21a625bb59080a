use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::outbox;
use crate::id::{SendId, UserId};
use crate::retention::{Expires, Keeping};
use crate::work::Work;

/// For how many days what was sent is kept: what it was for keeps its own record.
const SENT_DAYS: i64 = 30;

/// What was sent, or given up: sealed words and addresses that nothing needs any more.
#[derive(Debug, Clone, Copy)]
pub struct Expiry;

#[async_trait]
impl Expires for Expiry {
    fn name(&self) -> &'static str {
        "sent messages"
    }

    fn keeping(&self) -> Keeping {
        Keeping::Days(SENT_DAYS)
    }

    async fn count(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        before: DateTime<Utc>,
    ) -> QueryResult<i64> {
        older(user, before).count().get_result(conn).await
    }

    async fn expire(&self, work: &mut Work, before: DateTime<Utc>, limit: i64) -> QueryResult<i64> {
        let due: Vec<SendId> = older(work.user, before)
            .order(outbox::settled_at)
            .limit(limit)
            .select(outbox::id)
            .for_update()
            .skip_locked()
            .load(work)
            .await?;
        let gone = diesel::delete(outbox::table.filter(outbox::id.eq_any(due)))
            .execute(work)
            .await?;
        Ok(i64::try_from(gone).unwrap_or(i64::MAX))
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn older(user: UserId, before: DateTime<Utc>) -> _ {
    outbox::table
        .filter(outbox::user_id.eq(user))
        .filter(outbox::settled_at.lt(before))
}
