//! Errors of driving the simulator.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::refusal::Refusal;

/// Error of a simulator method.
#[derive(Debug, thiserror::Error)]
pub enum StripeSimulatorError {
    /// The listening socket could not be opened.
    #[error("cannot listen on {address}: the address must be free and belong to this machine")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// The operating system's error.
        #[source]
        source: std::io::Error,
    },
    /// The address to listen on is not one of this machine alone.
    #[error(
        "does not listen on {address}: whoever reaches a simulator commands it, so give a loopback address"
    )]
    NotLoopback {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// A file of the data folder could not be read or written.
    #[error("cannot use {path}: the data folder must be readable and writable")]
    Storage {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        source: std::io::Error,
    },
    /// A file of the data folder does not hold what the simulator wrote.
    #[error("cannot read {path}: it must be the state that this version of the simulator wrote")]
    Snapshot {
        /// The file.
        path: PathBuf,
        /// The parser's error, with its position.
        #[source]
        source: serde_json::Error,
    },
    /// There is no object of this id.
    #[error("{what} {id:?} is unknown: {hint}")]
    Unknown {
        /// The kind of thing.
        what: &'static str,
        /// The id that was given.
        id: String,
        /// The value that would be right.
        hint: &'static str,
    },
    /// A value has the wrong form.
    #[error("{what} {value:?} is not valid: {hint}")]
    Invalid {
        /// The name of the value.
        what: &'static str,
        /// The value that was given.
        value: String,
        /// The value that would be right.
        hint: &'static str,
    },
    /// The API refused what was asked, as Stripe would.
    #[error("refused with status {status}: {message}")]
    Refused {
        /// The status of the answer.
        status: u16,
        /// The message of the error.
        message: String,
    },
}

impl From<Refusal> for StripeSimulatorError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused {
            status: refusal.status,
            message: refusal.message,
        }
    }
}
