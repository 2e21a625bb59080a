//! The statements that read a declared table.

use diesel::pg::Pg;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{BigInt, Text, Uuid as SqlUuid};

use super::marks::Marks;
use crate::features::{ExportedColumn, ExportedRows, HighWater};
use crate::id::UserId;

/// Number of rows in a page.
pub(super) const PAGE_ROWS: usize = 200;

type Statement = BoxedSqlQuery<'static, Pg, SqlQuery>;

/// The place of a row in its table: its key, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place(pub(super) Vec<String>);

/// Counts the rows of `user`.
pub(super) fn count(rows: &ExportedRows, user: UserId, marks: &Marks) -> Statement {
    let ExportedRows { table, owner, .. } = rows;
    let until = until(rows, 2);
    let query = format!("SELECT count(*) AS count FROM {table} WHERE {owner} = $1{until}");
    bind_mark(
        diesel::sql_query(query).into_boxed().bind::<SqlUuid, _>(user),
        rows,
        marks,
    )
}

/// Reads the page behind `behind`, each row as an object.
pub(super) fn page(rows: &ExportedRows, user: UserId, marks: &Marks, behind: Option<&Place>) -> Statement {
    let ExportedRows { table, owner, .. } = rows;
    let columns = columns(rows);
    let key = names_of_key(rows);
    let first = if rows.until == HighWater::None { 2 } else { 3 };
    let behind_key = behind.map(|_| beyond(rows, first)).unwrap_or_default();
    let until = until(rows, 2);
    let query = format!(
        "SELECT to_jsonb(t) AS fields FROM (SELECT {columns} FROM {table} \
         WHERE {owner} = $1{until}{behind_key} ORDER BY {key} LIMIT {PAGE_ROWS}) t"
    );
    let statement = diesel::sql_query(query).into_boxed().bind::<SqlUuid, _>(user);
    let statement = bind_mark(statement, rows, marks);
    let place = behind.map(|place| place.0.clone()).unwrap_or_default();
    place.into_iter().fold(statement, Statement::bind::<Text, _>)
}

fn bind_mark(statement: Statement, rows: &ExportedRows, marks: &Marks) -> Statement {
    match rows.until {
        HighWater::Id => statement.bind::<SqlUuid, _>(marks.id),
        HighWater::Sequence => statement.bind::<BigInt, _>(marks.sequence),
        HighWater::None => statement,
    }
}

/// The condition that leaves out what came later; its mark is the parameter `number`.
fn until(rows: &ExportedRows, number: usize) -> String {
    match rows.until {
        HighWater::Id => format!(" AND id <= ${number}"),
        HighWater::Sequence => format!(" AND sequence <= ${number}"),
        HighWater::None => String::new(),
    }
}

/// The condition of the rows behind a place, whose parameters begin with the number `first`.
fn beyond(rows: &ExportedRows, first: usize) -> String {
    let parts: Vec<String> = (first..)
        .zip(rows.key)
        .map(|(number, (_, ty))| format!("${number}::{ty}"))
        .collect();
    format!(" AND ({}) > ({})", names_of_key(rows), parts.join(", "))
}

fn names_of_key(rows: &ExportedRows) -> String {
    let names: Vec<&str> = rows.key.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

fn columns(rows: &ExportedRows) -> String {
    let key = rows.key.iter().map(|(name, _)| (*name).to_owned());
    let others = rows.columns.iter().filter_map(|column| match *column {
        ExportedColumn::Plain(name) | ExportedColumn::Structured(name) | ExportedColumn::Media(name) => {
            Some(name.to_owned())
        }
        ExportedColumn::SealedText(name) | ExportedColumn::SealedJson(name) => {
            Some(format!("encode({name}, 'hex') AS {name}"))
        }
        ExportedColumn::Thumbnail(name) => Some(format!("({name} IS NOT NULL) AS {name}")),
        ExportedColumn::LeftOut(..) => None,
    });
    key.chain(others).collect::<Vec<_>>().join(", ")
}
