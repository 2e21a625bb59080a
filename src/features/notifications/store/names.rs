//! The names that notifications' words are made of, looked up for many of them at once.

use std::collections::HashMap;
use std::hash::Hash;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::super::facts::Facts;
use super::super::model::Bare;
use crate::contacts::ChatKind;
use crate::db::schema::{accounts, chats, contacts, deleted_messages, edited_messages, view_once_messages};
use crate::features::schema::ContactRow;
use crate::id::{AccountId, ChatId, ContactId};
use crate::notices::NoticeKind;

/// Who did what a notification tells of, and where.
#[derive(Debug, Clone, Copy)]
struct Deed {
    person: ContactId,
    chat: Option<ChatId>,
}

/// What each of `bare` is made of, in their order.
pub(in super::super) async fn facts(conn: &mut AsyncPgConnection, bare: &[Bare]) -> QueryResult<Vec<Facts>> {
    let deeds = deeds(conn, bare).await?;
    let accounts = accounts_of(conn, distinct(bare.iter().filter_map(|one| one.account))).await?;
    let people = people(conn, distinct(deeds.values().map(|deed| deed.person))).await?;
    let groups = groups(conn, distinct(deeds.values().filter_map(|deed| deed.chat))).await?;
    let facts = bare.iter().map(|one| {
        let deed = deeds.get(&Uuid::from(one.id));
        Facts {
            account: one.account.and_then(|id| accounts.get(&id).cloned()),
            person: deed.and_then(|deed| people.get(&deed.person).cloned()),
            group: deed
                .and_then(|deed| deed.chat)
                .and_then(|chat| groups.get(&chat).cloned()),
            details: one.details.clone(),
        }
    });
    Ok(facts.collect())
}

/// The deeds of the notifications that tell of one, by the notification.
async fn deeds(conn: &mut AsyncPgConnection, bare: &[Bare]) -> QueryResult<HashMap<Uuid, Deed>> {
    let subjects = |kind: NoticeKind| -> Vec<Uuid> {
        let of_kind = bare.iter().filter(|one| one.kind == kind);
        of_kind.filter_map(|one| one.subject).collect()
    };
    let mut by_row: HashMap<Uuid, Deed> = HashMap::new();
    let captured = subjects(NoticeKind::ViewOnceCaptured);
    if !captured.is_empty() {
        let rows: Vec<(Uuid, ContactId, ChatId)> = view_once_messages::table
            .filter(view_once_messages::id.eq_any(captured))
            .select((
                view_once_messages::id,
                view_once_messages::sender_id,
                view_once_messages::chat_id,
            ))
            .load(conn)
            .await?;
        by_row.extend(rows.into_iter().map(deed_of_row));
    }
    let deleted = subjects(NoticeKind::MessageDeleted);
    if !deleted.is_empty() {
        let rows: Vec<(Uuid, ContactId, ChatId)> = deleted_messages::table
            .filter(deleted_messages::id.eq_any(deleted))
            .select((
                deleted_messages::id,
                deleted_messages::deleted_by_id,
                deleted_messages::chat_id,
            ))
            .load(conn)
            .await?;
        by_row.extend(rows.into_iter().map(deed_of_row));
    }
    let edited = subjects(NoticeKind::MessageEdited);
    if !edited.is_empty() {
        let rows: Vec<(Uuid, ContactId, ChatId)> = edited_messages::table
            .filter(edited_messages::id.eq_any(edited))
            .select((
                edited_messages::id,
                edited_messages::sender_id,
                edited_messages::chat_id,
            ))
            .load(conn)
            .await?;
        by_row.extend(rows.into_iter().map(deed_of_row));
    }
    let deed = |one: &Bare| {
        let of_row = one.subject.and_then(|row| by_row.get(&row).copied());
        let of_contact = || one.contact().map(|person| Deed { person, chat: None });
        Some((one.id.into(), of_row.or_else(of_contact)?))
    };
    Ok(bare.iter().filter_map(deed).collect())
}

fn deed_of_row((row, person, chat): (Uuid, ContactId, ChatId)) -> (Uuid, Deed) {
    let chat = Some(chat);
    (row, Deed { person, chat })
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
        .filter(chats::kind.eq(ChatKind::Group.as_str()))
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
