//! Errors of driving the simulator.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Error of a simulator method.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
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
    #[error("cannot read {path}: it must be a snapshot this version of the simulator wrote")]
    Snapshot {
        /// The file.
        path: PathBuf,
        /// The parser's error, with its position.
        #[source]
        source: serde_json::Error,
    },
    /// There is no object of this name.
    #[error("{what} {name:?} is unknown: {hint}")]
    Unknown {
        /// The kind of thing.
        what: &'static str,
        /// The name that was given.
        name: String,
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
    /// The phone or its linked devices are not in the state that the method needs.
    #[error("{0}")]
    Conflict(String),
    /// A step of Signal, Noise or another cryptographic protocol failed.
    #[error("cryptography failed while {doing}: {detail}")]
    Crypto {
        /// The step.
        doing: &'static str,
        /// The library's message.
        detail: String,
    },
    /// A peer sent a stanza without a part that the protocol requires.
    #[error("a stanza from the client lacks {0}")]
    Stanza(&'static str),
}

impl SimulatorError {
    pub(super) fn unknown(what: &'static str, name: &str, hint: &'static str) -> Self {
        Self::Unknown {
            what,
            name: name.to_owned(),
            hint,
        }
    }

    pub(super) fn invalid(what: &'static str, value: impl Into<String>, hint: &'static str) -> Self {
        Self::Invalid {
            what,
            value: value.into(),
            hint,
        }
    }
}

/// Turns a library's error into ours, naming the step that failed.
pub(super) trait Doing<T> {
    /// Names the step.
    fn doing(self, step: &'static str) -> Result<T, SimulatorError>;
}

impl<T, E: std::fmt::Display> Doing<T> for Result<T, E> {
    fn doing(self, step: &'static str) -> Result<T, SimulatorError> {
        self.map_err(|error| SimulatorError::Crypto {
            doing: step,
            detail: error.to_string(),
        })
    }
}

pub(super) type Result<T, E = SimulatorError> = std::result::Result<T, E>;
