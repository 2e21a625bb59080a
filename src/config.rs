//! Configuration.

use std::path::PathBuf;

/// Where and how AMDA runs a PostgreSQL of its own.
#[derive(Debug, Clone)]
pub struct EmbeddedConfig {
    /// The folder of the cluster, the log and the socket.
    pub folder: PathBuf,
    /// The folder of `postgres` and `initdb`, if the operator named one.
    pub binaries: Option<PathBuf>,
    /// Whether a commit waits for the disk. Off only in tests, whose data dies with them.
    pub durable: bool,
}
