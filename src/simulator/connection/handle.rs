//! The handle of an open connection, and the commands that its task receives.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use wacore_binary::Node;

/// Stanzas that may wait for one client. A client that leaves more unread loses them on this connection; what it has
/// not acknowledged is delivered again when it reconnects.
const CAPACITY: usize = 1 << 16;

/// A command to the connection's task.
pub(super) enum Command {
    /// Sends this stanza.
    Send(Node),
    /// Drops the connection without a stream error.
    Disconnect,
}

/// The sending end of a connection.
#[derive(Clone)]
pub(crate) struct Handle {
    /// The connection's number, unique in the process.
    pub(crate) id: u64,
    commands: mpsc::Sender<Command>,
    stalled_until: Arc<watch::Sender<Instant>>,
    /// True once the client has asked for its messages.
    pub(crate) is_active: bool,
    /// True while the client says that its user is available.
    pub(crate) is_available: bool,
}

/// The receiving end, held by the connection's task.
pub(super) struct Commands {
    pub(super) queue: mpsc::Receiver<Command>,
    pub(super) stalled_until: watch::Receiver<Instant>,
}

impl Handle {
    pub(super) fn open(id: u64) -> (Self, Commands) {
        let (sender, queue) = mpsc::channel(CAPACITY);
        let (stall, stalled_until) = watch::channel(Instant::now());
        let handle = Self {
            id,
            commands: sender,
            stalled_until: Arc::new(stall),
            is_active: false,
            is_available: false,
        };
        let commands = Commands { queue, stalled_until };
        (handle, commands)
    }

    /// Queues a stanza. It is dropped when the queue is full or the connection has ended.
    pub(crate) fn send(&self, node: Node) {
        let _ = self.commands.try_send(Command::Send(node));
    }

    /// Drops the connection.
    pub(crate) fn disconnect(&self) {
        let _ = self.commands.try_send(Command::Disconnect);
    }

    /// Leaves the socket open, but neither sends nor reads for this time.
    pub(crate) fn stall(&self, time: Duration) {
        self.stalled_until.send_replace(Instant::now() + time);
    }

    /// True when the socket is gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.commands.is_closed()
    }

    /// Waits until this many stanzas fit into the queue, or the socket is gone.
    pub(crate) async fn wait_for_capacity(&self, count: usize) {
        let _ = self.commands.reserve_many(count).await;
    }
}
