use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::contacts;
use crate::id::ContactId;

/// Every row of the people that `ids` name: the rows themselves, and those that turned out to be the same person.
///
/// # Errors
/// The database's.
pub async fn rows_of(conn: &mut AsyncPgConnection, ids: &[ContactId]) -> QueryResult<Vec<ContactId>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let named: Vec<(ContactId, Option<ContactId>)> = contacts::table
        .filter(contacts::id.eq_any(ids))
        .select((contacts::id, contacts::same_as))
        .load(conn)
        .await?;
    let people: Vec<ContactId> = named.iter().map(|(id, same_as)| same_as.unwrap_or(*id)).collect();
    contacts::table
        .filter(
            contacts::id
                .eq_any(&people)
                .or(contacts::same_as.eq_any(people.iter().copied().map(Some))),
        )
        .select(contacts::id)
        .load(conn)
        .await
}
