//! The notifications themselves.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::super::model::StoredNotice;
use crate::db::KeepPrepared as _;
use crate::db::schema::notifications;
use crate::graphql::{Page, PageCursor, count_rows, newest_first};
use crate::id::{AccountId, NotificationId, UserId};
use crate::notices::NoticeKind;
use crate::work::Work;

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = notifications)]
struct Row {
    id: NotificationId,
    kind: String,
    account_id: Option<AccountId>,
    subject_id: Option<Uuid>,
    details: Value,
    created_at: DateTime<Utc>,
    read_at: Option<DateTime<Utc>>,
}

impl Row {
    /// Kind; none when only a newer version knows it.
    fn parse(self) -> Option<StoredNotice> {
        Some(StoredNotice {
            kind: NoticeKind::parse(&self.kind)?,
            id: self.id,
            account: self.account_id,
            subject: self.subject_id,
            details: self.details,
            created_at: self.created_at,
            read_at: self.read_at,
        })
    }
}

/// Filter of the notifications that the app shows.
#[derive(Debug, Clone)]
pub(in crate::features::notifications) struct ShownQuery {
    /// True for those that were marked as read, false for unread ones; none for both.
    pub(in crate::features::notifications) is_read: Option<bool>,
    /// Kinds to include.
    pub(in crate::features::notifications) kinds: Vec<NoticeKind>,
}

/// A page of the user's notifications, the newest first.
pub(in crate::features::notifications) async fn list(
    conn: &mut AsyncPgConnection,
    user: UserId,
    page: Page,
    query: &ShownQuery,
) -> QueryResult<Vec<StoredNotice>> {
    let mut rows = newest_first!(
        notifications::table
            .filter(notifications::user_id.eq(user))
            .filter(notifications::kind.eq_any(names(&query.kinds)))
            .select(Row::as_select()),
        page,
        notifications::created_at,
        notifications::id
    );
    match query.is_read {
        Some(true) => rows = rows.filter(notifications::read_at.is_not_null()),
        Some(false) => rows = rows.filter(notifications::read_at.is_null()),
        None => {}
    }
    let rows: Vec<Row> = rows.load(conn).await?;
    Ok(rows.into_iter().filter_map(Row::parse).collect())
}

/// Number of the user's notifications, [`MOST_COUNTED`](crate::graphql::MOST_COUNTED) at most.
pub(in crate::features::notifications) async fn count(
    conn: &mut AsyncPgConnection,
    user: UserId,
    query: &ShownQuery,
) -> QueryResult<i64> {
    let mut rows = notifications::table
        .filter(notifications::user_id.eq(user))
        .filter(notifications::kind.eq_any(names(&query.kinds)))
        .into_boxed();
    match query.is_read {
        Some(true) => rows = rows.filter(notifications::read_at.is_not_null()),
        Some(false) => rows = rows.filter(notifications::read_at.is_null()),
        None => {}
    }
    count_rows!(conn, rows)
}

/// The user's rows among `ids`.
pub(in crate::features::notifications) async fn load(
    conn: &mut AsyncPgConnection,
    ids: &[NotificationId],
) -> QueryResult<Vec<StoredNotice>> {
    let rows: Vec<Row> = notifications::table
        .filter(notifications::id.eq_any(ids))
        .select(Row::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().filter_map(Row::parse).collect())
}

#[derive(QueryableByName)]
struct ReadRow {
    #[diesel(sql_type = Timestamptz)]
    read_at: DateTime<Utc>,
    #[diesel(sql_type = SqlUuid)]
    id: NotificationId,
}

/// The notifications of the user of `work` that were marked as read at each of `times`: the newest of each, 500 at most.
pub(in crate::features::notifications) async fn list_read_at(
    work: &mut Work,
    times: Vec<DateTime<Utc>>,
) -> QueryResult<Vec<(DateTime<Utc>, NotificationId)>> {
    let rows: Vec<ReadRow> = diesel::sql_query(
        "SELECT marked.read_at, marked.id FROM unnest($2) AS wanted (at) CROSS JOIN LATERAL ( \
             SELECT read_at, id FROM notifications WHERE user_id = $1 AND read_at = wanted.at \
             ORDER BY created_at DESC, id DESC LIMIT 500 \
         ) AS marked",
    )
    .bind::<SqlUuid, _>(work.user)
    .bind::<Array<Timestamptz>, _>(times)
    .keep_prepared()
    .load(work)
    .await?;
    Ok(rows.into_iter().map(|row| (row.read_at, row.id)).collect())
}

/// A notification in the order of the list: when it happened, and its id.
pub(in crate::features::notifications) type Place = (DateTime<Utc>, NotificationId);

/// Marks those of `ids` that were not read; answers with those.
pub(in crate::features::notifications) async fn mark_read(
    work: &mut Work,
    ids: &[NotificationId],
) -> QueryResult<Vec<Place>> {
    diesel::update(notifications::table.filter(notifications::id.eq_any(ids)))
        .filter(notifications::read_at.is_null())
        .set(notifications::read_at.eq(work.now))
        .returning((notifications::created_at, notifications::id))
        .keep_prepared()
        .get_results(work)
        .await
}

/// Marks what was not read of the one at `cursor` and everything older, as far as it is of `kinds`; answers with those.
pub(in crate::features::notifications) async fn mark_read_through(
    work: &mut Work,
    cursor: PageCursor,
    kinds: &[NoticeKind],
) -> QueryResult<Vec<Place>> {
    let at_same_time = notifications::created_at
        .lt(cursor.at)
        .or(notifications::id.le(cursor.id));
    let older = notifications::table
        .filter(notifications::user_id.eq(work.user))
        .filter(notifications::created_at.le(cursor.at).and(at_same_time))
        .filter(notifications::kind.eq_any(names(kinds)))
        .filter(notifications::read_at.is_null());
    diesel::update(older)
        .set(notifications::read_at.eq(work.now))
        .returning((notifications::created_at, notifications::id))
        .keep_prepared()
        .get_results(work)
        .await
}

fn names(kinds: &[NoticeKind]) -> Vec<&'static str> {
    kinds.iter().map(|kind| kind.as_str()).collect()
}
