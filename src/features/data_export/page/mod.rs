//! `index.html`: what a person looks for first, in one page that needs neither the internet nor a script.
//!
//! Names and texts are those of strangers, so everything that is not ours is escaped, and the page's own policy lets it load
//! nothing but the archive's files.

mod html;
mod section;

use crate::features::data_export::archive::{Entries, EntryKind, Exporter};
use crate::features::data_export::contents::{Marks, exported};
use crate::work::WorkError;

/// Writes the page.
pub(super) async fn write(
    exporter: &Exporter,
    marks: &Marks,
    entries: &mut Entries,
) -> Result<(), WorkError> {
    entries.begin("index.html".to_owned(), EntryKind::Text).await;
    let sections = || exported().filter_map(|rows| Some((rows, rows.page?)));
    let titles: Vec<(&str, &str)> = sections().map(|(rows, shown)| (rows.file, shown.title)).collect();
    entries.write(html::head(marks.taken_at, &titles)).await;
    for (rows, shown) in sections() {
        section::write(exporter, marks, entries, rows, shown).await?;
    }
    entries.write(html::foot()).await;
    entries.end().await;
    Ok(())
}
