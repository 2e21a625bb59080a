use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::SealedNames;
use crate::db::schema::contacts;
use crate::event::Person;
use crate::id::AccountId;
use crate::work::{Work, unreadable};

/// The owner of an account, as the account knows them; none before it was linked.
///
/// # Errors
/// The database's; among them a row that does not open.
pub async fn find_owner(work: &mut Work, account: AccountId) -> QueryResult<Option<Person>> {
    let own: Option<(Option<String>, SealedNames)> = contacts::table
        .filter(contacts::account_id.eq(account).and(contacts::is_self.eq(true)))
        .filter(contacts::same_as.is_null())
        .order((contacts::created_at, contacts::id))
        .select((contacts::lid, SealedNames::as_select()))
        .first(work)
        .await
        .optional()?;
    own.map(|(lid, sealed)| {
        let phone_number = sealed.open(&work.key).map_err(unreadable)?.phone_number;
        Ok(Person { lid, phone_number })
    })
    .transpose()
}
