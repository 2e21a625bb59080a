use async_graphql::Enum;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::billing_drifts;
use crate::features::billing::ids::BillingDriftId;
use crate::graphql::{Page, count_rows, newest_first};
use crate::text_enum::text_enum;

text_enum! {
    /// Kind of a difference between what was stored and what Stripe says.
    #[derive(Enum)]
    #[graphql(name = "BillingDriftKind")]
    pub enum DriftKind {
        /// Stripe has a customer of a user of ours, of whom no customer was stored.
        LostCustomer = "LOST_CUSTOMER",
        /// The customer was deleted at Stripe.
        DeletedCustomer = "DELETED_CUSTOMER",
        /// A subscription was not stored.
        MissedSubscription = "MISSED_SUBSCRIPTION",
        /// The state of a subscription was another.
        Status = "STATUS",
        /// The period of a subscription was another.
        Period = "PERIOD",
        /// The price of a subscription was another.
        Price = "PRICE",
        /// Outcome of a payment that was stored otherwise.
        Payment = "PAYMENT",
    }
}

/// A difference between what was stored and what Stripe says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDrift {
    /// The kind.
    pub kind: DriftKind,
    /// The customer at Stripe.
    pub customer: String,
    /// The subscription at Stripe; none when it is about the customer.
    pub subscription: Option<String>,
    /// What was stored.
    pub stored: Option<String>,
    /// What Stripe says.
    pub found: Option<String>,
}

/// A difference that was found.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = billing_drifts)]
pub struct DriftRow {
    /// Its id.
    pub id: BillingDriftId,
    /// The kind.
    pub kind: DriftKind,
    /// The customer at Stripe.
    pub customer_id: String,
    /// The subscription at Stripe; none when it is about the customer.
    pub subscription_id: Option<String>,
    /// What was stored.
    pub stored: Option<String>,
    /// What Stripe says.
    pub found: Option<String>,
    /// Time at which it was found and mended.
    pub found_at: DateTime<Utc>,
}

pub(in crate::features::billing) async fn insert_drift(
    conn: &mut AsyncPgConnection,
    id: BillingDriftId,
    drift: &NewDrift,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::insert_into(billing_drifts::table)
        .values((
            billing_drifts::id.eq(id),
            billing_drifts::kind.eq(drift.kind),
            billing_drifts::customer_id.eq(&drift.customer),
            billing_drifts::subscription_id.eq(&drift.subscription),
            billing_drifts::stored.eq(&drift.stored),
            billing_drifts::found.eq(&drift.found),
            billing_drifts::found_at.eq(now),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// A page of the differences, the newest first.
pub(in crate::features::billing) async fn list_drifts(
    conn: &mut AsyncPgConnection,
    page: Page,
) -> QueryResult<Vec<DriftRow>> {
    let query = newest_first!(
        billing_drifts::table.select(DriftRow::as_select()),
        page,
        billing_drifts::found_at,
        billing_drifts::id
    );
    query.load(conn).await
}

/// Number of the differences, [`MOST_COUNTED`](crate::graphql::MOST_COUNTED) at most.
pub(in crate::features::billing) async fn count_drifts(conn: &mut AsyncPgConnection) -> QueryResult<i64> {
    count_rows!(conn, billing_drifts::table)
}

/// The difference with this id.
pub(in crate::features::billing) async fn find_drift(
    conn: &mut AsyncPgConnection,
    id: BillingDriftId,
) -> QueryResult<Option<DriftRow>> {
    billing_drifts::table
        .find(id)
        .select(DriftRow::as_select())
        .first(conn)
        .await
        .optional()
}

/// Number of differences that were found after `since`.
pub(in crate::features::billing) async fn count_since(
    conn: &mut AsyncPgConnection,
    since: DateTime<Utc>,
) -> QueryResult<i64> {
    billing_drifts::table
        .filter(billing_drifts::found_at.gt(since))
        .count()
        .get_result(conn)
        .await
}

/// Removes those that were found before `before`.
pub(in crate::features::billing) async fn delete_old_drifts(
    conn: &mut AsyncPgConnection,
    before: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::delete(billing_drifts::table.filter(billing_drifts::found_at.lt(before)))
        .execute(conn)
        .await
        .map(drop)
}
