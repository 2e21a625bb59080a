//! The contacts and accounts that scheduled statuses look up.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::contacts::{self, SealedNames};
use crate::db::schema::{accounts, contacts as people};
use crate::event::Person;
use crate::features::scheduled_statuses::audience::{Audience, ReachableContact};
use crate::features::scheduled_statuses::obstacle::Obstacle;
use crate::id::{AccountId, ContactId};
use crate::work::{Work, unreadable};

/// The people who would see a status of the account now, by name.
pub(in crate::features::scheduled_statuses) async fn resolve(
    work: &mut Work,
    account: AccountId,
    audience: &Audience,
) -> QueryResult<Vec<ReachableContact>> {
    let listed = contacts::rows_of(work, &audience.contacts).await?;
    let known = list_reachable(work, account).await?;
    Ok(audience.choose(known, &listed))
}

/// Every person whom the account can reach, each once, by the name in the address book; those without one last.
async fn list_reachable(work: &mut Work, account: AccountId) -> QueryResult<Vec<ReachableContact>> {
    let rows: Vec<(ContactId, Option<String>, SealedNames)> = people::table
        .filter(people::account_id.eq(account))
        .filter(people::same_as.is_null().and(people::is_self.eq(false)))
        .filter(
            people::lid
                .is_not_null()
                .or(people::phone_number_print.is_not_null()),
        )
        .select((people::id, people::lid, SealedNames::as_select()))
        .load(work)
        .await?;
    let mut known = Vec::with_capacity(rows.len());
    for (contact, lid, sealed) in rows {
        let names = sealed.open(&work.key).map_err(unreadable)?;
        let reachable = ReachableContact {
            contact,
            person: Person {
                lid,
                phone_number: names.phone_number,
            },
            is_in_address_book: names.name.is_some(),
        };
        known.push((names.name, reachable));
    }
    known.sort_by(|(one, left), (other, right)| {
        let by_name = (one.is_none(), one).cmp(&(other.is_none(), other));
        by_name.then(left.contact.cmp(&right.contact))
    });
    Ok(known.into_iter().map(|(_, reachable)| reachable).collect())
}

/// Those of `ids` that are contacts of the account.
pub(in crate::features::scheduled_statuses) async fn known(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    ids: &[ContactId],
) -> QueryResult<HashSet<ContactId>> {
    let known: Vec<ContactId> = people::table
        .filter(people::account_id.eq(account).and(people::id.eq_any(ids)))
        .select(people::id)
        .load(conn)
        .await?;
    Ok(known.into_iter().collect())
}

/// The obstacles of those of `accounts` that cannot publish.
pub(in crate::features::scheduled_statuses) async fn obstacles(
    conn: &mut AsyncPgConnection,
    ids: &[AccountId],
) -> QueryResult<HashMap<AccountId, Obstacle>> {
    let states: Vec<(AccountId, String)> = accounts::table
        .filter(accounts::id.eq_any(ids))
        .select((accounts::id, accounts::state))
        .load(conn)
        .await?;
    let obstacle = |(id, state): (AccountId, String)| Some((id, Obstacle::parse(&state)?));
    Ok(states.into_iter().filter_map(obstacle).collect())
}

/// The obstacle of one account; none when it can publish.
pub(in crate::features::scheduled_statuses) async fn obstacle(
    conn: &mut AsyncPgConnection,
    account: AccountId,
) -> QueryResult<Option<Obstacle>> {
    Ok(obstacles(conn, &[account]).await?.remove(&account))
}
