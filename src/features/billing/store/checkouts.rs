use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::billing_checkouts;
use crate::features::billing::ids::CheckoutId;
use crate::id::UserId;
use crate::work::Work;

/// The newest attempt of the user for a choice since `since` to which no answer came.
pub(in crate::features::billing) async fn find_unanswered(
    conn: &mut AsyncPgConnection,
    user: UserId,
    choice_hash: &[u8],
    since: DateTime<Utc>,
) -> QueryResult<Option<CheckoutId>> {
    billing_checkouts::table
        .filter(billing_checkouts::user_id.eq(user))
        .filter(billing_checkouts::choice_hash.eq(choice_hash))
        .filter(billing_checkouts::stripe_id.is_null())
        .filter(billing_checkouts::created_at.gt(since))
        .order((billing_checkouts::created_at.desc(), billing_checkouts::id.desc()))
        .select(billing_checkouts::id)
        .first(conn)
        .await
        .optional()
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

/// Forgets the attempts of the user of `work`, but for `kept`.
pub(in crate::features::billing) async fn forget_checkouts(
    work: &mut Work,
    kept: Option<CheckoutId>,
) -> QueryResult<()> {
    let own = billing_checkouts::table.filter(billing_checkouts::user_id.eq(work.user));
    let kept: Vec<CheckoutId> = kept.into_iter().collect();
    diesel::delete(own.filter(billing_checkouts::id.ne_all(kept)))
        .execute(work)
        .await
        .map(drop)
}
