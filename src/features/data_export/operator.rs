//! The operator's export of a user, to a file.

use std::path::Path;

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncWriteExt as _, BufWriter};

use super::archive::{self, Exporter, Meter};
use super::error::ArchiveError;
use crate::id::UserId;
use crate::media::Objects;
use crate::work::Core;

/// Writes the export of `user` to the new file `to`, which only its owner may read; answers with its size. A file that
/// cannot be written to its end is removed.
///
/// # Errors
/// [`ArchiveError`]; [`ArchiveError::File`] also for a file that is there already.
pub async fn export_to_file(
    core: &Core,
    objects: &Objects,
    user: UserId,
    to: &Path,
) -> Result<u64, ArchiveError> {
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .await?;
    let exporter = Exporter {
        core: core.clone(),
        objects: objects.clone(),
        user,
    };
    let (meter, _shown) = Meter::new();
    let written = async {
        let (made, pieces) = archive::open(&exporter, &meter).await?;
        let ((), size_bytes) = tokio::try_join!(made, save(file, pieces))?;
        Ok(size_bytes)
    };
    let written = Box::pin(written).await;
    if written.is_err() {
        tokio::fs::remove_file(to).await?;
    }
    written
}

async fn save(
    file: File,
    mut pieces: impl Stream<Item = Result<Bytes, ArchiveError>> + Unpin,
) -> Result<u64, ArchiveError> {
    let (mut file, mut size_bytes) = (BufWriter::new(file), 0);
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        file.write_all(&piece).await?;
        size_bytes += piece.len() as u64;
    }
    file.flush().await?;
    file.into_inner().sync_all().await?;
    Ok(size_bytes)
}
