//! One session per account: started, restarted, linked, unlinked, and all ended together.
//!
//! ```text
//! start_all, start, restart, link, stop, unlink -> slot of the account -> Session + outbox on one task
//! MediaFetcher -> the media hosts, or the phone through the account's session
//! ```
//!
//! # Never
//!
//! - Never two sessions for one account: they would tear the ratchet that they share. A slot is locked while its session
//!   starts or ends.
//! - Never let one account wait for another: each has a slot of its own.

mod account_list;
mod config;
mod error;
mod media_fetcher;
mod running;
mod sessions;

pub use config::SupervisorConfig;
pub use error::SupervisorError;
pub use sessions::Supervisor;
