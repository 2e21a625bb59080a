use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::db::schema::notifications;
use crate::hub::EventRow;
use crate::id::{AccountId, NotificationId};
use crate::kinds::{EventKind, NoticeKind};
use crate::work::Work;

/// A notice to be posted.
#[derive(Debug, Clone, PartialEq)]
pub struct NewNotice {
    /// What it is about.
    pub kind: NoticeKind,
    /// Which account, where it is about one.
    pub account: Option<AccountId>,
    /// The row it is about, whose table follows from the kind; posted once per kind and row. With no subject, never
    /// deduplicated.
    pub subject: Option<Uuid>,
    /// Numbers, times and ids that its text needs beside the row, such as `{"until": "2026-11-24T12:00:00Z"}`. A
    /// `contact` is the id of the contact whom the notice names.
    pub details: serde_json::Value,
    /// When it happened.
    pub at: DateTime<Utc>,
}

impl NewNotice {
    /// A notice of `kind` about the row that `event` is about, with nothing to say beside it.
    pub fn about_subject_of(event: &EventRow, kind: NoticeKind) -> Self {
        Self {
            kind,
            account: event.event.account,
            subject: Some(event.event.subject),
            details: serde_json::json!({}),
            at: event.event.occurred_at,
        }
    }
}

/// Posts a notice to the user of `work`, unless there is one of this kind and row already. True when it is new.
///
/// # Errors
/// The database's.
pub async fn post(work: &mut Work, notice: &NewNotice) -> QueryResult<bool> {
    let (id, user): (NotificationId, _) = (work.ids.next(), work.user);
    let inserted = diesel::insert_into(notifications::table)
        .values((
            notifications::id.eq(id),
            notifications::user_id.eq(user),
            notifications::kind.eq(notice.kind),
            notifications::account_id.eq(notice.account),
            notifications::subject_id.eq(notice.subject),
            notifications::details.eq(&notice.details),
            notifications::created_at.eq(notice.at),
        ))
        .on_conflict_do_nothing()
        .execute(work)
        .await?;
    if inserted == 1 {
        work.emit(EventKind::NotificationReceived, notice.account, id);
    }
    Ok(inserted == 1)
}

/// True when the user has a notice of `kind` about `account` whose details hold this pair.
///
/// # Errors
/// The database's.
pub async fn was_posted(
    conn: &mut AsyncPgConnection,
    kind: NoticeKind,
    account: Option<AccountId>,
    (name, value): (&str, &str),
) -> QueryResult<bool> {
    let details = serde_json::json!({ name: value });
    let posted = notifications::table
        .filter(notifications::kind.eq(kind))
        .filter(notifications::account_id.is_not_distinct_from(account))
        .filter(notifications::details.contains(details));
    diesel::select(diesel::dsl::exists(posted)).get_result(conn).await
}
