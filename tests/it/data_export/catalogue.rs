//! The declarations of what is exported, compared with the tables that there are.

use std::collections::{BTreeMap, BTreeSet};

use amda::features::data_export::tables;
use amda::features::{ExportedColumn, ExportedRows, ExportedTable};

use crate::support::database::{TestDatabase, connect};

/// The tables with rows of users and their columns, from the database's catalogue.
async fn tables_of_users() -> BTreeMap<String, BTreeSet<String>> {
    let database = TestDatabase::create().await;
    let query = "SELECT c.relname::text, array_agg(a.attname::text)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
        GROUP BY c.relname HAVING c.relname = 'users' OR bool_or(a.attname = 'user_id')";
    let found = connect(database.url()).await.query(query, &[]).await.unwrap();
    found
        .iter()
        .map(|row| (row.get(0), row.get::<_, Vec<String>>(1).into_iter().collect()))
        .collect()
}

fn declared(rows: &ExportedRows) -> BTreeSet<String> {
    let key = rows.key.iter().map(|(name, _)| *name);
    let columns = rows.columns.iter().map(|column| column.name());
    let all = [rows.owner].into_iter().chain(key).chain(columns);
    all.map(str::to_owned).collect()
}

/// What is wrong with the declarations, each with its remedy.
fn faults(there: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut faults = Vec::new();
    let known: BTreeMap<&str, &ExportedTable> = tables().map(|table| (table.table(), table)).collect();
    for (table, columns) in there {
        match known.get(table.as_str()) {
            None => faults.push(format!(
                "the table {table} is in no export: declare it in `exported.rs` of the feature that owns it, or of \
                 data_export when none does, with each column, or as LeftOut with the reason"
            )),
            Some(ExportedTable::LeftOut(..)) => {}
            Some(ExportedTable::Rows(rows)) => {
                let declared = declared(rows);
                let missing = columns.difference(&declared).map(|column| {
                    format!(
                        "the column {table}.{column} is in no export: add it to the columns of `{table}`, or as \
                         LeftOut(\"{column}\", the reason)"
                    )
                });
                let gone = declared
                    .difference(columns)
                    .map(|column| format!("{table} has no column {column} (any more): remove it from `{table}`"));
                faults.extend(missing.chain(gone));
            }
        }
    }
    let gone = known.keys().filter(|table| !there.contains_key(**table));
    faults.extend(gone.map(|table| format!("there is no table {table} (any more): remove its declaration")));
    faults
}

#[tokio::test]
async fn every_column_of_every_table_with_a_users_rows_is_exported_or_left_out_with_a_reason() {
    let there = tables_of_users().await;

    let faults = faults(&there);

    assert!(there.len() > 30, "the catalogue lists {} tables", there.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn a_table_and_a_column_that_nobody_declared_are_noticed() {
    let mut there = tables_of_users().await;
    there.insert(
        "secrets_of_users".to_owned(),
        BTreeSet::from(["user_id".to_owned()]),
    );
    there.get_mut("contacts").unwrap().insert("shoe_size".to_owned());

    let faults = faults(&there).join("\n");

    assert!(
        faults.contains("the table secrets_of_users is in no export"),
        "{faults}"
    );
    assert!(faults.contains("LeftOut(\"shoe_size\", the reason)"), "{faults}");
}

#[test]
fn every_reason_says_something() {
    for table in tables() {
        let reasons: Vec<&str> = match table {
            ExportedTable::LeftOut(_, reason) => vec![reason],
            ExportedTable::Rows(rows) => {
                let left_out = rows.columns.iter().filter_map(|column| {
                    let ExportedColumn::LeftOut(_, reason) = column else {
                        return None;
                    };
                    Some(*reason)
                });
                left_out.collect()
            }
        };

        assert!(reasons.iter().all(|reason| reason.len() > 20), "{reasons:?}");
    }
}
