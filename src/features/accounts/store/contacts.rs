use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::contacts::PersonNames;
use crate::db::schema::contacts;
use crate::features::accounts::phone_number::digits_of;
use crate::features::schema::{ContactRow, SealedContactRow};
use crate::graphql::{Page, PageCursor, oldest_first};
use crate::id::AccountId;
use crate::visible_text::visible_line;
use crate::work::{Work, unreadable};

/// Number of rows that are opened at a time in search of a name.
const SEARCH_BATCH: i32 = 1_000;

/// The account's contacts in the order they were met; `search` finds part of a name, or of a number's digits. Names are
/// sealed, so a search opens the rows one batch after the other until the page is full.
pub(in crate::features::accounts) async fn list_contacts(
    work: &mut Work,
    id: AccountId,
    page: Page,
    search: Option<&str>,
) -> QueryResult<Vec<ContactRow>> {
    let Some(search) = search.and_then(|search| visible_line(search, usize::MAX)) else {
        return load(work, id, page).await;
    };
    let search = NameSearch::new(&search);
    let wanted = usize::try_from(page.limit()).unwrap_or(usize::MAX);
    let mut batch = Page {
        size: SEARCH_BATCH.into(),
        ..page
    };
    let mut found = Vec::new();
    loop {
        let rows = load(work, id, batch).await?;
        let is_last = i64::try_from(rows.len()).is_ok_and(|count| count < batch.limit());
        batch.from = rows.last().map(|row| PageCursor {
            at: row.created_at,
            id: row.id.into(),
        });
        found.extend(rows.into_iter().filter(|row| search.finds(&row.names)));
        if is_last || found.len() >= wanted {
            found.truncate(wanted);
            return Ok(found);
        }
    }
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

/// A search of contacts by part of a name, without regard to case, or of a phone number.
struct NameSearch {
    part: String,
    digits: String,
}

impl NameSearch {
    fn new(text: &str) -> Self {
        Self {
            part: text.to_lowercase(),
            digits: digits_of(text),
        }
    }

    fn finds(&self, names: &PersonNames) -> bool {
        let is_in = |name: &Option<String>| {
            let name = name.as_deref();
            name.is_some_and(|name| name.to_lowercase().contains(&self.part))
        };
        let has_digits = || {
            let number = names.phone_number.as_deref();
            !self.digits.is_empty() && number.is_some_and(|number| number.contains(&self.digits))
        };
        is_in(&names.name) || is_in(&names.push_name) || is_in(&names.verified_name) || has_digits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_found_by_part_of_a_name_or_number() {
        let names = PersonNames {
            phone_number: Some("5511988887777".to_owned()),
            name: Some("Zoé Álvares".to_owned()),
            push_name: Some("zo 100%_".to_owned()),
            verified_name: Some("Álvares Ltda".to_owned()),
        };
        let finds = |text: &str| NameSearch::new(text).finds(&names);

        assert!(
            finds("ÁLVA") && finds("ltda") && finds("zo 1") && finds("+55\u{A0}11 9888") && finds("100%_")
        );
        assert!(!finds("Alice") && !finds("4915") && !finds("%o"));
    }
}
