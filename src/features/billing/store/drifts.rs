use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::billing_drifts;
use crate::features::billing::ids::DriftId;
use crate::text_enum::text_enum;

text_enum! {
    /// Kind of a difference between what was stored and what Stripe says.
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
        /// What became of a payment was stored otherwise.
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

pub(in crate::features::billing) async fn insert_drift(
    conn: &mut AsyncPgConnection,
    id: DriftId,
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
