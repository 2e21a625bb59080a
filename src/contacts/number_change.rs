//! People who change their number: WhatsApp gives them a new LID with it.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::names::{self, PHONE_NUMBER, phone_number_print};
use super::people::{self, Names};
use crate::account::AccountRef;
use crate::db::schema::contacts;
use crate::event::NumberChange;
use crate::work::Work;

/// Gives the row of a person their new number and LID, so that everything that is kept of them goes on meeting them. A row
/// that was made since under the new number becomes an alias of it. Nothing happens for somebody who is not known.
///
/// # Errors
/// The database's.
pub async fn follow_number_change(
    work: &mut Work,
    account: AccountRef,
    change: &NumberChange,
) -> QueryResult<()> {
    if people::find(work, account, &change.from).await?.is_empty() {
        return Ok(());
    }
    let id = people::resolve(work, account, &change.from, Names::default()).await?;
    let Some(known) = people::load(work, id).await? else {
        return Ok(());
    };
    let mut lid = change.to.lid.clone();
    for other in people::find_own(work, account, &change.to).await? {
        if other.id != id {
            people::unite(work, account, &known, &other).await?;
            lid = lid.or(other.lid);
        }
    }
    // The former LID names them no more. Where no new one is known, their next message says it.
    let number = change.to.phone_number.as_deref();
    diesel::update(contacts::table.find(id))
        .set((
            contacts::lid.eq(&lid),
            contacts::sealed_phone_number
                .eq(number.map(|digits| names::seal(&work.key, PHONE_NUMBER, id, digits))),
            contacts::phone_number_print.eq(number.map(|digits| phone_number_print(&work.key, digits))),
        ))
        .execute(work)
        .await
        .map(drop)
}
