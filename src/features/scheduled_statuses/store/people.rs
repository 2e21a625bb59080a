//! The contacts and accounts that scheduled statuses look up.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::contacts;
use crate::db::schema::{accounts, contacts as people};
use crate::event::Person;
use crate::features::scheduled_statuses::audience::{Audience, ReachableContact};
use crate::id::{AccountId, ContactId, UserId};

/// The people who would see a status of the account now, by name.
pub(in crate::features::scheduled_statuses) async fn resolve(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    audience: &Audience,
) -> QueryResult<Vec<ReachableContact>> {
    let listed = contacts::rows_of(conn, &audience.contacts).await?;
    let known = list_reachable(conn, account).await?;
    Ok(audience.choose(known, &listed))
}

/// Every person whom the account can reach, each once.
async fn list_reachable(
    conn: &mut AsyncPgConnection,
    account: AccountId,
) -> QueryResult<Vec<ReachableContact>> {
    type PersonRow = (ContactId, Option<String>, Option<String>, bool);
    let rows: Vec<PersonRow> = people::table
        .filter(people::account_id.eq(account))
        .filter(people::same_as.is_null().and(people::is_self.eq(false)))
        .filter(people::lid.is_not_null().or(people::phone_number.is_not_null()))
        .order((people::name, people::id))
        .select((
            people::id,
            people::lid,
            people::phone_number,
            people::name.is_not_null(),
        ))
        .load(conn)
        .await?;
    let reachable = |(contact, lid, phone_number, is_in_address_book)| ReachableContact {
        contact,
        person: Person { lid, phone_number },
        is_in_address_book,
    };
    Ok(rows.into_iter().map(reachable).collect())
}

/// Number of `ids` that are contacts of the account.
pub(in crate::features::scheduled_statuses) async fn count_known(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    ids: &[ContactId],
) -> QueryResult<i64> {
    people::table
        .filter(people::account_id.eq(account).and(people::id.eq_any(ids)))
        .count()
        .get_result(conn)
        .await
}

/// The user's accounts, except those that were unlinked by the user.
pub(in crate::features::scheduled_statuses) async fn linked_accounts(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<Vec<AccountId>> {
    accounts::table
        .filter(accounts::user_id.eq(user).and(accounts::state.ne("UNLINKED")))
        .order(accounts::created_at)
        .select(accounts::id)
        .load(conn)
        .await
}
