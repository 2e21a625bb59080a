use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::{ActorKind, AuditAction, AuditEntryId};
use crate::db::schema::audit_entries;
use crate::graphql::{Page, count_rows, newest_first};
use crate::id::UserId;
use crate::plan::Plan;
use crate::work::Work;

/// Details that the name of an action does not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_entries)]
pub struct Details {
    /// Plan that was granted before another was.
    pub previous_plan: Option<Plan>,
    /// Plan that was granted.
    pub plan: Option<Plan>,
    /// Number of sessions that the action ended.
    pub ended_sessions: Option<i32>,
}

/// An entry's row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_entries)]
pub struct EntryRow {
    /// Its id.
    pub id: AuditEntryId,
    /// The user whom it concerns.
    pub user_id: UserId,
    /// The kind of person who did it.
    pub actor: ActorKind,
    /// The admin who did it; none for the operator.
    pub admin_id: Option<UserId>,
    /// The action.
    pub action: AuditAction,
    /// Details that the action's name does not say.
    #[diesel(embed)]
    pub details: Details,
    /// The reason that was given.
    pub reason: Option<String>,
    /// Time at which it was done or seen.
    pub at: DateTime<Utc>,
}

pub(super) async fn insert(work: &mut Work, entry: &EntryRow) -> QueryResult<()> {
    diesel::insert_into(audit_entries::table)
        .values(entry)
        .execute(work)
        .await
        .map(drop)
}

/// True when the log of the user of `work` has a look of `admin` of this kind later than `after`, and not later than `until`.
pub(super) async fn has_look(
    work: &mut Work,
    admin: UserId,
    action: AuditAction,
    after: DateTime<Utc>,
    until: DateTime<Utc>,
) -> QueryResult<bool> {
    let looks = audit_entries::table
        .filter(audit_entries::user_id.eq(work.user))
        .filter(audit_entries::admin_id.eq(admin))
        .filter(audit_entries::action.eq(action))
        .filter(audit_entries::at.gt(after).and(audit_entries::at.le(until)));
    diesel::select(diesel::dsl::exists(looks)).get_result(work).await
}

/// A page of the log of the transaction's user, the newest entry first.
///
/// # Errors
/// The database's.
pub async fn list(conn: &mut AsyncPgConnection, user: UserId, page: Page) -> QueryResult<Vec<EntryRow>> {
    let query = newest_first!(
        audit_entries::table
            .filter(audit_entries::user_id.eq(user))
            .select(EntryRow::as_select()),
        page,
        audit_entries::at,
        audit_entries::id
    );
    query.load(conn).await
}

/// Number of entries in the log of the transaction's user, [`MOST_COUNTED`](crate::graphql::MOST_COUNTED) at most.
///
/// # Errors
/// The database's.
pub async fn count(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<i64> {
    count_rows!(conn, audit_entries::table.filter(audit_entries::user_id.eq(user)))
}

/// The entries among `ids` in the log of the transaction's user.
///
/// # Errors
/// The database's.
pub async fn load(conn: &mut AsyncPgConnection, ids: &[AuditEntryId]) -> QueryResult<Vec<EntryRow>> {
    audit_entries::table
        .filter(audit_entries::id.eq_any(ids))
        .select(EntryRow::as_select())
        .load(conn)
        .await
}
