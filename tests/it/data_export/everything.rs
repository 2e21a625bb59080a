//! A user with a row in every table, made from the database's own catalogue: each column has a value that says where it is
//! from, so that the archive shows which ones it holds.

use std::sync::Arc;

use amda::account::AccountRef;
use amda::crypto::{DataKey, belongs_to};
use amda::features::data_export::tables;
use amda::features::{ExportedColumn, ExportedRows, ExportedTable};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use tokio_postgres::Client;
use ulid::Ulid;
use uuid::Uuid;

use super::{Entries, export, rows, text};
use crate::support::database::connect;
use crate::support::world::World;

/// Tables that have rows of their own here.
const OWN: [&str; 2] = ["users", "data_exports"];
/// Values that the export reads, and does not only show.
const READ: [(&str, &str, &str); 5] = [
    ("media", "kind", "'IMAGE'"),
    ("media", "state", "'REMOTE'"),
    ("media", "storage", "'FOLDER'"),
    ("media", "state_reason", "'TOO_LARGE'"),
    ("events", "sequence", "0"),
];

fn exported() -> impl Iterator<Item = &'static ExportedRows> {
    tables().filter_map(|table| match table {
        ExportedTable::Rows(rows) if !OWN.contains(&rows.table) => Some(rows),
        ExportedTable::Rows(_) | ExportedTable::LeftOut(..) => None,
    })
}

/// Somebody whose tables are filled.
struct Person<'a> {
    name: &'static str,
    account: AccountRef,
    key: Arc<DataKey>,
    world: &'a World,
}

impl<'a> Person<'a> {
    async fn of(world: &'a World, name: &'static str) -> Self {
        let account = world.user("FREE").await;
        let work = world.core.begin(account.user).await.unwrap();
        Self {
            name,
            account,
            key: Arc::clone(&work.key),
            world,
        }
    }

    /// The text that a column of theirs has.
    fn mark(&self, table: &str, column: &str) -> String {
        format!("{}'s {table}.{column}", self.name)
    }

    /// Fills a row of every table that is exported. Their rules are not those of the rows, and are taken away.
    async fn fill(&self, superuser: &Client) {
        for rows in exported() {
            let query = "SELECT attname::text, format_type(atttypid, NULL) FROM pg_attribute
                WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped";
            let columns = superuser.query(query, &[&rows.table]).await.unwrap();
            let id: Uuid = self.world.core.ids.next::<Ulid>().into();
            let mut names: Vec<String> = Vec::new();
            let mut values: Vec<String> = Vec::new();
            for column in columns {
                let (name, ty): (String, String) = (column.get(0), column.get(1));
                values.push(self.value(rows, &name, &ty, id));
                names.push(name);
            }
            let (names, values) = (names.join(", "), values.join(", "));
            let insert = format!("INSERT INTO {} ({names}) VALUES ({values})", rows.table);
            superuser.batch_execute(&insert).await.unwrap_or_else(|error| {
                panic!("{insert}: {error:?}");
            });
        }
    }

    /// A value of a column as SQL writes it.
    fn value(&self, rows: &ExportedRows, name: &str, ty: &str, id: Uuid) -> String {
        let read = READ.iter().find(|read| (read.0, read.1) == (rows.table, name));
        if let Some((_, _, value)) = read {
            return (*value).to_owned();
        }
        if name == rows.owner {
            return format!("'{}'", self.account.user.as_uuid());
        }
        if name == rows.key[0].0 && ty == "uuid" {
            return format!("'{id}'");
        }
        let mark = self.mark(rows.table, name);
        let quoted = mark.replace('\'', "''");
        match ty {
            "uuid" => format!("'{}'", Uuid::from(self.world.core.ids.next::<Ulid>())),
            "uuid[]" => format!("ARRAY['{id}'::uuid]"),
            "text" => format!("'{quoted}'"),
            "text[]" => format!("ARRAY['{quoted}']"),
            "bytea" => format!("'\\x{}'", HEXLOWER.encode(&self.bytes(rows, name, id))),
            "boolean" => "true".to_owned(),
            "smallint" | "integer" | "bigint" => "7".to_owned(),
            "double precision" => "1.5".to_owned(),
            "integer[]" | "bigint[]" => "ARRAY[1, 2]".to_owned(),
            "date" => "'2026-11-01'".to_owned(),
            "timestamp with time zone" => "'2026-11-01T12:00:00Z'".to_owned(),
            "jsonb" => format!("'{{\"said\": \"{quoted}\"}}'"),
            other => panic!(
                "{}.{name} is {other}: say what a value of it looks like",
                rows.table
            ),
        }
    }

