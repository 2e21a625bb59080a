use async_graphql::Enum;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::name_search::{BATCH, NameSearch};
use crate::db::schema::contacts;
use crate::features::schema::{ContactRow, SealedContactRow, load_contacts};
use crate::graphql::{Page, count_rows, oldest_first};
use crate::id::{AccountId, ContactId};
use crate::work::{Work, unreadable};

/// Order of a list of contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum ContactOrder {
    /// The contact that was first seen first.
    FirstMet,
    /// By `displayName`, without regard to case and accents.
    Name,
}

impl ContactOrder {
    /// The name of the list in this order, which its cursors bear.
    pub const fn list(self) -> &'static str {
        match self {
            Self::FirstMet => "contacts",
            Self::Name => "contactsByName",
        }
    }
}

/// The contacts that a list is to show, and in which order.
#[derive(Debug)]
pub(in crate::features::accounts) struct ContactFilter {
    search: Option<NameSearch>,
    order: ContactOrder,
    is_counted: bool,
}

impl ContactFilter {
    /// A blank `search` finds everybody. Everybody is counted if `is_counted`, the results of a search never are.
    pub(in crate::features::accounts) fn new(
        search: Option<&str>,
        order: ContactOrder,
        is_counted: bool,
    ) -> Self {
        Self {
            search: search.and_then(NameSearch::new),
            order,
            is_counted,
        }
    }

    fn finds(&self, row: &ContactRow) -> bool {
        self.search
            .as_ref()
            .is_none_or(|search| search.finds_person(&row.names))
    }
}

/// A page of the account's contacts, and their number where it is wanted. Names are sealed, so a search opens the rows
/// one batch after the other until the page is full, and the order by name opens them all.
pub(in crate::features::accounts) async fn list_contacts(
    work: &mut Work,
    id: AccountId,
    page: Page,
    filter: &ContactFilter,
) -> QueryResult<(Vec<ContactRow>, Option<i64>)> {
    let rows = match filter.order {
        ContactOrder::Name => list_by_name(work, id, page, filter).await?,
        ContactOrder::FirstMet if filter.search.is_some() => search(work, id, page, filter).await?,
        ContactOrder::FirstMet => load(work, id, page).await?,
    };
    let total = if filter.is_counted && filter.search.is_none() {
        let all = contacts::table.filter(contacts::account_id.eq(id).and(contacts::same_as.is_null()));
        Some(count_rows!(work, all)?)
    } else {
        None
    };
    Ok((rows, total))
}

async fn search(
    work: &mut Work,
    id: AccountId,
    page: Page,
    filter: &ContactFilter,
) -> QueryResult<Vec<ContactRow>> {
    let wanted = usize::try_from(page.limit()).unwrap_or(usize::MAX);
    let mut batch = Page { size: BATCH, ..page };
    let mut found = Vec::new();
    loop {
        let rows = load(work, id, batch).await?;
        let is_last = i64::try_from(rows.len()).is_ok_and(|count| count < batch.limit());
        batch.from = rows.last().map(ContactRow::place);
        found.extend(rows.into_iter().filter(|row| filter.finds(row)));
        if is_last || found.len() >= wanted {
            found.truncate(wanted);
            return Ok(found);
        }
    }
}

async fn list_by_name(
    work: &mut Work,
    id: AccountId,
    page: Page,
    filter: &ContactFilter,
) -> QueryResult<Vec<ContactRow>> {
    let everybody = Page {
        list: page.list,
        size: i64::MAX - 1,
        from: None,
        is_backwards: false,
    };
    let mut rows = search(work, id, everybody, filter).await?;
    rows.sort_by_cached_key(name_place);
    let wanted = usize::try_from(page.limit()).unwrap_or(usize::MAX);
    let from = match page.from {
        // A contact that is another one by now still has a name, and so a place.
        Some(from) => {
            let known = load_contacts(work, &[ContactId::from(from.id)]).await?;
            known.as_slice().first().map(name_place)
        }
        None => None,
    };
    if page.is_backwards {
        if let Some(from) = from {
            rows.retain(|row| name_place(row) < from);
        }
        rows.reverse();
    } else if let Some(from) = from {
        rows.retain(|row| name_place(row) > from);
    }
    rows.truncate(wanted);
    Ok(rows)
}

/// The place in the order by name: the name without accents and in small letters, then the id.
fn name_place(row: &ContactRow) -> (String, ContactId) {
    let plain: String = row
        .display_name()
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .collect();
    (plain.to_lowercase(), row.id)
}

async fn load(work: &mut Work, id: AccountId, page: Page) -> QueryResult<Vec<ContactRow>> {
    let rows: Vec<SealedContactRow> = oldest_first!(
        contacts::table
            .filter(contacts::account_id.eq(id).and(contacts::same_as.is_null()))
            .select(SealedContactRow::as_select()),
        page,
        contacts::created_at,
        contacts::id
    )
    .load(work)
    .await?;
    let open = |row: SealedContactRow| row.open(&work.key).map_err(unreadable);
    rows.into_iter().map(open).collect()
}
