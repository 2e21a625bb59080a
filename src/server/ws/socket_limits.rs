use std::time::Duration;

/// The limits of sockets.
#[derive(Debug, Clone, Copy)]
pub struct SocketLimits {
    /// Maximum number of open sockets of a user; a client that is not signed in counts by address.
    pub per_user: usize,
    /// Maximum number of operations that run on a socket.
    pub subscriptions: usize,
    /// Maximum number of subscriptions of a user over all sockets; a client that is not signed in counts by address.
    pub subscriptions_per_user: usize,
    /// Maximum length of a client's message.
    pub message_bytes: usize,
    /// Number of events that a client may be behind on a shared subscription.
    pub backlog: usize,
    /// Time within which a client must send `connection_init`.
    pub init_within: Duration,
    /// Interval of pings; a client has as long again to answer one.
    pub ping_every: Duration,
    /// Time within which a client must read what was written to it.
    pub read_within: Duration,
}

impl SocketLimits {
    /// Limits that serve browsers with many tabs and keep the server's memory bounded.
    pub const STANDARD: Self = Self {
        per_user: 50,
        subscriptions: 100,
        subscriptions_per_user: 100,
        message_bytes: 256 * 1024,
        backlog: 128,
        init_within: Duration::from_secs(10),
        ping_every: Duration::from_secs(20),
        read_within: Duration::from_secs(30),
    };

    /// The same limits with another number of sockets of a user, and twice as many subscriptions.
    #[must_use]
    pub fn with_sockets(self, per_user: u32) -> Self {
        let per_user = usize::try_from(per_user).unwrap_or(usize::MAX);
        Self {
            per_user,
            subscriptions_per_user: per_user.saturating_mul(2),
            ..self
        }
    }
}
