use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::db::schema::{notification_switches, notifications};
use crate::hub::EventRow;
use crate::id::{AccountId, NotificationId};
use crate::jobs::{self, NewJob};
use crate::kinds::{EventKind, NoticeKind};
use crate::work::Work;

/// The kind of the job that mails and pushes a notice without an event.
pub const SEND_ON: &str = "notifications.send_on";
/// Tries over about a day: only the database can fail.
const MAX_ATTEMPTS: i32 = 20;
/// The channel of the app, as a user's switches name it.
const IN_APP: &str = "IN_APP";

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

/// Posts a notice to the user of `work`, unless there is one of this kind and row already. True when it is new. A kind
/// that is turned off for the app has no event: its number would be a gap for whoever the event is not shown to.
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
    if inserted == 0 {
        return Ok(false);
    }
    if is_turned_off_in_app(work, notice.kind).await? {
        send_on_without_event(work, id).await?;
    } else {
        work.emit(EventKind::NotificationReceived, notice.account, id);
    }
    Ok(true)
}

/// True when the user of `work` turned `kind` off for the app, which shows every kind otherwise.
async fn is_turned_off_in_app(work: &mut Work, kind: NoticeKind) -> QueryResult<bool> {
    let off = notification_switches::table
        .filter(notification_switches::user_id.eq(work.user))
        .filter(notification_switches::kind.eq(kind))
        .filter(notification_switches::channel.eq(IN_APP))
        .filter(notification_switches::is_enabled.eq(false));
    diesel::select(diesel::dsl::exists(off)).get_result(work).await
}

/// Has a notice mailed and pushed that no event tells of.
async fn send_on_without_event(work: &mut Work, id: NotificationId) -> QueryResult<()> {
    let job = NewJob {
        kind: SEND_ON,
        user: Some(work.user),
        payload: serde_json::json!(id),
        unique_key: Some(id.to_string()),
        run_at: work.now,
        max_attempts: MAX_ATTEMPTS,
    };
    jobs::enqueue(work, &job).await
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
