//! The open connection of one client, as the rest of the server sees it: somewhere to put stanzas.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use wacore_binary::Node;

/// How many stanzas may wait for one client. A client that leaves more unread is cut off, as a real server would;
/// what it has not acknowledged is delivered again when it returns.
const CAPACITY: usize = 1 << 16;

/// What the socket's task is told to do.
pub(super) enum Order {
    /// Send this.
    Send(Node),
    /// Drop the connection without a word.
    Cut,
}

/// The sending end of a connection.
#[derive(Clone)]
pub(super) struct Line {
    /// Tells connections apart.
    pub(super) id: u64,
    orders: mpsc::Sender<Order>,
    stalled_until: Arc<watch::Sender<Instant>>,
    /// Whether the client has asked for its messages.
    pub(super) is_active: bool,
    /// Whether the client says that its user is there.
    pub(super) is_available: bool,
}

/// The receiving end, which the socket's task holds.
pub(super) struct LineEnd {
    pub(super) orders: mpsc::Receiver<Order>,
    pub(super) stalled_until: watch::Receiver<Instant>,
}

impl Line {
    pub(super) fn open(id: u64) -> (Self, LineEnd) {
        let (orders, received) = mpsc::channel(CAPACITY);
        let (stall, stalled_until) = watch::channel(Instant::now());
        let line = Self {
            id,
            orders,
            stalled_until: Arc::new(stall),
            is_active: false,
            is_available: false,
        };
        let end = LineEnd {
            orders: received,
            stalled_until,
        };
        (line, end)
    }

    /// Hands a stanza to the socket; one that cannot take it is about to end.
    pub(super) fn send(&self, node: Node) {
        let _ = self.orders.try_send(Order::Send(node));
    }

    /// Drops the connection.
    pub(super) fn cut(&self) {
        let _ = self.orders.try_send(Order::Cut);
    }

    /// Leaves the socket open, but neither sends nor reads for a while.
    pub(super) fn stall(&self, time: Duration) {
        self.stalled_until.send_replace(Instant::now() + time);
    }

    /// Whether the socket is gone.
    pub(super) fn is_closed(&self) -> bool {
        self.orders.is_closed()
    }

    /// Waits until this many stanzas may be handed over at once, or the socket is gone.
    pub(super) async fn make_room(&self, count: usize) {
        let _ = self.orders.reserve_many(count).await;
    }
}
