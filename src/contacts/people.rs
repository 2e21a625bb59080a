use std::collections::HashSet;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::names::{
    self, NAME, PHONE_NUMBER, PUSH_NAME, PersonNames, SealedNames, VERIFIED_NAME, phone_number_print,
};
use super::{chats, memo, mutes};
use crate::account::AccountRef;
use crate::db::KeepPrepared as _;
use crate::db::schema::contacts;
use crate::event::{Muted, Person};
use crate::id::ContactId;
use crate::work::{Work, unreadable};

/// The names of a person that an event carries; absent ones stay as they are.
#[derive(Debug, Clone, Copy, Default)]
pub struct Names<'a> {
    /// In the owner's address book.
    pub name: Option<&'a str>,
    /// Chosen by the person.
    pub push_name: Option<&'a str>,
    /// Of a business, verified by WhatsApp.
    pub verified_name: Option<&'a str>,
    /// True for the account's owner.
    pub is_self: bool,
}

/// A person's row.
#[derive(Queryable, Selectable)]
#[diesel(table_name = contacts)]
struct SealedContact {
    id: ContactId,
    lid: Option<String>,
    is_self: bool,
    #[diesel(embed)]
    names: SealedNames,
}

/// A person's row with its names.
#[derive(Clone)]
pub(super) struct KnownContact {
    pub(super) id: ContactId,
    pub(super) lid: Option<String>,
    is_self: bool,
    names: PersonNames,
}

/// Finds or creates the row of `person`, and completes it with the given identifiers and names.
///
/// # Errors
/// The database's.
pub async fn resolve(
    work: &mut Work,
    account: AccountRef,
    person: &Person,
    names: Names<'_>,
) -> QueryResult<ContactId> {
    let mut known = find_own(work, account, person).await?;
    if known.is_empty() {
        insert(work, account, person).await?;
        known = find_own(work, account, person).await?;
    }
    // One row by LID and one by phone number: the first, ordered by LID, takes over.
    if let [by_lid, by_phone, ..] = &known[..] {
        unite(work, account, by_lid, by_phone).await?;
        known = find_own(work, account, person).await?;
    }
    let [row, ..] = &known[..] else {
        return Err(diesel::result::Error::NotFound);
    };
    complete(work, row, person).await?;
    rename(work, row, names).await?;
    Ok(row.id)
}

/// The names of a person, if they have a row.
pub(super) async fn find_names(
    work: &mut Work,
    account: AccountRef,
    person: &Person,
) -> QueryResult<Option<PersonNames>> {
    let known = find(work, account, person).await?;
    Ok(known.into_iter().next().map(|known| known.names))
}

/// The rows of a person. A row with another LID is another person's, even with the same phone number: the number has
/// changed hands, and is removed from that row.
pub(super) async fn find_own(
    work: &mut Work,
    account: AccountRef,
    person: &Person,
) -> QueryResult<Vec<KnownContact>> {
    let found = find(work, account, person).await?;
    let Some(lid) = &person.lid else {
        return Ok(found);
    };
    let (own, others): (Vec<KnownContact>, Vec<KnownContact>) = found
        .into_iter()
        .partition(|known| known.lid.as_ref().is_none_or(|known| known == lid));
    if !others.is_empty() {
        take_number(work, others.into_iter().map(|other| other.id).collect()).await?;
    }
    Ok(own)
}

