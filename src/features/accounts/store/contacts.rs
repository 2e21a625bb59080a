use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::contacts;
use crate::features::schema::ContactRow;
use crate::graphql::{Page, oldest_first};
use crate::id::AccountId;

/// The account's contacts in the order they were met; `search` finds part of a name, or of a number's digits.
pub(in crate::features::accounts) async fn list_contacts(
    conn: &mut AsyncPgConnection,
    id: AccountId,
    page: Page,
    search: Option<&str>,
) -> QueryResult<Vec<ContactRow>> {
    let mut query = oldest_first!(
        contacts::table
            .filter(contacts::account_id.eq(id).and(contacts::same_as.is_null()))
            .select(ContactRow::as_select()),
        page,
        contacts::created_at,
        contacts::id
    );
    if let Some(search) = search.map(str::trim).filter(|search| !search.is_empty()) {
        let part = format!(
            "%{}%",
            search
                .replace('\\', "\\\\")
                .replace('%', "\\%")
                .replace('_', "\\_")
        );
        let digits: String = search.chars().filter(char::is_ascii_digit).collect();
        let by_name = contacts::name
            .ilike(part.clone())
            .or(contacts::push_name.ilike(part));
        query = if digits.is_empty() {
            query.filter(by_name)
        } else {
            query.filter(by_name.or(contacts::phone_number.like(format!("%{digits}%"))))
        };
    }
    query.load(conn).await
}
