//! Backup of a whole installation in one file, and its restoration.
//!
//! ```text
//! create:  dump of the database (of one moment) -> media -> keys -> manifest with hashes -> synced -> renamed
//! restore: whole archive read and compared with its manifest -> media and keys beside -> database in one transaction
//!          -> migrated, role and grants made -> media and keys renamed into place
//! ```
//!
//! The archive is a tar file: `database.dump` (of `pg_dump`, compressed by it), `media/…` (sealed, so that nothing can
//! compress it), `keys/…`, and `manifest.json` at the end, without which a file is no whole backup. Media is copied after
//! the dump: of what the dump names, only what was deleted meanwhile is missing, and what it does not name is removed by
//! the daily check of media.
//!
//! # Never
//!
//! - Never restore over anything: the data folder and the database must be empty.
//! - Never write anything of an archive before all of it was found whole.

mod archive;
mod create;
mod error;
mod extract;
mod manifest;
mod restore;
mod verify;

pub use create::{Created, create};
pub use error::BackupError;
pub use manifest::Manifest;
pub use restore::{Restored, restore};
