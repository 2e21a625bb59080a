use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::{billing_customers, users};
use crate::features::billing::ids::CustomerAttemptId;
use crate::id::UserId;
use crate::work::Work;

/// Number of users of one page.
const PAGE: i32 = 500;

mod functions {
    use super::{Integer, Nullable, SqlUuid, Text};

    diesel::define_sql_function! { fn amda_user_by_stripe_customer(wanted: Text) -> Nullable<SqlUuid>; }
    diesel::define_sql_function! { fn amda_customers_after(behind: Nullable<SqlUuid>, most: Integer) -> SqlUuid; }
}

/// What a user is at Stripe.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = billing_customers)]
pub(in crate::features::billing) struct CustomerRow {
    /// The attempt to make the customer.
    pub(in crate::features::billing) attempt_id: CustomerAttemptId,
    /// None until Stripe has answered.
    pub(in crate::features::billing) stripe_id: Option<String>,
    /// Stripe deleted the customer.
    pub(in crate::features::billing) is_deleted: bool,
    /// SHA-256 of the e-mail address that Stripe was told.
    pub(in crate::features::billing) told_email_hash: Option<Vec<u8>>,
}

/// The user whose customer at Stripe this is.
pub(in crate::features::billing) async fn user_of_customer(
    conn: &mut AsyncPgConnection,
    customer: &str,
) -> QueryResult<Option<UserId>> {
    diesel::select(functions::amda_user_by_stripe_customer(customer))
        .get_result(conn)
        .await
}

/// The next users after `behind` who are customers, in the order of their ids; empty after the last.
pub(in crate::features::billing) async fn customers_after(
    conn: &mut AsyncPgConnection,
    behind: Option<UserId>,
) -> QueryResult<Vec<UserId>> {
    diesel::select(functions::amda_customers_after(behind, PAGE))
        .load(conn)
        .await
}

/// The e-mail address of a user, and the time at which they are deleted.
pub(in crate::features::billing) async fn find_user(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<Option<(String, Option<DateTime<Utc>>)>> {
    users::table
        .find(user)
        .select((users::email, users::deletion_at))
        .first(conn)
        .await
        .optional()
}

pub(in crate::features::billing) async fn find_customer(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<Option<CustomerRow>> {
    billing_customers::table
        .find(user)
        .select(CustomerRow::as_select())
        .first(conn)
        .await
        .optional()
}

/// Notes that a customer is going to be made. False when one was noted before.
pub(in crate::features::billing) async fn insert_customer(
    work: &mut Work,
    attempt: CustomerAttemptId,
) -> QueryResult<bool> {
    let inserted = diesel::insert_into(billing_customers::table)
        .values((
            billing_customers::user_id.eq(work.user),
            billing_customers::attempt_id.eq(attempt),
            billing_customers::created_at.eq(work.now),
        ))
        .on_conflict_do_nothing()
        .execute(work)
        .await?;
    Ok(inserted == 1)
}

/// Notes that another customer is going to be made in the place of one that was deleted.
pub(in crate::features::billing) async fn replace_customer(
    work: &mut Work,
    attempt: CustomerAttemptId,
) -> QueryResult<()> {
    let unset: Option<String> = None;
    diesel::update(billing_customers::table.find(work.user))
        .set((
            billing_customers::attempt_id.eq(attempt),
            billing_customers::stripe_id.eq(unset),
            billing_customers::is_deleted.eq(false),
        ))
        .execute(work)
        .await
        .map(drop)
}

/// Writes the customer that Stripe made or knows, and the hash of the e-mail address that it was told; none where that is
/// not known.
pub(in crate::features::billing) async fn name_customer(
    work: &mut Work,
    customer: &str,
    told_email_hash: Option<&[u8]>,
) -> QueryResult<()> {
    diesel::update(billing_customers::table.find(work.user))
        .set((
            billing_customers::stripe_id.eq(customer),
            billing_customers::told_email_hash.eq(told_email_hash),
        ))
        .execute(work)
        .await
        .map(drop)
}

/// Notes the e-mail address that Stripe was told of a customer.
pub(in crate::features::billing) async fn mark_email_told(
    work: &mut Work,
    customer: &str,
    hash: &[u8],
) -> QueryResult<()> {
    let row = billing_customers::table.find(work.user);
    diesel::update(row.filter(billing_customers::stripe_id.eq(customer)))
        .set(billing_customers::told_email_hash.eq(hash))
        .execute(work)
        .await
        .map(drop)
}

/// Begins to ask Stripe for everything of the customer; returns the number of this look.
pub(in crate::features::billing) async fn begin_look(work: &mut Work) -> QueryResult<i64> {
    diesel::update(billing_customers::table.find(work.user))
        .set(billing_customers::looks.eq(billing_customers::looks + 1))
        .returning(billing_customers::looks)
        .get_result(work)
        .await
}

/// Notes the answer to the look `number`. False when a later one was begun, whose answer counts.
pub(in crate::features::billing) async fn mark_looked(work: &mut Work, number: i64) -> QueryResult<bool> {
    let row = billing_customers::table.find(work.user);
    let marked = diesel::update(row.filter(billing_customers::looks.eq(number)))
        .set(billing_customers::checked_at.eq(work.now))
        .execute(work)
        .await?;
    Ok(marked == 1)
}

/// Notes that Stripe deleted the customer.
pub(in crate::features::billing) async fn mark_deleted(work: &mut Work) -> QueryResult<()> {
    diesel::update(billing_customers::table.find(work.user))
        .set(billing_customers::is_deleted.eq(true))
        .execute(work)
        .await
        .map(drop)
}
