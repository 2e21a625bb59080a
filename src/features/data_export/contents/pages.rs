use diesel::sql_types::{BigInt, Jsonb};
use diesel_async::RunQueryDsl as _;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::marks::Marks;
use super::names::Names;
use super::query::{self, PAGE_ROWS, Place};
use super::row::{self, Row, Unread};
use crate::features::ExportedRows;
use crate::id::{ContactId, MediaId, UserId};
use crate::work::{Core, Work, WorkError, unreadable};

#[derive(diesel::QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(diesel::QueryableByName)]
struct Stored {
    #[diesel(sql_type = Jsonb)]
    fields: Value,
}

/// A page of a table.
#[derive(Debug, Default)]
pub(in crate::features::data_export) struct Page {
    /// Its rows.
    pub(in crate::features::data_export) rows: Vec<Row>,
    /// What their ids stand for.
    pub(in crate::features::data_export) names: Names,
    /// Number of values that do not open.
    pub(in crate::features::data_export) unread: Unread,
}

/// The pages of a user's rows of one table, one after the other.
#[derive(Debug)]
pub(in crate::features::data_export) struct Pages<'a> {
    core: &'a Core,
    user: UserId,
    marks: &'a Marks,
    rows: &'static ExportedRows,
    /// The column of the contacts whose names are wanted.
    named: Option<&'static str>,
    behind: Option<Place>,
    is_over: bool,
}

impl<'a> Pages<'a> {
    /// The pages of `rows`.
    pub(in crate::features::data_export) const fn of(
        core: &'a Core,
        user: UserId,
        marks: &'a Marks,
        rows: &'static ExportedRows,
    ) -> Self {
        Self {
            core,
            user,
            marks,
            rows,
            named: None,
            behind: None,
            is_over: false,
        }
    }

    /// As `self`, with the names of the contacts in `column`.
    pub(in crate::features::data_export) fn naming(self, column: &'static str) -> Self {
        Self {
            named: Some(column),
            ..self
        }
    }

    /// Counts the rows.
    ///
    /// # Errors
    /// [`WorkError`].
    pub(in crate::features::data_export) async fn count(&self) -> Result<i64, WorkError> {
        let mut work = self.core.begin(self.user).await?;
        let counted: Counted = query::count(self.rows, self.user, self.marks)
            .get_result(&mut *work)
            .await?;
        work.rollback().await?;
        Ok(counted.count)
    }

    /// The next page, read in a transaction of its own; none after the last.
    ///
    /// # Errors
    /// [`WorkError`].
    pub(in crate::features::data_export) async fn next(&mut self) -> Result<Option<Page>, WorkError> {
        if self.is_over {
            return Ok(None);
        }
        let mut work = self.core.begin(self.user).await?;
        let stored: Vec<Stored> = query::page(self.rows, self.user, self.marks, self.behind.as_ref())
            .load(&mut *work)
            .await?;
        let stored: Vec<Map<String, Value>> = stored
            .into_iter()
            .map(|stored| serde_json::from_value(stored.fields).map_err(unreadable))
            .collect::<Result<_, _>>()?;
        let page = open(&mut work, self.rows, self.named, &stored).await?;
        work.rollback().await?;
        self.is_over = stored.len() < PAGE_ROWS;
        self.behind = stored.last().map(|last| row::place(self.rows, last));
        Ok((!stored.is_empty()).then_some(page))
    }
}

async fn open(
    work: &mut Work,
    rows: &ExportedRows,
    named: Option<&str>,
    stored: &[Map<String, Value>],
) -> Result<Page, WorkError> {
    let files: Vec<MediaId> = stored
        .iter()
        .flat_map(|stored| row::media_ids(rows, stored))
        .collect();
    let mut names = Names::of_files(work, &files).await?;
    if let Some(column) = named {
        let ids: Vec<ContactId> = stored
            .iter()
            .filter_map(|stored| Uuid::parse_str(stored.get(column)?.as_str()?).ok())
            .map(ContactId::from)
            .collect();
        names.add_contacts(work, &ids).await?;
    }
    let mut page = Page::default();
    for stored in stored {
        let (row, unread) = Row::open(rows, stored, &work.key, &names);
        page.rows.push(row);
        page.unread += unread;
    }
    page.names = names;
    Ok(page)
}
