//! A private PostgreSQL that AMDA runs for itself when no `DATABASE_URL` is given.
//!
//! Flow of [`Embedded::start`]: take the folder's lock, find the programs, create the cluster once, stop a server that
//! a killed AMDA left behind, start `postgres`, and return when a connection has succeeded.
//!
//! The server listens on nothing but a Unix socket in a folder that only its own user can enter. It is a direct child
//! that holds a pipe from this process: when AMDA ends, in whatever way, the pipe closes and the server shuts itself
//! down cleanly. It must never listen on a network address, and a process that does not hold the lock must never stop
//! it.

mod binaries;
mod clients;
mod cluster;
mod error;
mod folder;
mod instance;
mod lock_file;
mod log;
mod portable;
mod postmaster;
mod programs;
mod run_as;
mod url;

pub(super) use clients::{ClientProgram, find_clients};
pub use error::EmbeddedError;
pub use instance::Embedded;
pub(super) use log::cause;
pub use programs::{Programs, exists, programs};
pub use url::running_url;
pub(super) use url::running_urls;
