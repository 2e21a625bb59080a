//! The compiled description of the tables is what the migrations make.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::database::{TestDatabase, connect};

const COMPILED: &str = include_str!("../../src/db/schema.rs");

/// Tables that belong to tools: the migrations' own record.
const FOREIGN: [&str; 1] = ["__diesel_schema_migrations"];

/// A table: its columns as `name -> Type`, in order.
type Tables = BTreeMap<String, Vec<String>>;

#[tokio::test]
async fn the_compiled_schema_is_the_catalogue() {
    let database = TestDatabase::create().await;

    let catalogue = catalogue(&database).await;
    let compiled = compiled();

    let names = |tables: &Tables| tables.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&compiled), names(&catalogue));
    for (table, columns) in &catalogue {
        assert_eq!(&compiled[table], columns, "{table}");
    }
}

fn compiled() -> Tables {
    let blocks = COMPILED.split("diesel::table! {").skip(1);
    blocks
        .map(|block| {
            let mut lines = block.lines().map(str::trim).filter(|line| !line.is_empty());
            let (name, _) = lines.next().unwrap().split_once(" (").unwrap();
            let columns = lines
                .take_while(|line| *line != "}")
                .map(|line| line.trim_end_matches(',').to_owned());
            (name.to_owned(), columns.collect())
        })
        .collect()
}

async fn catalogue(database: &TestDatabase) -> Tables {
    let query = "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL), a.attnotnull
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY c.relname, a.attnum";
    let rows = connect(database.url()).await.query(query, &[]).await.unwrap();
    let mut tables = Tables::new();
    for row in rows {
        let (table, column, kind, is_required): (String, String, String, bool) =
            (row.get(0), row.get(1), row.get(2), row.get(3));
        if FOREIGN.contains(&table.as_str()) {
            continue;
        }
        let compiled = compiled_type(&kind);
        let compiled = if is_required {
            compiled
        } else {
            format!("Nullable<{compiled}>")
        };
        tables
            .entry(table)
            .or_default()
            .push(format!("{column} -> {compiled}"));
    }
    tables
}

fn compiled_type(kind: &str) -> String {
    if let Some(element) = kind.strip_suffix("[]") {
        return format!("Array<{}>", compiled_type(element));
    }
    let name = match kind {
        "uuid" => "Uuid",
        "text" => "Text",
        "bytea" => "Bytea",
        "timestamp with time zone" => "Timestamptz",
        "date" => "Date",
        "smallint" => "Int2",
        "integer" => "Int4",
        "bigint" => "Int8",
        "double precision" => "Float8",
        "boolean" => "Bool",
        "jsonb" => "Jsonb",
        other => panic!("say how the compiled schema calls the type {other}"),
    };
    name.to_owned()
}
