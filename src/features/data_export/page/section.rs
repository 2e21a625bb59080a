use serde_json::Value;
use uuid::Uuid;

use super::html::{self, Item};
use crate::features::data_export::archive::{Entries, Exporter};
use crate::features::data_export::contents::{Marks, Names, Pages, Row};
use crate::features::{ExportedRows, ShownColumns};
use crate::id::MediaId;
use crate::work::WorkError;

/// Writes the part of the page about one table, page by page.
pub(super) async fn write(
    exporter: &Exporter,
    marks: &Marks,
    entries: &mut Entries,
    rows: &'static ExportedRows,
    shown: ShownColumns,
) -> Result<(), WorkError> {
    entries.write(html::begin_section(rows.file, shown.title)).await;
    let mut pages = Pages::of(&exporter.core, exporter.user, marks, rows).naming(shown.who);
    let mut is_empty = true;
    while let Some(page) = pages.next().await? {
        is_empty = false;
        let text: String = page
            .rows
            .iter()
            .map(|row| html::item(&item(row, shown, &page.names)))
            .collect();
        entries.write(text).await;
    }
    entries.write(html::end_section(is_empty)).await;
    Ok(())
}

fn item(row: &Row, shown: ShownColumns, names: &Names) -> Item {
    let text = |field: &str| row.field(field).as_str().map(str::to_owned);
    let id = |field: &str| Uuid::parse_str(row.field(field).as_str()?).ok();
    let media = shown.media.and_then(id).map(MediaId::from);
    Item {
        at: text(shown.at).unwrap_or_default(),
        who: id(shown.who)
            .and_then(|id| names.contact(id))
            .map_or_else(|| "Unknown".to_owned(), str::to_owned),
        wordings: wordings(row.field(shown.text)),
        file: media.and_then(|media| names.file(media)),
        thumbnail: media.and_then(|media| names.thumbnail(media)),
        note: shown.note.and_then(text),
    }
}

/// A text, or the texts of a list of wordings.
fn wordings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(all) => all
            .iter()
            .filter_map(|wording| wording["text"].as_str())
            .map(str::to_owned)
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}
