use bytes::Bytes;
use futures::Stream;

use super::entries::Entries;
use super::{Meter, files, manifest, readme, tables};
use crate::features::data_export::contents::{Marks, Pages, exported};
use crate::features::data_export::error::ArchiveError;
use crate::features::data_export::page;
use crate::id::UserId;
use crate::media::{self, Objects};
use crate::work::{Core, WorkError};

/// Writes the export of one user.
#[derive(Debug, Clone)]
pub(in crate::features::data_export) struct Exporter {
    /// The database, keys, clock and ids.
    pub(in crate::features::data_export) core: Core,
    /// The store of contents.
    pub(in crate::features::data_export) objects: Objects,
    /// The user.
    pub(in crate::features::data_export) user: UserId,
}

/// What was written, and what could not be.
#[derive(Debug, Default)]
pub(in crate::features::data_export) struct Counts {
    /// The tables' files, with their numbers of rows.
    pub(super) rows: Vec<(&'static str, usize)>,
    /// Number of sealed values that do not open.
    pub(super) unread: u64,
    /// Files that were removed while the export was written, or are damaged.
    pub(super) missing: Vec<String>,
}

/// Opens an archive: the work of making it, and its bytes as they come, which end well only when that work is done. Both
/// are to be driven at the same time.
pub(in crate::features::data_export) async fn open<'a>(
    exporter: &'a Exporter,
    meter: &'a Meter,
) -> Result<
    (
        impl Future<Output = Result<(), ArchiveError>> + Send + use<'a>,
        impl Stream<Item = Result<Bytes, ArchiveError>> + Send + Unpin + use<>,
    ),
    ArchiveError,
> {
    let marks = Marks::take(&exporter.core, exporter.user).await?;
    let (entries, pieces) = Entries::open(marks.taken_at);
    Ok((make(exporter, marks, entries, meter), pieces))
}

async fn make(
    exporter: &Exporter,
    marks: Marks,
    mut entries: Entries,
    meter: &Meter,
) -> Result<(), ArchiveError> {
    let (marks, mut counts) = (&marks, Counts::default());
    measure(exporter, marks, meter).await?;
    entries.add("README.txt", readme::text(marks)).await;
    tables::write(exporter, marks, &mut entries, meter, &mut counts).await?;
    files::write(exporter, marks, &mut entries, meter, &mut counts).await?;
    page::write(exporter, marks, &mut entries).await?;
    manifest::write(marks, &mut entries, &counts).await;
    entries.finish().await;
    Ok(())
}

/// Shows how much there is to do.
async fn measure(exporter: &Exporter, marks: &Marks, meter: &Meter) -> Result<(), WorkError> {
    let mut total = 0;
    for rows in exported() {
        total += Pages::of(&exporter.core, exporter.user, marks, rows)
            .count()
            .await?;
    }
    let (user, until) = (exporter.user, marks.media());
    let mut work = exporter.core.begin(user).await?;
    let stored = media::total_stored(&mut work, user, until).await?;
    work.rollback().await?;
    meter.begin(total, stored.size_bytes);
    Ok(())
}
