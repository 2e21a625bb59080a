//! The rows of an export: which tables there are, and their pages, opened.
//!
//! Each page is read in a short transaction of the user, so nothing waits for an export, however long it takes. Rows with
//! an id or a number are read up to a high-water mark that is taken at the beginning; the others as they are when it is
//! their turn. A row that changes while the export is written is in it as it was before, or after.

mod marks;
mod names;
mod pages;
mod query;
mod row;

pub(super) use marks::Marks;
pub(super) use names::{Names, file_path, thumbnail_path};
pub(super) use pages::Pages;
pub(super) use row::{Row, fields};

use crate::features::{ExportedRows, ExportedTable, FEATURES};

/// Every table with rows of users, as it is declared.
pub fn tables() -> impl Iterator<Item = &'static ExportedTable> {
    FEATURES
        .iter()
        .flat_map(|feature| feature.exported())
        .chain(super::exported::SHARED)
}

/// The tables whose rows are in an export.
pub(super) fn exported() -> impl Iterator<Item = &'static ExportedRows> {
    tables().filter_map(|table| match table {
        ExportedTable::Rows(rows) => Some(rows),
        ExportedTable::LeftOut(..) => None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_table_is_declared_once_and_has_files_of_its_own() {
        let names: Vec<&str> = tables().map(ExportedTable::table).collect();
        let files: HashSet<&str> = exported().map(|rows| rows.file).collect();

        assert_eq!(
            names.iter().collect::<HashSet<_>>().len(),
            names.len(),
            "{names:?}"
        );
        assert_eq!(files.len(), exported().count());
    }

    #[test]
    fn no_two_columns_of_a_table_have_one_name_in_the_export() {
        for rows in exported() {
            let names: Vec<String> = fields(rows).collect();
            let different: HashSet<&String> = names.iter().collect();

            assert_eq!(different.len(), names.len(), "{}: {names:?}", rows.table);
        }
    }

    #[test]
    fn the_page_shows_fields_that_there_are() {
        for rows in exported() {
            let fields: HashSet<String> = fields(rows).collect();
            if let Some(shown) = rows.page {
                let named = [
                    Some(shown.at),
                    Some(shown.who),
                    Some(shown.text),
                    shown.media,
                    shown.note,
                ];
                for field in named.into_iter().flatten() {
                    assert!(fields.contains(field), "{}: {field}", rows.table);
                }
            }
        }
    }
}
