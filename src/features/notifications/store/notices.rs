//! The notifications themselves.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::super::model::StoredNotice;
use crate::db::schema::notifications;
use crate::graphql::{Page, PageCursor, newest_first};
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

/// A page of the user's notifications of `kinds`, the newest first.
pub(in crate::features::notifications) async fn list(
    conn: &mut AsyncPgConnection,
    user: UserId,
    page: Page,
    kinds: &[NoticeKind],
    unread_only: bool,
) -> QueryResult<Vec<StoredNotice>> {
    let mut rows = newest_first!(
        notifications::table
            .filter(notifications::user_id.eq(user))
            .filter(notifications::kind.eq_any(names(kinds)))
            .select(Row::as_select()),
        page,
        notifications::created_at,
        notifications::id
    );
    if unread_only {
        rows = rows.filter(notifications::read_at.is_null());
    }
    let rows: Vec<Row> = rows.load(conn).await?;
    Ok(rows.into_iter().filter_map(Row::parse).collect())
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

/// Number of unread notifications of `kinds`.
pub(in crate::features::notifications) async fn count_unread(
    conn: &mut AsyncPgConnection,
    user: UserId,
    kinds: &[NoticeKind],
) -> QueryResult<i64> {
    notifications::table
        .filter(notifications::user_id.eq(user))
        .filter(notifications::read_at.is_null())
        .filter(notifications::kind.eq_any(names(kinds)))
        .count()
        .get_result(conn)
        .await
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
        .get_results(work)
        .await
}

fn names(kinds: &[NoticeKind]) -> Vec<&'static str> {
    kinds.iter().map(|kind| kind.as_str()).collect()
}
