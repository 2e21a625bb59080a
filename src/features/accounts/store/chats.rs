use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::name_search::{BATCH, NameSearch};
use crate::contacts::{ChatKind, PersonNames};
use crate::db::schema::chats;
use crate::features::schema::{ChatRow, SealedChatRow, load_contacts};
use crate::graphql::{Page, count_rows, oldest_first};
use crate::id::{AccountId, ContactId};
use crate::work::{Work, unreadable};

/// The chats that a list is to show.
#[derive(Debug)]
pub(in crate::features::accounts) struct ChatFilter {
    search: Option<NameSearch>,
    kinds: Vec<ChatKind>,
    is_counted: bool,
}

impl ChatFilter {
    /// A blank `search` finds every chat; no `kinds` are all. Chats are counted if `is_counted`, the results of a search
    /// never are.
    pub(in crate::features::accounts) fn new(
        search: Option<&str>,
        kinds: Option<Vec<ChatKind>>,
        is_counted: bool,
    ) -> Self {
        Self {
            search: search.and_then(NameSearch::new),
            kinds: kinds.unwrap_or_else(|| ChatKind::ALL.to_vec()),
            is_counted,
        }
    }
}

/// A page of the account's chats, and their number where it is wanted. Names are sealed, so a search opens the rows one
/// batch after the other until the page is full.
pub(in crate::features::accounts) async fn list_chats(
    work: &mut Work,
    id: AccountId,
    page: Page,
    filter: &ChatFilter,
) -> QueryResult<(Vec<ChatRow>, Option<i64>)> {
    if let Some(search) = &filter.search {
        return Ok((find(work, id, page, filter, search).await?, None));
    }
    let rows = load(work, id, page, filter).await?;
    let total = if filter.is_counted {
        let of_account = chats::table.filter(chats::account_id.eq(id));
        Some(count_rows!(
            work,
            of_account.filter(chats::kind.eq_any(&filter.kinds))
        )?)
    } else {
        None
    };
    Ok((rows, total))
}

async fn find(
    work: &mut Work,
    id: AccountId,
    page: Page,
    filter: &ChatFilter,
    search: &NameSearch,
) -> QueryResult<Vec<ChatRow>> {
    let wanted = usize::try_from(page.limit()).unwrap_or(usize::MAX);
    let mut batch = Page { size: BATCH, ..page };
    let mut found = Vec::new();
    loop {
        let rows = load(work, id, batch, filter).await?;
        let is_last = i64::try_from(rows.len()).is_ok_and(|count| count < batch.limit());
        batch.from = rows.last().map(ChatRow::place);
        let ids: Vec<ContactId> = rows.iter().filter_map(|row| row.contact_id).collect();
        let people = load_contacts(work, &ids).await?;
        let names: HashMap<ContactId, PersonNames> = people
            .into_iter()
            .map(|person| (person.id, person.names))
            .collect();
        let is_found = |row: &ChatRow| {
            let person = row.contact_id.and_then(|id| names.get(&id));
            let name = row.name.as_deref();
            name.is_some_and(|name| search.finds_name(name))
                || person.is_some_and(|names| search.finds_person(names))
        };
        found.extend(rows.into_iter().filter(is_found));
        if is_last || found.len() >= wanted {
            found.truncate(wanted);
            return Ok(found);
        }
    }
}

async fn load(work: &mut Work, id: AccountId, page: Page, filter: &ChatFilter) -> QueryResult<Vec<ChatRow>> {
    let rows: Vec<SealedChatRow> = oldest_first!(
        chats::table
            .filter(chats::account_id.eq(id))
            .filter(chats::kind.eq_any(&filter.kinds))
            .select(SealedChatRow::as_select()),
        page,
        chats::created_at,
        chats::id
    )
    .load(work)
    .await?;
    let open = |row: SealedChatRow| row.open(&work.key).map_err(unreadable);
    rows.into_iter().map(open).collect()
}
