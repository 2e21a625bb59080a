//! The tables of an archive: JSON Lines of each, and CSV beside it where it is flat.

use super::entries::{Entries, EntryKind};
use super::write::{Counts, Exporter};
use super::{Meter, csv, json_lines};
use crate::features::ExportedRows;
use crate::features::data_export::contents::{Marks, Pages, exported};
use crate::work::WorkError;

/// Writes every table.
pub(super) async fn write(
    exporter: &Exporter,
    marks: &Marks,
    entries: &mut Entries,
    meter: &Meter,
    counts: &mut Counts,
) -> Result<(), WorkError> {
    for rows in exported() {
        let written = write_json(exporter, marks, rows, entries, meter, counts).await?;
        counts.rows.push((rows.file, written));
        if csv::is_flat(rows) {
            write_csv(exporter, marks, rows, entries).await?;
        }
    }
    Ok(())
}

async fn write_json(
    exporter: &Exporter,
    marks: &Marks,
    rows: &'static ExportedRows,
    entries: &mut Entries,
    meter: &Meter,
    counts: &mut Counts,
) -> Result<usize, WorkError> {
    let mut written = 0;
    let mut pages = Pages::of(&exporter.core, exporter.user, marks, rows);
    entries
        .begin(format!("data/{}.jsonl", rows.file), EntryKind::Text)
        .await;
    while let Some(page) = pages.next().await? {
        let mut text = String::new();
        for row in &page.rows {
            json_lines::push(&mut text, row);
        }
        entries.write(text).await;
        counts.unread += page.unread;
        written += page.rows.len();
        meter.add_rows(page.rows.len());
    }
    entries.end().await;
    Ok(written)
}

/// The rows are read again: to hold all of them would take memory without a bound.
async fn write_csv(
    exporter: &Exporter,
    marks: &Marks,
    rows: &'static ExportedRows,
    entries: &mut Entries,
) -> Result<(), WorkError> {
    let mut pages = Pages::of(&exporter.core, exporter.user, marks, rows);
    entries
        .begin(format!("data/{}.csv", rows.file), EntryKind::Text)
        .await;
    entries.write(csv::head(rows)).await;
    while let Some(page) = pages.next().await? {
        entries.write(csv::body(&page.rows)).await;
    }
    entries.end().await;
    Ok(())
}
