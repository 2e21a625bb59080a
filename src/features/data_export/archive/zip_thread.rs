//! The thread that compresses. It takes commands and gives pieces of the archive.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use data_encoding::HEXLOWER;
use ring::digest::{Context, SHA256};
use tokio::sync::{mpsc, oneshot};
use zip::result::ZipError;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use super::entries::{EntryKind, WrittenEntry};

/// Size of a piece of the archive.
const PIECE_BYTES: usize = 64 * 1024;

/// A command to the thread.
pub(super) enum Command {
    /// Begins an entry.
    Begin { name: String, kind: EntryKind },
    /// Adds to it.
    Write(Bytes),
    /// Ends it.
    End(oneshot::Sender<WrittenEntry>),
    /// Ends the archive.
    Finish,
}

/// A piece of the archive.
pub(super) enum Piece {
    /// Its next bytes.
    Bytes(Bytes),
    /// There are no more: it is whole.
    End,
    /// It cannot be put together.
    Failed(ZipError),
}

/// Puts an archive together until it is finished, or nobody gives commands or takes pieces any more.
pub(super) fn run(at: DateTime<Utc>, mut commands: mpsc::Receiver<Command>, output: mpsc::Sender<Piece>) {
    let is_given_up = Arc::new(AtomicBool::new(false));
    let last_word = output.clone();
    let pipe = Pipe {
        output,
        waiting: BytesMut::with_capacity(PIECE_BYTES),
        is_given_up: Arc::clone(&is_given_up),
    };
    let mut archive = Archive {
        zip: ZipWriter::new_stream(pipe),
        at: zip_time(at),
        entry: None,
    };
    let ended = loop {
        match commands.blocking_recv() {
            Some(Command::Finish) => break archive.finish(),
            Some(command) => {
                if let Err(error) = archive.follow(command) {
                    // The writer would write the rest of an archive when it is dropped.
                    is_given_up.store(true, Ordering::Relaxed);
                    break Err(error);
                }
            }
            None => {
                is_given_up.store(true, Ordering::Relaxed);
                return;
            }
        }
    };
    // Nobody may be there to hear it.
    let _ = match ended {
        Ok(()) => last_word.blocking_send(Piece::End),
        Err(error) => last_word.blocking_send(Piece::Failed(error)),
    };
}

struct Archive {
    zip: ZipWriter<StreamWriter<Pipe>>,
    at: zip::DateTime,
    entry: Option<OpenEntry>,
}

struct OpenEntry {
    name: String,
    size_bytes: u64,
    hash: Context,
}

impl Archive {
    fn follow(&mut self, command: Command) -> Result<(), ZipError> {
        match command {
            Command::Begin { name, kind } => {
                let method = match kind {
                    EntryKind::Text => CompressionMethod::Deflated,
                    EntryKind::Media => CompressionMethod::Stored,
                };
                // A table may become larger than 4 GiB; a file is not fetched that is.
                let is_large = kind == EntryKind::Text;
                let options = SimpleFileOptions::default()
                    .compression_method(method)
                    .last_modified_time(self.at)
                    .unix_permissions(0o644)
                    .large_file(is_large);
                self.zip.start_file(name.as_str(), options)?;
                self.entry = Some(OpenEntry {
                    name,
                    size_bytes: 0,
                    hash: Context::new(&SHA256),
                });
            }
            Command::Write(bytes) => {
                self.zip.write_all(&bytes)?;
                if let Some(entry) = &mut self.entry {
                    entry.size_bytes += bytes.len() as u64;
                    entry.hash.update(&bytes);
                }
            }
            Command::End(answer) => {
                if let Some(entry) = self.entry.take() {
                    let written = WrittenEntry {
                        name: entry.name,
                        size_bytes: entry.size_bytes,
                        sha256: HEXLOWER.encode(entry.hash.finish().as_ref()),
                    };
                    // Nobody waits for it when the archive is given up.
                    let _ = answer.send(written);
                }
            }
            Command::Finish => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<(), ZipError> {
        self.zip.finish()?.into_inner().send_waiting()?;
        Ok(())
    }
}

/// The way of the archive out of the thread, piece by piece.
struct Pipe {
    output: mpsc::Sender<Piece>,
    waiting: BytesMut,
    is_given_up: Arc<AtomicBool>,
}

impl Pipe {
    fn send_waiting(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let piece = self.waiting.split().freeze();
        self.output.blocking_send(Piece::Bytes(piece)).map_err(|_| {
            self.is_given_up.store(true, Ordering::Relaxed);
            io::Error::from(io::ErrorKind::BrokenPipe)
        })
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_given_up.load(Ordering::Relaxed) {
            return Ok(bytes.len());
        }
        let taken = bytes.len().min(PIECE_BYTES - self.waiting.len());
        self.waiting.extend_from_slice(&bytes[..taken]);
        if self.waiting.len() == PIECE_BYTES {
            self.send_waiting()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A time as zips write it: in steps of two seconds, from 1980 on.
fn zip_time(at: DateTime<Utc>) -> zip::DateTime {
    let small = |number: u32| u8::try_from(number).unwrap_or(0);
    let time = zip::DateTime::from_date_and_time(
        u16::try_from(at.year()).unwrap_or(1980),
        small(at.month()),
        small(at.day()),
        small(at.hour()),
        small(at.minute()),
        small(at.second()),
    );
    time.unwrap_or_default()
}
