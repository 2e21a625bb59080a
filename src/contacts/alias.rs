use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Uuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::memo;
use crate::db::schema::contacts;
use crate::id::{AccountId, ContactId};
use crate::work::Work;

diesel::define_sql_function! {
    /// The first, or the second where that is null.
    fn coalesce(first: Nullable<Uuid>, second: Uuid) -> Uuid;
}

/// All rows of the people named by `ids`: those rows and their aliases.
///
/// # Errors
/// The database's.
pub async fn rows_of(conn: &mut AsyncPgConnection, ids: &[ContactId]) -> QueryResult<Vec<ContactId>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let named = diesel::alias!(contacts as named);
    let people = || {
        let person = coalesce(named.field(contacts::same_as), named.field(contacts::id));
        named.filter(named.field(contacts::id).eq_any(ids)).select(person)
    };
    // With an OR, PostgreSQL reads the whole table; each of these goes by its index.
    let own = contacts::table.filter(contacts::id.eq_any(people()));
    let former = contacts::table.filter(contacts::same_as.eq_any(people().nullable()));
    own.select(contacts::id)
        .union(former.select(contacts::id))
        .load(conn)
        .await
}

/// As [`rows_of`], of the sender of a message; read once in a unit of work, until a contact changes in it.
///
/// # Errors
/// The database's.
pub async fn rows_of_sender(work: &mut Work, sender: ContactId) -> QueryResult<Vec<ContactId>> {
    if let Some(known) = memo::rows(work).get(&sender) {
        return Ok(known.clone());
    }
    let rows = rows_of(work, &[sender]).await?;
    memo::rows(work).insert(sender, rows.clone());
    Ok(rows)
}

/// The current row of the person behind each of `ids`: an alias maps to the row it points to.
///
/// # Errors
/// The database's.
pub async fn persons(
    conn: &mut AsyncPgConnection,
    ids: &[ContactId],
) -> QueryResult<HashMap<ContactId, ContactId>> {
    let found: Vec<(ContactId, Option<ContactId>)> = contacts::table
        .filter(contacts::id.eq_any(ids))
        .select((contacts::id, contacts::same_as))
        .load(conn)
        .await?;
    let person = |(id, same_as): (ContactId, Option<ContactId>)| (id, same_as.unwrap_or(id));
    Ok(found.into_iter().map(person).collect())
}

/// Those of `ids` that are contacts of the account.
///
/// # Errors
/// The database's.
pub async fn known_among(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    ids: &[ContactId],
) -> QueryResult<BTreeSet<ContactId>> {
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    let known: Vec<ContactId> = contacts::table
        .filter(contacts::account_id.eq(account).and(contacts::id.eq_any(ids)))
        .select(contacts::id)
        .load(conn)
        .await?;
    Ok(known.into_iter().collect())
}
