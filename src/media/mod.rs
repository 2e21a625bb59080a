//! Pictures, videos and sounds: where WhatsApp serves them, where we keep them, and the links that show them.
//!
//! ```text
//! record (sealed reference) -> fetch_later (a job) -> MediaFetcher (which asks the phone once for what has expired)
//!     -> hash checked -> Objects (sealed chunks)
//!     -> one unit of work: admitted, marked STORED, every OnMedia told -> Links::sign -> routes
//! ```
//!
//! Content lies in a folder, or in a bucket, as each file's row says. It is sealed with its user's key in chunks, so a
//! range of it is read without the rest; in a bucket that encrypts by itself, where the operator wants that, it lies plain.
//! Nothing is fetched inside a transaction, and no file is ever whole in memory on its way out.

mod archives;
mod better;
mod better_store;
mod bucket;
mod check;
mod chunks;
mod decoding;
mod discard;
mod fetch;
mod handler;
mod improving;
mod in_bucket;
mod links;
mod listen;
mod measure;
mod migration;
mod objects;
mod objects_error;
mod place;
mod presence;
mod ranges;
mod read;
mod reading;
mod renewal;
mod routes;
mod serving;
mod settling;
mod space;
mod storage;
mod store;
mod stored_files;
mod thumbnail;
pub mod uploads;
mod writing;

pub use archives::{Archive, archive_key, discard_archive, serve_archive};
pub use better::improve;
pub use bucket::{Action, BucketError, check_bucket};
pub use check::{Check, Found};
pub use discard::{Discard, DiscardAll, delete_of_account, discard_of_user, forget, forget_unnamed};
pub use fetch::{Fetching, fetch_later};
pub use handler::Fetch;
pub use in_bucket::{InBucketError, require_none_in_bucket};
pub use links::{LinkError, Links, Part, SignedLink};
pub use listen::{OnMedia, Outcome};
pub use migration::{Migrated, Migration, MigrationError};
pub use objects::Objects;
pub use objects_error::ObjectsError;
pub use presence::{Presence, PresenceError};
pub use read::{ReadError, read, read_pieces};
pub use routes::routes;
pub use space::{SpaceError, StorageFull, StorageUsage, notify_full, require_space, usage};
pub use storage::Storage;
pub use store::{MediaRow, MediaState, StateReason, load, load_reference, load_thumbnails, lock_all, record};
pub use stored_files::{StoredTotal, page_files, total_stored};
