use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The server's shutdown signal, and the work that a shutdown waits for.
#[derive(Debug, Clone, Default)]
pub struct Lifetime {
    /// Cancelled when the server must stop.
    pub shutdown: CancellationToken,
    /// The open sockets.
    pub sockets: TaskTracker,
    /// The running mutations.
    pub mutations: TaskTracker,
}
