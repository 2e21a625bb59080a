use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::billing_checkouts;
use crate::features::billing::ids::CheckoutId;
use crate::id::UserId;
use crate::work::Work;

/// A page of Stripe's on which a user can buy.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = billing_checkouts)]
pub(in crate::features::billing) struct CheckoutRow {
    pub(in crate::features::billing) id: CheckoutId,
    /// None until Stripe has answered.
    pub(in crate::features::billing) stripe_id: Option<String>,
}

/// The newest page of the user for a choice that was asked for after `since`.
pub(in crate::features::billing) async fn find_checkout(
    conn: &mut AsyncPgConnection,
    user: UserId,
    choice_hash: &[u8],
    since: DateTime<Utc>,
) -> QueryResult<Option<CheckoutRow>> {
    billing_checkouts::table
        .filter(billing_checkouts::user_id.eq(user))
        .filter(billing_checkouts::choice_hash.eq(choice_hash))
        .filter(billing_checkouts::created_at.gt(since))
        .order((billing_checkouts::created_at.desc(), billing_checkouts::id.desc()))
        .select(CheckoutRow::as_select())
        .first(conn)
        .await
        .optional()
}

/// The user's pages that may be open, oldest first.
pub(in crate::features::billing) async fn list_checkouts(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<Vec<CheckoutRow>> {
    billing_checkouts::table
        .filter(billing_checkouts::user_id.eq(user))
        .order((billing_checkouts::created_at, billing_checkouts::id))
        .select(CheckoutRow::as_select())
        .load(conn)
        .await
}

/// Notes that a page is going to be asked for.
pub(in crate::features::billing) async fn save_checkout(
    work: &mut Work,
    id: CheckoutId,
    choice_hash: &[u8],
) -> QueryResult<()> {
    diesel::insert_into(billing_checkouts::table)
        .values((
            billing_checkouts::id.eq(id),
            billing_checkouts::user_id.eq(work.user),
            billing_checkouts::choice_hash.eq(choice_hash),
            billing_checkouts::created_at.eq(work.now),
        ))
        .execute(work)
        .await
        .map(drop)
}

/// Writes the page that Stripe made.
pub(in crate::features::billing) async fn name_checkout(
    work: &mut Work,
    id: CheckoutId,
    stripe_id: &str,
) -> QueryResult<()> {
    diesel::update(billing_checkouts::table.find(id))
        .set(billing_checkouts::stripe_id.eq(stripe_id))
        .execute(work)
        .await
        .map(drop)
}

/// Forgets a page that is closed, or that Stripe did not make.
pub(in crate::features::billing) async fn delete_checkout(
    work: &mut Work,
    id: CheckoutId,
) -> QueryResult<()> {
    diesel::delete(billing_checkouts::table.find(id))
        .execute(work)
        .await
        .map(drop)
}
