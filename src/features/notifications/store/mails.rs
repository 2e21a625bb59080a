//! Mails about notifications.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::{notification_mail_items as items_of, notification_mails as mails, notifications};
use crate::features::notifications::NotificationMailId;
use crate::id::{NotificationId, UserId};
use crate::notices::NoticeKind;
use crate::text_enum::text_enum;
use crate::work::Work;

text_enum! {
    /// State of a mail.
    pub(in crate::features::notifications) enum MailState {
        /// Not due; still takes items.
        Gathering = "GATHERING",
        /// Being sent.
        Sending = "SENDING",
        /// The mail server took it.
        Sent = "SENT",
        /// Given up.
        Failed = "FAILED",
    }
}

text_enum! {
    /// Reason for which a mail to the user was given up.
    #[derive(async_graphql::Enum)]
    #[graphql(name = "MailProblemReason")]
    pub enum MailFailureReason {
        /// The mail server refused the mail for good, such as for an address that does not exist.
        Refused = "REFUSED",
        /// The mail could not be written, such as to an address that is none.
        Unwritable = "UNWRITABLE",
        /// The server's mail server took no mail for hours.
        ServerUnavailable = "SERVER_UNAVAILABLE",
        /// Another reason, which the message tells.
        Other = "OTHER",
    }
}

/// Failure of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailFailure {
    /// Reason.
    pub reason: MailFailureReason,
    /// Reason in English.
    pub message: String,
    /// Time at which the mail was given up.
    pub settled_at: DateTime<Utc>,
}

/// A mail.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = mails)]
pub(in crate::features::notifications) struct MailRow {
    id: NotificationMailId,
    kind: String,
    /// State; a CHECK of the table lists the names.
    pub(in crate::features::notifications) state: MailState,
    /// Time at which it stopped gathering.
    pub(in crate::features::notifications) closed_at: Option<DateTime<Utc>>,
}

impl MailRow {
    /// Kind of its notices; none when only a newer version knows it.
    pub(in crate::features::notifications) fn kind(&self) -> Option<NoticeKind> {
        NoticeKind::parse(&self.kind)
    }
}

/// The mail that gathers what is of `kind`; it is not closed until the transaction ends.
pub(in crate::features::notifications) async fn lock_gathering(
    conn: &mut AsyncPgConnection,
    user: UserId,
    kind: NoticeKind,
) -> QueryResult<Option<NotificationMailId>> {
    mails::table
        .filter(mails::user_id.eq(user).and(mails::kind.eq(kind.as_str())))
        .filter(mails::state.eq(MailState::Gathering))
        .select(mails::id)
        .for_update()
        .first(conn)
        .await
        .optional()
}

/// Begins a mail that gathers.
pub(in crate::features::notifications) async fn insert(
    work: &mut Work,
    id: NotificationMailId,
    kind: NoticeKind,
) -> QueryResult<()> {
    diesel::insert_into(mails::table)
        .values((
            mails::id.eq(id),
            mails::user_id.eq(work.user),
            mails::kind.eq(kind.as_str()),
            mails::state.eq(MailState::Gathering),
            mails::created_at.eq(work.now),
        ))
        .execute(work)
        .await
        .map(drop)
}

/// Adds a notification to a mail, unless one tells of it already.
pub(in crate::features::notifications) async fn add(
    work: &mut Work,
    mail: NotificationMailId,
    notification: NotificationId,
) -> QueryResult<()> {
    diesel::insert_into(items_of::table)
        .values((
            items_of::notification_id.eq(notification),
            items_of::user_id.eq(work.user),
            items_of::mail_id.eq(mail),
        ))
        .on_conflict_do_nothing()
        .execute(work)
        .await
        .map(drop)
}

/// Times at which a mail stopped gathering and was settled.
type Ends = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// Time at which the last mail of `kind` stopped gathering, or was sent if that was later.
pub(in crate::features::notifications) async fn last_begun(
    conn: &mut AsyncPgConnection,
    user: UserId,
    kind: NoticeKind,
) -> QueryResult<Option<DateTime<Utc>>> {
    let begun: Vec<Ends> = mails::table
        .filter(mails::user_id.eq(user).and(mails::kind.eq(kind.as_str())))
        .filter(mails::closed_at.is_not_null())
        .order(mails::closed_at.desc())
        .limit(2)
        .select((mails::closed_at, mails::settled_at))
        .load(conn)
        .await?;
    Ok(begun
        .into_iter()
        .filter_map(|(closed, settled)| settled.or(closed))
        .max())
}

