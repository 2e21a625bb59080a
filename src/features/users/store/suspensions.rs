use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::users;
use crate::id::UserId;
use crate::work::Work;

/// A suspension that lasts.
#[derive(Debug, Clone)]
pub(in crate::features::users) struct Suspension {
    /// Time at which it began.
    pub(in crate::features::users) since: DateTime<Utc>,
    /// Reason that was given.
    pub(in crate::features::users) reason: Option<String>,
}

/// The suspension of the transaction's user; none when they are not suspended, and will not be until the transaction ends:
/// whoever suspends them waits for it.
pub(in crate::features::users) async fn find_suspension(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<Option<Suspension>> {
    let row: Option<(Option<DateTime<Utc>>, Option<String>)> = users::table
        .find(user)
        .select((users::suspended_at, users::suspension_reason))
        .for_share()
        .first(conn)
        .await
        .optional()?;
    Ok(row.and_then(|(since, reason)| {
        Some(Suspension {
            since: since?,
            reason,
        })
    }))
}

/// Suspends the user of `work`.
pub(in crate::features::users) async fn suspend(work: &mut Work, reason: Option<&str>) -> QueryResult<()> {
    diesel::update(users::table.find(work.user))
        .set((
            users::suspended_at.eq(work.now),
            users::suspension_reason.eq(reason),
        ))
        .execute(work)
        .await
        .map(drop)
}

/// Takes the suspension of the user of `work` back; false when there is none.
pub(in crate::features::users) async fn unsuspend(work: &mut Work) -> QueryResult<bool> {
    let suspended = users::table
        .find(work.user)
        .filter(users::suspended_at.is_not_null());
    diesel::update(suspended)
        .set((
            users::suspended_at.eq(None::<DateTime<Utc>>),
            users::suspension_reason.eq(None::<String>),
        ))
        .execute(work)
        .await
        .map(|changed| changed == 1)
}
