use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::StateCause;
use crate::account::AccountRef;
use crate::db::schema::connection_gaps;
use crate::features::accounts::GapId;
use crate::features::accounts::model::{AccountStateReason, GapReason};
use crate::graphql::{Page, count_rows, newest_first};
use crate::id::AccountId;
use crate::work::Work;

/// A stretch during which an account heard nothing.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = connection_gaps)]
pub struct GapRow {
    /// Its id.
    pub id: GapId,
    /// The account that heard nothing.
    pub account_id: AccountId,
    /// Time at which it began.
    pub started_at: DateTime<Utc>,
    /// Time at which it ended; null while it lasts.
    pub ended_at: Option<DateTime<Utc>>,
    /// Reason, as the database stores it.
    pub reason: String,
    /// Details of the reason, in English.
    pub message: Option<String>,
}

impl GapRow {
    /// Reason for which nothing was received.
    pub fn reason(&self) -> GapReason {
        AccountStateReason::read(&self.reason).into()
    }
}

/// Opens a gap, unless one is open.
pub(in crate::features::accounts) async fn open_gap(
    work: &mut Work,
    account: AccountRef,
    started_at: DateTime<Utc>,
    why: &StateCause,
) -> QueryResult<()> {
    let reason = why.reason;
    let opened = diesel::insert_into(connection_gaps::table)
        .values((
            connection_gaps::id.eq(work.ids.next::<GapId>()),
            connection_gaps::user_id.eq(account.user),
            connection_gaps::account_id.eq(account.id),
            connection_gaps::started_at.eq(started_at),
            connection_gaps::reason.eq(why.reason),
            connection_gaps::message.eq(&why.message),
        ))
        .on_conflict_do_nothing()
        .execute(work)
        .await?;
    if opened > 0 {
        work.count_after_commit(move |metrics| metrics.connection_gaps.add_one(reason.as_str()));
    }
    Ok(())
}

/// Closes the open gap; answers whether there was one. A clock that was put back closes it where it began.
pub(in crate::features::accounts) async fn close_gap(work: &mut Work, id: AccountId) -> QueryResult<bool> {
    let open = connection_gaps::table.filter(
        connection_gaps::account_id
            .eq(id)
            .and(connection_gaps::ended_at.is_null()),
    );
    let not_before = sql::<Nullable<Timestamptz>>("GREATEST(started_at, ")
        .bind::<Timestamptz, _>(work.now)
        .sql(")");
    diesel::update(open)
        .set(connection_gaps::ended_at.eq(not_before))
        .execute(work)
        .await
        .map(|rows| rows > 0)
}

/// The gaps among `ids`, in any order.
pub(in crate::features::accounts) async fn load_gaps(
    conn: &mut AsyncPgConnection,
    ids: &[GapId],
) -> QueryResult<Vec<GapRow>> {
    connection_gaps::table
        .filter(connection_gaps::id.eq_any(ids))
        .select(GapRow::as_select())
        .load(conn)
        .await
}

pub(in crate::features::accounts) async fn list_gaps(
    conn: &mut AsyncPgConnection,
    id: AccountId,
    page: Page,
) -> QueryResult<Vec<GapRow>> {
    let query = newest_first!(
        connection_gaps::table
            .filter(connection_gaps::account_id.eq(id))
            .select(GapRow::as_select()),
        page,
        connection_gaps::started_at,
        connection_gaps::id
    );
    query.load(conn).await
}

/// Number of the account's gaps.
pub(in crate::features::accounts) async fn count_gaps(
    conn: &mut AsyncPgConnection,
    id: AccountId,
) -> QueryResult<i64> {
    count_rows!(
        conn,
        connection_gaps::table.filter(connection_gaps::account_id.eq(id))
    )
}