/// The mail `id`; nobody else changes it until the transaction ends.
pub(in crate::features::notifications) async fn lock(
    conn: &mut AsyncPgConnection,
    id: NotificationMailId,
) -> QueryResult<Option<MailRow>> {
    mails::table
        .find(id)
        .select(MailRow::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()
}

/// Returns true when another mail of the same kind is being sent.
pub(in crate::features::notifications) async fn is_another_sending(
    conn: &mut AsyncPgConnection,
    user: UserId,
    mail: &MailRow,
) -> QueryResult<bool> {
    let others = mails::table
        .filter(mails::user_id.eq(user).and(mails::kind.eq(&mail.kind)))
        .filter(mails::id.ne(mail.id))
        .filter(mails::state.eq(MailState::Sending));
    diesel::select(diesel::dsl::exists(others)).get_result(conn).await
}

/// Time at which the last mail of the same kind was sent.
pub(in crate::features::notifications) async fn last_sent(
    conn: &mut AsyncPgConnection,
    user: UserId,
    mail: &MailRow,
) -> QueryResult<Option<DateTime<Utc>>> {
    mails::table
        .filter(mails::user_id.eq(user).and(mails::kind.eq(&mail.kind)))
        .filter(mails::state.eq(MailState::Sent))
        .select(diesel::dsl::max(mails::settled_at))
        .first(conn)
        .await
}

/// Ends the gathering. What was read meanwhile is news no more.
pub(in crate::features::notifications) async fn close(
    work: &mut Work,
    id: NotificationMailId,
) -> QueryResult<()> {
    let read = notifications::table
        .filter(notifications::read_at.is_not_null())
        .select(notifications::id);
    diesel::delete(items_of::table.filter(items_of::mail_id.eq(id)))
        .filter(items_of::notification_id.eq_any(read))
        .execute(work)
        .await?;
    diesel::update(mails::table.find(id))
        .set((mails::state.eq(MailState::Sending), mails::closed_at.eq(work.now)))
        .execute(work)
        .await
        .map(drop)
}

/// Notices of a mail.
pub(in crate::features::notifications) async fn items(
    conn: &mut AsyncPgConnection,
    id: NotificationMailId,
) -> QueryResult<Vec<NotificationId>> {
    items_of::table
        .filter(items_of::mail_id.eq(id))
        .select(items_of::notification_id)
        .load(conn)
        .await
}

/// Deletes a mail that need not be sent.
pub(in crate::features::notifications) async fn delete(
    work: &mut Work,
    id: NotificationMailId,
) -> QueryResult<()> {
    diesel::delete(mails::table.find(id))
        .execute(work)
        .await
        .map(drop)
}

/// Settles a mail as sent, or as failed with its reason and the reason in English; not one that is settled already.
pub(in crate::features::notifications) async fn settle(
    work: &mut Work,
    id: NotificationMailId,
    failure: Option<(MailFailureReason, &str)>,
) -> QueryResult<()> {
    // One that is given up before it was ever written gathers no more.
    diesel::update(mails::table.find(id))
        .filter(mails::closed_at.is_null())
        .set((mails::state.eq(MailState::Sending), mails::closed_at.eq(work.now)))
        .execute(work)
        .await?;
    let state = match failure {
        Some(_) => MailState::Failed,
        None => MailState::Sent,
    };
    diesel::update(mails::table.find(id))
        .filter(mails::settled_at.is_null())
        .set((
            mails::state.eq(state),
            mails::failure.eq(failure.map(|(reason, _)| reason)),
            mails::reason.eq(failure.map(|(_, message)| message)),
            mails::settled_at.eq(work.now),
        ))
        .execute(work)
        .await
        .map(drop)
}

/// Begins anew to send a mail that was given up.
pub(in crate::features::notifications) async fn reopen(
    work: &mut Work,
    id: NotificationMailId,
) -> QueryResult<()> {
    diesel::update(mails::table.find(id))
        .set((
            mails::state.eq(MailState::Sending),
            mails::failure.eq(None::<MailFailureReason>),
            mails::reason.eq(None::<String>),
            mails::settled_at.eq(None::<DateTime<Utc>>),
        ))
        .execute(work)
        .await
        .map(drop)
}

/// Deletes the mails that were settled before `then`.
pub(in crate::features::notifications) async fn delete_settled_before(
    work: &mut Work,
    then: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::delete(mails::table.filter(mails::user_id.eq(work.user).and(mails::settled_at.lt(then))))
        .execute(work)
        .await
        .map(drop)
}

/// Failure of the user's last mail; none when it was sent.
pub(in crate::features::notifications) async fn last_failure(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<Option<MailFailure>> {
    type Settled = (Option<MailFailureReason>, Option<String>, Option<DateTime<Utc>>);
    let last: Option<Settled> = mails::table
        .filter(mails::user_id.eq(user).and(mails::settled_at.is_not_null()))
        .order(mails::settled_at.desc())
        .select((mails::failure, mails::reason, mails::settled_at))
        .first(conn)
        .await
        .optional()?;
    Ok(last.and_then(|(reason, message, settled_at)| {
        let (message, settled_at) = message.zip(settled_at)?;
        Some(MailFailure {
            // An earlier version wrote the English text alone.
            reason: reason.unwrap_or(MailFailureReason::Other),
            message,
            settled_at,
        })
    }))
}
