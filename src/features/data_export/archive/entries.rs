use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::Stream;
use tokio::sync::{mpsc, oneshot};

use super::zip_thread::{self, Command, Piece};
use crate::features::data_export::error::ArchiveError;

/// Number of commands, each of a piece of an entry, that wait for the thread that compresses.
const WAITING_COMMANDS: usize = 8;
/// Number of pieces of the archive that wait to be written.
const WAITING_PIECES: usize = 8;

/// An entry that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::features::data_export) struct WrittenEntry {
    pub(in crate::features::data_export) name: String,
    pub(in crate::features::data_export) size_bytes: u64,
    /// SHA-256 of its content, in hexadecimal.
    pub(in crate::features::data_export) sha256: String,
}

/// The kind of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::features::data_export) enum EntryKind {
    /// Text, which is compressed.
    Text,
    /// Pictures, videos and sounds, which are compressed already.
    Media,
}

/// The entries of an archive, one after the other.
pub(in crate::features::data_export) struct Entries {
    commands: mpsc::Sender<Command>,
    written: Vec<WrittenEntry>,
}

impl Entries {
    /// Opens an archive whose entries are of the time `at`: its entries, and its bytes as they come. The bytes end well only
    /// after [`Self::finish`].
    pub(in crate::features::data_export) fn open(
        at: DateTime<Utc>,
    ) -> (Self, impl Stream<Item = Result<Bytes, ArchiveError>> + Unpin) {
        let (commands, received) = mpsc::channel(WAITING_COMMANDS);
        let (output, pieces) = mpsc::channel(WAITING_PIECES);
        tokio::task::spawn_blocking(move || zip_thread::run(at, received, output));
        let entries = Self {
            commands,
            written: Vec::new(),
        };
        (entries, Box::pin(stream_of(pieces)))
    }

    /// Begins an entry.
    pub(in crate::features::data_export) async fn begin(&mut self, name: String, kind: EntryKind) {
        self.send(Command::Begin { name, kind }).await;
    }

    /// Adds to the entry that was begun.
    pub(in crate::features::data_export) async fn write(&mut self, piece: impl Into<Bytes>) {
        self.send(Command::Write(piece.into())).await;
    }

    /// Ends the entry that was begun.
    pub(in crate::features::data_export) async fn end(&mut self) {
        let (answer, ended) = oneshot::channel();
        self.send(Command::End(answer)).await;
        match ended.await {
            Ok(entry) => self.written.push(entry),
            Err(_) => broken().await,
        }
    }

    /// Writes an entry of text.
    pub(in crate::features::data_export) async fn add(&mut self, name: &str, content: String) {
        self.begin(name.to_owned(), EntryKind::Text).await;
        self.write(content).await;
        self.end().await;
    }

    /// The entries that are written.
    pub(in crate::features::data_export) fn written(&self) -> &[WrittenEntry] {
        &self.written
    }

    /// Ends the archive.
    pub(in crate::features::data_export) async fn finish(self) {
        self.send(Command::Finish).await;
    }

    async fn send(&self, command: Command) {
        if self.commands.send(command).await.is_err() {
            broken().await;
        }
    }
}

/// Never returns: the thread has ended, and whoever reads the pieces learns why.
async fn broken() {
    std::future::pending::<()>().await;
}

fn stream_of(pieces: mpsc::Receiver<Piece>) -> impl Stream<Item = Result<Bytes, ArchiveError>> {
    futures::stream::unfold(Some(pieces), async |pieces| {
        let mut pieces = pieces?;
        match pieces.recv().await {
            Some(Piece::Bytes(bytes)) => Some((Ok(bytes), Some(pieces))),
            Some(Piece::End) => None,
            Some(Piece::Failed(error)) => Some((Err(error.into()), None)),
            None => Some((Err(ArchiveError::Broken), None)),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::StreamExt as _;

    use super::*;

    const PIECE: usize = 64 * 1024;
    /// Both queues, and what the thread and its writer hold.
    const MOST_BETWEEN: usize = (WAITING_COMMANDS + WAITING_PIECES + 4) * PIECE;

    #[tokio::test]
    async fn a_large_entry_is_never_in_memory_but_for_a_few_pieces() {
        let (mut entries, mut pieces) = Entries::open(DateTime::UNIX_EPOCH);
        let written = AtomicUsize::new(0);
        let write = async {
            entries.begin("a".to_owned(), EntryKind::Media).await;
            for _ in 0..1_000 {
                entries.write(vec![7; PIECE]).await;
                written.fetch_add(PIECE, Ordering::Relaxed);
            }
            entries.end().await;
            entries.finish().await;
        };
        let read = async {
            let mut read = 0;
            while let Some(piece) = pieces.next().await {
                read += piece.unwrap().len();
                let between = written.load(Ordering::Relaxed).saturating_sub(read);
                assert!(between <= MOST_BETWEEN, "{between} bytes are in memory");
            }
            read
        };

        let ((), read) = tokio::join!(write, read);

        assert!(read > 1_000 * PIECE, "{read}");
    }

    #[tokio::test]
    async fn an_archive_that_is_not_finished_does_not_end_well() {
        let (mut entries, mut pieces) = Entries::open(DateTime::UNIX_EPOCH);
        entries.begin("a".to_owned(), EntryKind::Text).await;
        drop(entries);

        let ended = pieces.next().await;

        assert!(matches!(ended, Some(Err(ArchiveError::Broken))));
    }
}
