use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::email_changes;
use crate::features::users::email_change::CONFIRM_LIFE;
use crate::features::users::ids::EmailChangeId;
use crate::id::UserId;
use crate::work::Work;

mod functions {
    use diesel::sql_types::{Text, Timestamptz, Uuid};

    diesel::define_sql_function! {
        fn amda_is_email_reserved(wanted: Text, at: Timestamptz, claimant: Uuid) -> Bool;
    }
}

/// A change of an address that is begun.
pub(in crate::features::users) struct NewEmailChange<'a> {
    pub(in crate::features::users) id: EmailChangeId,
    pub(in crate::features::users) old_email: &'a str,
    pub(in crate::features::users) new_email: &'a str,
}

/// A change of an address.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = email_changes)]
pub(in crate::features::users) struct EmailChangeRow {
    pub(in crate::features::users) id: EmailChangeId,
    pub(in crate::features::users) old_email: String,
    pub(in crate::features::users) new_email: String,
    pub(in crate::features::users) revertible_until: Option<DateTime<Utc>>,
}

/// Begins a change in the place of one that is not confirmed, and forgets those that cannot be taken back any more.
pub(in crate::features::users) async fn begin_email_change(
    work: &mut Work,
    change: &NewEmailChange<'_>,
) -> QueryResult<()> {
    let over = email_changes::table
        .filter(email_changes::user_id.eq(work.user))
        .filter(
            email_changes::revertible_until
                .is_null()
                .or(email_changes::revertible_until.le(work.now)),
        );
    diesel::delete(over).execute(&mut **work).await?;
    diesel::insert_into(email_changes::table)
        .values((
            email_changes::id.eq(change.id),
            email_changes::user_id.eq(work.user),
            email_changes::old_email.eq(change.old_email),
            email_changes::new_email.eq(change.new_email),
            email_changes::requested_at.eq(work.now),
        ))
        .execute(work)
        .await
        .map(drop)
}

/// The new address of a change that waits for its confirmation.
pub(in crate::features::users) async fn find_pending_email(
    conn: &mut AsyncPgConnection,
    user: UserId,
    now: DateTime<Utc>,
) -> QueryResult<Option<String>> {
    email_changes::table
        .filter(email_changes::user_id.eq(user))
        .filter(email_changes::confirmed_at.is_null())
        .filter(email_changes::requested_at.gt(now - CONFIRM_LIFE))
        .select(email_changes::new_email)
        .first(conn)
        .await
        .optional()
}

/// A change, whatever became of it.
pub(in crate::features::users) async fn find_email_change(
    conn: &mut AsyncPgConnection,
    id: EmailChangeId,
) -> QueryResult<Option<EmailChangeRow>> {
    email_changes::table
        .find(id)
        .select(EmailChangeRow::as_select())
        .first(conn)
        .await
        .optional()
}

/// A change that waits for its confirmation.
pub(in crate::features::users) async fn find_pending_change(
    work: &mut Work,
    id: EmailChangeId,
) -> QueryResult<Option<EmailChangeRow>> {
    let found = find_email_change(work, id).await?;
    Ok(found.filter(|change| change.revertible_until.is_none()))
}

/// A change that can be taken back.
pub(in crate::features::users) async fn find_revertible_change(
    work: &mut Work,
    id: EmailChangeId,
) -> QueryResult<Option<EmailChangeRow>> {
    let now = work.now;
    let found = find_email_change(work, id).await?;
    Ok(found.filter(|change| change.revertible_until.is_some_and(|until| until > now)))
}

/// Marks a change as done, so that it can be taken back for `life`.
pub(in crate::features::users) async fn confirm_email_change(
    work: &mut Work,
    id: EmailChangeId,
    life: TimeDelta,
) -> QueryResult<()> {
    diesel::update(email_changes::table.find(id))
        .set((
            email_changes::confirmed_at.eq(work.now),
            email_changes::revertible_until.eq(work.now + life),
        ))
        .execute(work)
        .await
        .map(drop)
}

/// Removes the user's change that waits for its confirmation.
pub(in crate::features::users) async fn forget_pending_email_changes(work: &mut Work) -> QueryResult<()> {
    let pending = email_changes::table
        .filter(email_changes::user_id.eq(work.user))
        .filter(email_changes::confirmed_at.is_null());
    diesel::delete(pending).execute(work).await.map(drop)
}

/// Removes a change and those that the user asked for later, with their tokens.
pub(in crate::features::users) async fn forget_email_changes_since(
    work: &mut Work,
    id: EmailChangeId,
) -> QueryResult<()> {
    let later = email_changes::table
        .filter(email_changes::user_id.eq(work.user))
        .filter(email_changes::id.ge(id));
    diesel::delete(later).execute(work).await.map(drop)
}

/// Returns true when another user than `claimant` may take this address back.
pub(in crate::features::users) async fn is_email_reserved(
    conn: &mut AsyncPgConnection,
    email_key: &str,
    now: DateTime<Utc>,
    claimant: UserId,
) -> QueryResult<bool> {
    diesel::select(functions::amda_is_email_reserved(email_key, now, claimant))
        .get_result(conn)
        .await
}