/// Removes the number from rows of people with a LID: it is somebody else's now.
pub(super) async fn take_number(work: &mut Work, rows: Vec<ContactId>) -> QueryResult<()> {
    memo::forget(work);
    diesel::update(contacts::table.filter(contacts::id.eq_any(rows)))
        .set((
            contacts::sealed_phone_number.eq(None::<Vec<u8>>),
            contacts::phone_number_print.eq(None::<i64>),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// The rows that have the LID or the number of a person, one with a LID first.
pub(super) async fn find(
    work: &mut Work,
    account: AccountRef,
    person: &Person,
) -> QueryResult<Vec<KnownContact>> {
    let key = (account.id, person.clone());
    if let Some(known) = memo::people(work).get(&key) {
        return Ok(known.clone());
    }
    let print = print_of(work, person);
    let rows: Vec<SealedContact> = contacts::table
        .filter(contacts::account_id.eq(account.id))
        .filter(
            contacts::lid
                .is_not_null()
                .and(contacts::lid.eq(&person.lid))
                .or(contacts::phone_number_print
                    .is_not_null()
                    .and(contacts::phone_number_print.eq(print))),
        )
        .order(contacts::lid.asc().nulls_last())
        .select(SealedContact::as_select())
        .load(work)
        .await?;
    let rows: Vec<KnownContact> = rows
        .into_iter()
        .map(|row| open(work, row))
        .collect::<QueryResult<_>>()?;
    memo::people(work).insert(key, rows.clone());
    Ok(rows)
}

/// Reads the rows of many people at once, for [`resolve`] to find in the unit of work.
///
/// # Errors
/// The database's.
pub async fn read_ahead(work: &mut Work, account: AccountRef, people: &[&Person]) -> QueryResult<()> {
    let people: HashSet<&Person> = people.iter().copied().collect();
    if people.len() < 2 {
        return Ok(());
    }
    let lids: Vec<&str> = people.iter().filter_map(|person| person.lid.as_deref()).collect();
    let prints: Vec<i64> = people
        .iter()
        .filter_map(|person| print_of(work, person))
        .collect();
    let rows: Vec<(Option<i64>, SealedContact)> = contacts::table
        .filter(contacts::account_id.eq(account.id))
        .filter(
            contacts::lid
                .eq_any(lids)
                .or(contacts::phone_number_print.eq_any(prints)),
        )
        .order(contacts::lid.asc().nulls_last())
        .select((contacts::phone_number_print, SealedContact::as_select()))
        .load(work)
        .await?;
    let mut known = Vec::with_capacity(rows.len());
    for (print, row) in rows {
        known.push((print, open(work, row)?));
    }
    for person in people {
        let print = print_of(work, person);
        let own = known.iter().filter(|(known_print, known)| {
            (known.lid.is_some() && known.lid == person.lid) || (print.is_some() && *known_print == print)
        });
        let own: Vec<KnownContact> = own.map(|(_, known)| known.clone()).collect();
        memo::people(work).insert((account.id, person.clone()), own);
    }
    Ok(())
}

/// The row of a person.
pub(super) async fn load(work: &mut Work, id: ContactId) -> QueryResult<Option<KnownContact>> {
    let row: Option<SealedContact> = contacts::table
        .find(id)
        .select(SealedContact::as_select())
        .first(work)
        .await
        .optional()?;
    row.map(|row| open(work, row)).transpose()
}

fn open(work: &Work, row: SealedContact) -> QueryResult<KnownContact> {
    Ok(KnownContact {
        names: row.names.open(&work.key).map_err(unreadable)?,
        id: row.id,
        lid: row.lid,
        is_self: row.is_self,
    })
}

fn print_of(work: &Work, person: &Person) -> Option<i64> {
    let digits = person.phone_number.as_deref();
    digits.map(|digits| phone_number_print(&work.key, digits))
}

async fn insert(work: &mut Work, account: AccountRef, person: &Person) -> QueryResult<()> {
    memo::forget(work);
    let id: ContactId = work.ids.next();
    let number = person.phone_number.as_deref();
    diesel::insert_into(contacts::table)
        .values((
            contacts::id.eq(id),
            contacts::user_id.eq(account.user),
            contacts::account_id.eq(account.id),
            contacts::lid.eq(&person.lid),
            contacts::sealed_phone_number
                .eq(number.map(|digits| names::seal(&work.key, PHONE_NUMBER, id, digits))),
            contacts::phone_number_print.eq(print_of(work, person)),
            contacts::created_at.eq(work.now),
        ))
        // Another transaction of this account may have met them first.
        .on_conflict_do_nothing()
        .execute(work)
        .await
        .map(drop)
}

/// Adds the identifiers that the row lacks: a LID never changes, a phone number may.
async fn complete(work: &mut Work, known: &KnownContact, person: &Person) -> QueryResult<()> {
    if known.lid.is_none() && person.lid.is_some() {
        memo::forget(work);
        diesel::update(contacts::table.find(known.id))
            .set(contacts::lid.eq(&person.lid))
            .keep_prepared()
            .execute(work)
            .await?;
    }
    if let Some(digits) = &person.phone_number
        && known.names.phone_number.as_ref() != Some(digits)
    {
        memo::forget(work);
        let sealed = names::seal(&work.key, PHONE_NUMBER, known.id, digits);
        diesel::update(contacts::table.find(known.id))
            .set((
                contacts::sealed_phone_number.eq(sealed),
                contacts::phone_number_print.eq(phone_number_print(&work.key, digits)),
            ))
            .keep_prepared()
            .execute(work)
            .await?;
    }
    Ok(())
}

/// Merges `other` into `kept`, another row of the same person: names, mutes and chat move, and `other` becomes an
/// alias.
pub(super) async fn unite(
    work: &mut Work,
    account: AccountRef,
    kept: &KnownContact,
    other: &KnownContact,
) -> QueryResult<()> {
    let (is_muted, is_status_muted): (bool, bool) = contacts::table
        .find(other.id)
        .select((contacts::is_muted, contacts::is_status_muted))
        .first(work)
        .await?;
    diesel::update(contacts::table.find(other.id))
        .set((
            contacts::lid.eq(None::<String>),
            contacts::sealed_phone_number.eq(None::<Vec<u8>>),
            contacts::phone_number_print.eq(None::<i64>),
            contacts::same_as.eq(Some(kept.id)),
        ))
        .keep_prepared()
        .execute(work)
        .await?;
    diesel::update(contacts::table.filter(contacts::same_as.eq(other.id)))
        .set(contacts::same_as.eq(Some(kept.id)))
        .keep_prepared()
        .execute(work)
        .await?;
    // Muted by either name is muted.
    for (what, is_muted) in [(Muted::Chat, is_muted), (Muted::Statuses, is_status_muted)] {
        if is_muted {
            mutes::set_muted(work, kept.id, what, true).await?;
        }
    }
    chats::unite(work, account, kept.id, other.id).await?;
    // Chats and messages have moved as well.
    work.forget_memo();
    let names = Names {
        name: other.names.name.as_deref(),
        push_name: other.names.push_name.as_deref(),
        verified_name: other.names.verified_name.as_deref(),
        is_self: other.is_self,
    };
    rename(work, kept, names).await
}

/// Writes those of the names that are new.
async fn rename(work: &mut Work, known: &KnownContact, new: Names<'_>) -> QueryResult<()> {
    let row = || contacts::table.find(known.id);
    if let Some(name) = new.name
        && known.names.name.as_deref() != Some(name)
    {
        memo::forget(work);
        let sealed = names::seal(&work.key, NAME, known.id, name);
        diesel::update(row())
            .set(contacts::sealed_name.eq(sealed))
            .keep_prepared()
            .execute(work)
            .await?;
    }
    if let Some(name) = new.push_name
        && known.names.push_name.as_deref() != Some(name)
    {
        memo::forget(work);
        let sealed = names::seal(&work.key, PUSH_NAME, known.id, name);
        diesel::update(row())
            .set(contacts::sealed_push_name.eq(sealed))
            .keep_prepared()
            .execute(work)
            .await?;
    }
    if let Some(name) = new.verified_name
        && known.names.verified_name.as_deref() != Some(name)
    {
        memo::forget(work);
        let sealed = names::seal(&work.key, VERIFIED_NAME, known.id, name);
        diesel::update(row())
            .set(contacts::sealed_verified_name.eq(sealed))
            .keep_prepared()
            .execute(work)
            .await?;
    }
    if new.is_self && !known.is_self {
        memo::forget(work);
        diesel::update(row())
            .set(contacts::is_self.eq(true))
            .keep_prepared()
            .execute(work)
            .await?;
    }
    Ok(())
}
