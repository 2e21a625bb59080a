//! The names that the texts of notifications are made of, looked up for many of them at once.

use std::collections::HashMap;
use std::hash::Hash;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::super::model::StoredNotice;
use crate::account::SealedAccountNames;
use crate::contacts::ChatKind;
use crate::db::schema::accounts;
use crate::features;
use crate::features::schema::{load_chats, load_contacts};
use crate::id::{AccountId, ChatId, ContactId};
use crate::notices::{Deed, TemplateData};
use crate::work::{Work, unreadable};

/// The names and details that the texts of `bare` are made of, in their order.
pub(in crate::features::notifications) async fn template_data(
    work: &mut Work,
    bare: &[StoredNotice],
) -> QueryResult<Vec<TemplateData>> {
    let deeds = deeds(work, bare).await?;
    let deed_of = |one: &StoredNotice| one.subject.and_then(|subject| deeds.get(&subject));
    let contact_of = |one: &StoredNotice| deed_of(one).map(|deed| deed.contact).or_else(|| one.contact());
    let accounts = accounts_of(work, distinct(bare.iter().filter_map(|one| one.account))).await?;
    let people = people(work, distinct(bare.iter().filter_map(contact_of))).await?;
    let groups = groups(work, distinct(deeds.values().map(|deed| deed.chat))).await?;
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

async fn accounts_of(work: &mut Work, ids: Vec<AccountId>) -> QueryResult<HashMap<AccountId, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(AccountId, SealedAccountNames)> = accounts::table
        .filter(accounts::id.eq_any(ids))
        .select((accounts::id, SealedAccountNames::as_select()))
        .load(work)
        .await?;
    let mut named = HashMap::with_capacity(rows.len());
    for (id, sealed) in rows {
        let names = sealed.open(&work.key).map_err(unreadable)?;
        let number = names.phone_number.map(|digits| format!("+{digits}"));
        if let Some(name) = names.label.or(names.push_name).or(number) {
            named.insert(id, name);
        }
    }
    Ok(named)
}

/// The best name of each person; of a row that is an alias, the name of the person that it stands for.
async fn people(work: &mut Work, ids: Vec<ContactId>) -> QueryResult<HashMap<ContactId, String>> {
    let rows = load_contacts(work, &ids).await?;
    let moved = distinct(rows.iter().filter_map(|row| row.same_as));
    let targets = load_contacts(work, &moved).await?;
    let named = rows.into_iter().map(|row| {
        let target = row
            .same_as
            .and_then(|id| targets.iter().find(|target| target.id == id));
        (row.id, target.unwrap_or(&row).display_name())
    });
    Ok(named.filter(|(_, name)| !name.is_empty()).collect())
}

async fn groups(work: &mut Work, ids: Vec<ChatId>) -> QueryResult<HashMap<ChatId, String>> {
    let rows = load_chats(work, &ids).await?;
    Ok(rows
        .into_iter()
        .filter(|row| row.kind == ChatKind::Group)
        .filter_map(|row| Some((row.id, row.name?)))
        .collect())
}

fn distinct<T: Ord + Copy + Hash>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = all.collect();
    all.sort_unstable();
    all.dedup();
    all
}
