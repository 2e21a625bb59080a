//! CSV as in RFC 4180, for tables that are flat. Texts of strangers are in it, so no cell is a formula of a spreadsheet.

use serde_json::Value;

use crate::features::data_export::contents::{Row, fields};
use crate::features::{ExportedColumn, ExportedRows};

/// The beginnings of a cell that a spreadsheet takes for a formula, or skips before one.
const DANGEROUS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// True when each field of the table is one value.
pub(super) fn is_flat(rows: &ExportedRows) -> bool {
    let is_nested = |column: &ExportedColumn| match column {
        ExportedColumn::Structured(_) | ExportedColumn::SealedJson(_) => true,
        ExportedColumn::Plain(_)
        | ExportedColumn::SealedText(_)
        | ExportedColumn::Media(_)
        | ExportedColumn::Thumbnail(_)
        | ExportedColumn::LeftOut(..) => false,
    };
    !rows.columns.iter().any(is_nested)
}

/// The line of the names of a table's fields.
pub(super) fn head(rows: &ExportedRows) -> Vec<u8> {
    lines([fields(rows).collect()])
}

/// The lines of rows.
pub(super) fn body(rows: &[Row]) -> Vec<u8> {
    lines(
        rows.iter()
            .map(|row| row.fields().map(|(_, value)| cell(value)).collect()),
    )
}

fn lines(records: impl IntoIterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = ::csv::WriterBuilder::new()
        .terminator(::csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for record in records {
        writer.write_record(record).expect("memory takes what is written");
    }
    writer.into_inner().expect("memory takes what is written")
}

/// A value as a cell. A text that begins as a formula does gets an apostrophe before it, which a spreadsheet hides.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(DANGEROUS) => format!("'{text}"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_text_is_a_formula_and_numbers_stay_numbers() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(cell(&json!(formula)), format!("'{formula}"));
        }
        assert_eq!(cell(&json!("1=1")), "1=1");
        assert_eq!(cell(&json!(-5)), "-5");
        assert_eq!(cell(&json!(null)), "");
        assert_eq!(cell(&json!(true)), "true");
    }

    #[test]
    fn commas_quotes_and_breaks_stay_in_their_cell() {
        let written = lines([vec!["a,b".to_owned(), "say \"hi\"".to_owned(), "x\ny".to_owned()]]);

        assert_eq!(written, b"\"a,b\",\"say \"\"hi\"\"\",\"x\ny\"\r\n");
    }
}
