//! Pictures, videos and sounds: where WhatsApp serves them, where we keep them, and the links that show them.
//!
//! ```text
//! record (sealed reference) -> fetch_later (a job) -> MediaFetcher (which asks the phone once for what has expired)
//!     -> hash checked -> Objects (sealed chunks)
//!     -> one unit of work: admitted, marked STORED, every OnMedia told -> Links::sign -> routes
//! ```
//!
//! Content lies in an object store, sealed with its user's key in chunks, so a range of it is read without the rest.
//! Nothing is fetched inside a transaction, and no file is ever whole in memory on its way out.

mod archives;
mod better;
mod better_store;
mod check;
mod chunks;
mod decoding;
mod discard;
mod fetch;
mod handler;
mod improving;
mod links;
mod listen;
mod measure;
mod objects;
mod ranges;
mod read;
mod renewal;
mod routes;
mod serving;
mod settling;
mod space;
mod store;
mod stored_files;
mod streamed;
mod thumbnail;
pub mod uploads;

pub use archives::{Archive, archive_key, discard_archive, serve_archive};
pub use better::improve;
pub use check::{Check, Found};
pub use discard::{Discard, DiscardAll, delete_of_account, discard_of_user, forget, forget_unnamed};
pub use fetch::{Fetching, fetch_later};
pub use handler::Fetch;
pub use links::{LinkError, Links, Part, SignedLink};
pub use listen::{OnMedia, Outcome};
pub use objects::{Objects, ObjectsError};
pub use read::{ReadError, read, read_pieces};
pub use routes::routes;
pub use space::{SpaceError, StorageFull, StorageUsage, notify_full, require_space, usage};
pub use store::{MediaRow, MediaState, StateReason, load, load_reference, load_thumbnails, lock_all, record};
pub use stored_files::{StoredTotal, page_files, total_stored};
