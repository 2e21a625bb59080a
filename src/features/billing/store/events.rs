use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::billing_events;
use crate::text_enum::text_enum;

text_enum! {
    /// The state of a webhook of Stripe's.
    pub enum EventState {
        /// It was not looked at yet, or its customer is not known yet.
        Waiting = "WAITING",
        /// Its customer was looked at.
        Done = "DONE",
        /// It is about nothing that matters here.
        Ignored = "IGNORED",
        /// Its customer was never known here.
        Orphaned = "ORPHANED",
    }
}

/// A webhook of Stripe's: what it is about.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = billing_events)]
pub struct EventRow {
    /// Stripe's id.
    pub id: String,
    /// Stripe's type, such as `invoice.paid`.
    pub kind: String,
    /// The object that it is about.
    pub object_id: Option<String>,
    /// The customer whom it is about.
    pub customer_id: Option<String>,
    /// The charge that it is about, where it names no customer.
    pub charge_id: Option<String>,
    /// The version of the API that it speaks.
    pub api_version: Option<String>,
    /// Time at which it happened, by Stripe's clock.
    pub happened_at: DateTime<Utc>,
    /// Time at which it was received.
    pub received_at: DateTime<Utc>,
    /// The state.
    pub state: EventState,
}

/// Stores a webhook. False when it is stored already.
pub(in crate::features::billing) async fn insert_event(
    conn: &mut AsyncPgConnection,
    event: &EventRow,
) -> QueryResult<bool> {
    let inserted = diesel::insert_into(billing_events::table)
        .values(event)
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(inserted == 1)
}

pub(in crate::features::billing) async fn find_event(
    conn: &mut AsyncPgConnection,
    id: &str,
) -> QueryResult<Option<EventRow>> {
    billing_events::table
        .find(id)
        .select(EventRow::as_select())
        .first(conn)
        .await
        .optional()
}

pub(in crate::features::billing) async fn settle_event(
    conn: &mut AsyncPgConnection,
    id: &str,
    state: EventState,
) -> QueryResult<()> {
    diesel::update(billing_events::table.find(id))
        .set(billing_events::state.eq(state))
        .execute(conn)
        .await
        .map(drop)
}

/// Removes webhooks that were received before `before`, except those that wait.
pub(in crate::features::billing) async fn delete_old_events(
    conn: &mut AsyncPgConnection,
    before: DateTime<Utc>,
) -> QueryResult<()> {
    let old = billing_events::table
        .filter(billing_events::received_at.lt(before))
        .filter(billing_events::state.ne(EventState::Waiting));
    diesel::delete(old).execute(conn).await.map(drop)
}
