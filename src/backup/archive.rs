//! Writing of the archive, and the copying with a hash that reading needs as well.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use data_encoding::HEXLOWER;
use ring::digest::{Context, SHA256};
use tar::{Builder, EntryType, Header};
use tokio_util::sync::CancellationToken;

use super::error::BackupError;
use super::manifest::{FileEntry, MANIFEST, Manifest};
use crate::disk::Reserve;

/// Bytes that are copied at once.
const PIECE: usize = 256 * 1024;

/// Failure to copy.
#[derive(Debug)]
pub(super) enum CopyError {
    Read(io::Error),
    Write(io::Error),
    Stopped,
}

/// Copies everything, unless `stop` is cancelled; returns the size and the hash.
pub(super) fn copy(
    from: &mut dyn Read,
    to: &mut dyn Write,
    stop: &CancellationToken,
) -> Result<(u64, String), CopyError> {
    let mut piece = vec![0; PIECE];
    let (mut size_bytes, mut hash) = (0, Context::new(&SHA256));
    loop {
        if stop.is_cancelled() {
            return Err(CopyError::Stopped);
        }
        let count = match from.read(&mut piece) {
            Ok(0) => return Ok((size_bytes, HEXLOWER.encode(hash.finish().as_ref()))),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(CopyError::Read(error)),
        };
        hash.update(&piece[..count]);
        to.write_all(&piece[..count]).map_err(CopyError::Write)?;
        size_bytes += count as u64;
    }
}

/// An archive that is being written into `file`.
pub(super) struct ArchiveWriter<'a> {
    builder: Builder<File>,
    files: Vec<FileEntry>,
    folder: &'a Path,
    /// What stays free on the disk of the archive, which may be that of a running AMDA.
    reserve: Reserve,
    stop: &'a CancellationToken,
}

impl<'a> ArchiveWriter<'a> {
    /// An empty archive in `file`, which lies in `folder`.
    pub(super) fn new(
        file: File,
        folder: &'a Path,
        min_free_bytes: u64,
        stop: &'a CancellationToken,
    ) -> Self {
        Self {
            builder: Builder::new(file),
            files: Vec::new(),
            folder,
            reserve: Reserve::new(folder, min_free_bytes),
            stop,
        }
    }

    /// Adds everything that `content`, which is read from `path`, has.
    pub(super) fn add(&mut self, name: &str, path: &Path, content: &mut dyn Read) -> Result<(), BackupError> {
        self.reserve.require(0)?;
        let folder = self.folder;
        let write_error = |source| BackupError::Write {
            folder: folder.to_owned(),
            source,
        };
        let mut header = header();
        let mut entry = self
            .builder
            .append_writer(&mut header, name)
            .map_err(write_error)?;
        let mut bounded = Bounded {
            entry: &mut entry,
            reserve: &self.reserve,
            unchecked_bytes: 0,
        };
        let copied = copy(content, &mut bounded, self.stop);
        let (size_bytes, sha256) = copied.map_err(|error| match error {
            CopyError::Stopped => BackupError::Stopped,
            CopyError::Write(source) => write_error(source),
            CopyError::Read(source) => BackupError::Read {
                path: path.to_owned(),
                source,
            },
        })?;
        entry.finish().map_err(write_error)?;
        self.files.push(FileEntry {
            name: name.to_owned(),
            size_bytes,
            sha256,
        });
        Ok(())
    }

    /// Adds the manifest, which `describe` makes of the files, and waits until everything is on the disk.
    pub(super) fn finish(
        mut self,
        describe: impl FnOnce(Vec<FileEntry>) -> Manifest,
    ) -> Result<Manifest, BackupError> {
        let manifest = describe(std::mem::take(&mut self.files));
        let text = serde_json::to_vec_pretty(&manifest).expect("a manifest of texts and numbers is JSON");
        let mut header = header();
        header.set_size(text.len() as u64);
        let builder = &mut self.builder;
        let written = builder
            .append_data(&mut header, MANIFEST, text.as_slice())
            .and_then(|()| builder.finish())
            .and_then(|()| builder.get_ref().sync_all());
        written.map_err(|source| BackupError::Write {
            folder: self.folder.to_owned(),
            source,
        })?;
        Ok(manifest)
    }
}

fn header() -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o600);
    header
}

/// Bytes after which the free space is looked at again.
const CHECKED_BYTES: usize = 64 * 1024 * 1024;

/// Writes that end where the disk's reserve would begin.
struct Bounded<'a, W> {
    entry: &'a mut W,
    reserve: &'a Reserve,
    unchecked_bytes: usize,
}

impl<W: Write> Write for Bounded<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unchecked_bytes += bytes.len();
        if self.unchecked_bytes > CHECKED_BYTES {
            self.unchecked_bytes = 0;
            self.reserve
                .require(0)
                .map_err(|full| io::Error::new(io::ErrorKind::StorageFull, full))?;
        }
        self.entry.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.entry.flush()
    }
}
