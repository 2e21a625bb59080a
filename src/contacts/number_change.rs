//! People who change their number: WhatsApp gives them a new LID with it.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::memo;
use super::names::{self, PHONE_NUMBER, phone_number_print};
use super::people::{self, KnownContact, Names};
use crate::account::AccountRef;
use crate::db::schema::contacts;
use crate::event::{NumberChange, Person};
use crate::work::Work;

/// Gives the row of a person their new number and LID, so that everything that is kept of them goes on meeting them. A row
/// that was made since under the new number becomes an alias of it. Nothing happens for somebody who is not known: a number
/// that belongs to a row with another LID has changed hands already.
///
/// # Errors
/// The database's.
pub async fn follow_number_change(
    work: &mut Work,
    account: AccountRef,
    change: &NumberChange,
) -> QueryResult<()> {
    let former = people::find(work, account, &change.from).await?;
    if !former.iter().any(|known| is_same(&change.from, known)) {
        return Ok(());
    }
    let id = people::resolve(work, account, &change.from, Names::default()).await?;
    let Some(known) = people::load(work, id).await? else {
        return Ok(());
    };
    for other in people::find_own(work, account, &change.to).await? {
        if other.id == id {
            continue;
        }
        // Where the new LID is not told, a row with one may be of the person who had the number before: it loses the
        // number and stays theirs.
        if change.to.lid.is_none() && other.lid.is_some() {
            people::take_number(work, vec![other.id]).await?;
        } else {
            people::unite(work, account, &known, &other).await?;
        }
    }
    memo::forget(work);
    // The former LID names them no more. Where no new one is known, their next message says it.
    let number = change.to.phone_number.as_deref();
    diesel::update(contacts::table.find(id))
        .set((
            contacts::lid.eq(&change.to.lid),
            contacts::sealed_phone_number
                .eq(number.map(|digits| names::seal(&work.key, PHONE_NUMBER, id, digits))),
            contacts::phone_number_print.eq(number.map(|digits| phone_number_print(&work.key, digits))),
        ))
        .execute(work)
        .await
        .map(drop)
}

/// True when the row may be of the person: a row with another LID is somebody else's.
fn is_same(person: &Person, known: &KnownContact) -> bool {
    person.lid.is_none() || known.lid.is_none() || known.lid == person.lid
}
