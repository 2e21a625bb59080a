//! The names that the texts of notifications are made of, looked up for many of them at once.

use std::collections::HashMap;
use std::hash::Hash;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::super::model::StoredNotice;
use crate::contacts::ChatKind;
use crate::db::schema::{accounts, chats, contacts};
use crate::features;
use crate::features::schema::ContactRow;
use crate::id::{AccountId, ChatId, ContactId};
use crate::notices::{Deed, TemplateData};

/// The names and details that the texts of `bare` are made of, in their order.
pub(in crate::features::notifications) async fn template_data(
    conn: &mut AsyncPgConnection,
    bare: &[StoredNotice],
) -> QueryResult<Vec<TemplateData>> {
    let deeds = deeds(conn, bare).await?;
    let deed_of = |one: &StoredNotice| one.subject.and_then(|subject| deeds.get(&subject));
    let contact_of = |one: &StoredNotice| deed_of(one).map(|deed| deed.contact).or_else(|| one.contact());
    let accounts = accounts_of(conn, distinct(bare.iter().filter_map(|one| one.account))).await?;
    let people = people(conn, distinct(bare.iter().filter_map(contact_of))).await?;
    let groups = groups(conn, distinct(deeds.values().map(|deed| deed.chat))).await?;
    let data = bare.iter().map(|one| TemplateData {
        account: one.account.and_then(|id| accounts.get(&id).cloned()),
        contact: contact_of(one).and_then(|id| people.get(&id).cloned()),
        group: deed_of(one).and_then(|deed| groups.get(&deed.chat).cloned()),
        details: one.details.clone(),
    });
    Ok(data.collect())
}

/// The deeds that the notifications are about, by the row that each is about.
async fn deeds(conn: &mut AsyncPgConnection, bare: &[StoredNotice]) -> QueryResult<HashMap<Uuid, Deed>> {
    let mut deeds = HashMap::new();
    for kind in distinct(bare.iter().map(|one| one.kind)) {
        let of_kind = bare.iter().filter(|one| one.kind == kind);
        let subjects: Vec<Uuid> = of_kind.filter_map(|one| one.subject).collect();
        if subjects.is_empty() {
            continue;
        }
        let found = features::notice_type(kind).deeds(conn, &subjects).await?;
        deeds.extend(found.into_iter().map(|deed| (deed.subject, deed)));
    }
    Ok(deeds)
}

/// An account, its label, its owner's name for themselves, and its number.
type AccountNames = (AccountId, Option<String>, Option<String>, Option<String>);

async fn accounts_of(
    conn: &mut AsyncPgConnection,
    ids: Vec<AccountId>,
) -> QueryResult<HashMap<AccountId, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<AccountNames> = accounts::table
        .filter(accounts::id.eq_any(ids))
        .select((
            accounts::id,
            accounts::label,
            accounts::push_name,
            accounts::phone_number,
        ))
        .load(conn)
        .await?;
    let named = rows.into_iter().filter_map(|(id, label, push_name, number)| {
        let number = number.map(|digits| format!("+{digits}"));
        Some((id, label.or(push_name).or(number)?))
    });
    Ok(named.collect())
}

/// The best name of each person, also of those who were found to be somebody else.
async fn people(
    conn: &mut AsyncPgConnection,
    ids: Vec<ContactId>,
) -> QueryResult<HashMap<ContactId, String>> {
    let rows = contact_rows(conn, &ids).await?;
    let moved = distinct(rows.iter().filter_map(|row| row.same_as));
    let targets = contact_rows(conn, &moved).await?;
    let named = rows.into_iter().map(|row| {
        let target = row
            .same_as
            .and_then(|id| targets.iter().find(|target| target.id == id));
        (row.id, target.unwrap_or(&row).display_name())
    });
    Ok(named.filter(|(_, name)| !name.is_empty()).collect())
}

async fn contact_rows(conn: &mut AsyncPgConnection, ids: &[ContactId]) -> QueryResult<Vec<ContactRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    contacts::table
        .filter(contacts::id.eq_any(ids))
        .select(ContactRow::as_select())
        .load(conn)
        .await
}

async fn groups(conn: &mut AsyncPgConnection, ids: Vec<ChatId>) -> QueryResult<HashMap<ChatId, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(ChatId, Option<String>)> = chats::table
        .filter(chats::id.eq_any(ids))
        .filter(chats::kind.eq(ChatKind::Group))
        .select((chats::id, chats::name))
        .load(conn)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, name)| Some((id, name?)))
        .collect())
}

fn distinct<T: Ord + Copy + Hash>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = all.collect();
    all.sort_unstable();
    all.dedup();
    all
}
