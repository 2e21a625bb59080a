//! The archive of an export: a zip that is made and written at the same time.
//!
//! ```text
//! Pages, files -> Entries (commands) -> a thread that compresses -> pieces -> the media store, or an operator's file
//! ```
//!
//! Each arrow is a short queue, so whoever is faster waits: neither a table nor a file nor the archive is ever whole in
//! memory, and nothing lies on the disk beside what is being stored. What grows with an export is its list of entries, about
//! a hundred bytes for each file, as a zip has it anyway.

mod csv;
mod entries;
mod files;
mod json_lines;
mod manifest;
mod meter;
mod readme;
mod tables;
mod write;
mod zip_thread;

pub(super) use entries::{Entries, EntryKind};
pub(super) use meter::Meter;
pub(super) use write::{Exporter, open};
