//! One session per account, on one node: claimed, started, restarted, linked, unlinked, handed over, ended.
//!
//! ```text
//! start_all, start, restart, link, stop, unlink -> slot of the account -> lease -> Session + outbox on one task
//! keeper (every second)   renews the leases of this node; gives back what another node asks for
//!                         adoption: claims what nobody runs, up to a fair share; hands over what is beyond it
//! MediaFetcher -> the media hosts, or the phone through the account's session
//! ```
//!
//! A node keeps the lease of an account whose session ended by itself (banned, outdated), so that nobody starts it again
//! before the node ends. Of one that is not to run at all (paused, unlinked, replaced) the lease is given back after a moment.
//! One that was replaced starts again only when its owner says so: another installation may hold the same link.
//!
//! A verb that changes a session takes its account first: it asks the node that runs it to end the session and to give
//! the lease back, and goes on here.
//!
//! # Never
//!
//! - Never two sessions for one account: they would tear the ratchet that they share. A slot is locked while its session
//!   starts or ends, and none starts without the lease.
//! - Never let one account wait for another: each has a slot of its own.

mod adoption;
mod config;
mod error;
mod keeper;
mod media_fetcher;
mod ownership;
mod running;
mod sessions;
mod spawning;

pub use config::SupervisorConfig;
pub use error::SupervisorError;
pub use sessions::Supervisor;
