//! The files of an archive: pictures, videos and sounds, piece by piece.

use bytes::Bytes;
use futures::{Stream, StreamExt as _};

use super::Meter;
use super::entries::{Entries, EntryKind};
use super::write::{Counts, Exporter};
use crate::features::data_export::contents::{Marks, file_path, thumbnail_path};
use crate::features::data_export::error::ArchiveError;
use crate::id::MediaId;
use crate::media::{self, MediaRow, ObjectsError, ReadError};

/// Number of files whose rows, and thumbnails, are read at once.
const PAGE_FILES: i64 = 50;

/// Writes every file that is stored, and every thumbnail.
pub(super) async fn write(
    exporter: &Exporter,
    marks: &Marks,
    entries: &mut Entries,
    meter: &Meter,
    counts: &mut Counts,
) -> Result<(), ArchiveError> {
    let (user, until) = (exporter.user, marks.media());
    let mut behind = None;
    loop {
        let mut work = exporter.core.begin(user).await?;
        let page = media::page_files(&mut work, user, behind, until, PAGE_FILES).await?;
        let ids: Vec<MediaId> = page.iter().map(|row| row.id).collect();
        let thumbnails = media::load_thumbnails(&mut work, &ids).await?;
        work.rollback().await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        behind = Some(last.id);
        for (id, jpeg) in thumbnails {
            entries.begin(thumbnail_path(id), EntryKind::Media).await;
            entries.write(jpeg).await;
            entries.end().await;
        }
        for row in page.iter().filter(|row| row.object_key.is_some()) {
            write_file(exporter, row, entries, meter, counts).await?;
        }
    }
}

/// Writes a file, unless it was removed since, or is damaged from its beginning.
async fn write_file(
    exporter: &Exporter,
    row: &MediaRow,
    entries: &mut Entries,
    meter: &Meter,
    counts: &mut Counts,
) -> Result<(), ArchiveError> {
    let path = file_path(row.id, &row.mime_type);
    let pieces = media::read_pieces(&exporter.core, &exporter.objects, exporter.user, row.id).await;
    let mut pieces = match pieces {
        Ok(pieces) => Box::pin(pieces),
        Err(ReadError::NotKept) => {
            counts.missing.push(path);
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    let Some(first) = next(&mut pieces).await? else {
        counts.missing.push(path);
        return Ok(());
    };
    entries.begin(path.clone(), EntryKind::Media).await;
    let mut piece = first;
    while !piece.is_empty() {
        meter.add_bytes(piece.len());
        entries.write(piece).await;
        let Some(more) = next(&mut pieces).await? else {
            counts.missing.push(path);
            break;
        };
        piece = more;
    }
    entries.end().await;
    Ok(())
}

/// The next piece, empty at the end; none when what is stored is gone or damaged, which is no reason to leave out the rest
/// of an export.
async fn next(
    pieces: &mut (impl Stream<Item = Result<Bytes, ObjectsError>> + Unpin),
) -> Result<Option<Bytes>, ObjectsError> {
    match pieces.next().await {
        None => Ok(Some(Bytes::new())),
        Some(Ok(piece)) => Ok(Some(piece)),
        Some(Err(error @ (ObjectsError::Gone | ObjectsError::CutOff(_) | ObjectsError::Damaged(_)))) => {
            tracing::warn!("a stored file is left out of an export: {error}");
            Ok(None)
        }
        Some(Err(error)) => Err(error),
    }
}
