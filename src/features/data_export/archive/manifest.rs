//! `manifest.json`: what the archive holds, what it leaves out, and by which its entries can be checked.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::entries::{Entries, EntryKind, WrittenEntry};
use super::write::Counts;
use crate::features::data_export::contents::{Marks, tables};
use crate::features::{ExportedColumn, ExportedTable};

/// The version of the form of archives. A reader refuses a greater one.
const VERSION: i32 = 1;
/// Number of entries that are written at once.
const AT_ONCE: usize = 500;

/// Writes the manifest, which names every entry before it.
pub(super) async fn write(marks: &Marks, entries: &mut Entries, counts: &Counts) {
    let listed: Vec<String> = entries
        .written()
        .chunks(AT_ONCE)
        .map(|chunk| chunk.iter().map(entry).collect::<Vec<_>>().join(",\n"))
        .collect();
    entries.begin("manifest.json".to_owned(), EntryKind::Text).await;
    entries.write(head(marks, counts)).await;
    for (at, chunk) in listed.into_iter().enumerate() {
        entries.write(if at == 0 { "\n" } else { ",\n" }).await;
        entries.write(chunk).await;
    }
    entries.write("\n  ]\n}\n").await;
    entries.end().await;
}

/// All but the entries.
fn head(marks: &Marks, counts: &Counts) -> String {
    let rows: serde_json::Map<String, Value> = counts
        .rows
        .iter()
        .map(|(file, rows)| ((*file).to_owned(), json!(rows)))
        .collect();
    let parts = [
        ("format", json!("amda-export")),
        ("version", json!(VERSION)),
        ("createdAt", json!(marks.taken_at)),
        ("rows", Value::Object(rows)),
        ("unreadableValues", json!(counts.unread)),
        ("missingFiles", json!(counts.missing)),
        ("leftOut", json!(left_out())),
    ];
    let mut text = "{\n".to_owned();
    for (name, value) in parts {
        let _ = writeln!(text, "  \"{name}\": {value},");
    }
    text.push_str("  \"entries\": [");
    text
}

fn entry(entry: &WrittenEntry) -> String {
    let WrittenEntry {
        name,
        size_bytes,
        sha256,
    } = entry;
    format!(
        "    {}",
        json!({"name": name, "sizeBytes": size_bytes, "sha256": sha256})
    )
}

/// The tables and columns that are left out, each with its reason.
fn left_out() -> Vec<Value> {
    let mut left_out = Vec::new();
    for table in tables() {
        match table {
            ExportedTable::LeftOut(table, reason) => {
                left_out.push(json!({"table": table, "reason": reason}));
            }
            ExportedTable::Rows(rows) => left_out.extend(rows.columns.iter().filter_map(|column| {
                let ExportedColumn::LeftOut(name, reason) = column else {
                    return None;
                };
                Some(json!({"table": rows.table, "column": name, "reason": reason}))
            })),
        }
    }
    left_out
}