    /// Bytes of a column: sealed where it is declared so.
    fn bytes(&self, rows: &ExportedRows, name: &str, id: Uuid) -> Vec<u8> {
        let mark = self.mark(rows.table, name);
        let column = rows.columns.iter().find(|column| column.name() == name);
        let place = belongs_to(rows.table, name, Ulid::from(id));
        match column.expect("a test holds that each column is declared") {
            ExportedColumn::SealedText(_) | ExportedColumn::Thumbnail(_) => {
                self.key.seal(&place, mark.as_bytes())
            }
            ExportedColumn::SealedJson(_) => {
                let said = json!([{ "text": mark }]);
                self.key.seal(&place, said.to_string().as_bytes())
            }
            _ => mark.into_bytes(),
        }
    }

    /// True when the archive's `row` has a value of theirs for each column that is exported.
    fn is_whole(&self, rows: &ExportedRows, row: &Value) -> bool {
        rows.columns.iter().all(|column| {
            let name = column.name();
            let shown = &row[name.strip_prefix("sealed_").unwrap_or(name)];
            let is_read = READ.iter().any(|read| (read.0, read.1) == (rows.table, name));
            match column {
                ExportedColumn::LeftOut(..) => true,
                ExportedColumn::SealedText(_) => *shown == self.mark(rows.table, name),
                ExportedColumn::SealedJson(_) => shown[0]["text"] == self.mark(rows.table, name),
                ExportedColumn::Plain(_) if shown.is_string() && !is_read => {
                    let text = shown.as_str().unwrap();
                    *text == self.mark(rows.table, name) || is_id_or_time(text)
                }
                ExportedColumn::Plain(_)
                | ExportedColumn::Structured(_)
                | ExportedColumn::Media(_)
                | ExportedColumn::Thumbnail(_) => !shown.is_null(),
            }
        })
    }
}

fn is_id_or_time(text: &str) -> bool {
    Uuid::parse_str(text).is_ok() || text.starts_with("2026-11-01")
}

/// A world in which Alice and Bob have a row in every table; the archive of Alice.
async fn filled(world: &World) -> (Person<'_>, Entries) {
    let superuser = connect(world.database.url()).await;
    let alice = Person::of(world, "Alice").await;
    let bob = Person::of(world, "Bob").await;
    let without_rules = "DO $$ DECLARE rule record; BEGIN
        FOR rule IN SELECT conrelid::regclass AS owner, conname FROM pg_constraint
            WHERE contype = 'c' AND connamespace = 'public'::regnamespace
        LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', rule.owner, rule.conname); END LOOP;
    END $$; SET session_replication_role = replica";
    superuser.batch_execute(without_rules).await.unwrap();
    alice.fill(&superuser).await;
    bob.fill(&superuser).await;
    let entries = export(world, alice.account).await;
    (alice, entries)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_row_and_column_of_each_table_is_in_the_archive() {
    let world = World::build().await;

    let (alice, entries) = filled(&world).await;

    for table in exported() {
        let found = rows(&entries, table.file);
        let is_there = found.iter().any(|row| alice.is_whole(table, row));
        assert!(is_there, "no row of {} is whole: {found:#?}", table.table);
    }
    let profile = rows(&entries, "profile");
    assert_eq!(profile.len(), 1);
    assert_eq!(profile[0]["email"], format!("{}@example.org", alice.account.user));
    assert_eq!(rows(&entries, "data_exports")[0]["state"], "RUNNING");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_secrets_nor_anybody_elses_data_are_in_the_archive() {
    let world = World::build().await;

    let (alice, entries) = filled(&world).await;

    let everything: String = entries
        .values()
        .map(|content| String::from_utf8_lossy(content).into_owned())
        .collect();
    assert!(everything.contains("Alice's statuses.content"));
    assert!(!everything.contains("Bob's "), "another user's data");
    for table in exported() {
        for column in table.columns {
            if let ExportedColumn::LeftOut(name, _) = column {
                let mark = alice.mark(table.table, name);
                assert!(!everything.contains(&mark), "{mark} was to be left out");
            }
        }
    }
    let manifest: Value = serde_json::from_str(text(&entries, "manifest.json")).unwrap();
    let secret = json!({"table": "users", "column": "password_hash", "reason": amda::features::SECRET});
    assert!(manifest["leftOut"].as_array().unwrap().contains(&secret));
}
