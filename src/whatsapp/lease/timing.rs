use std::time::Duration;

/// Durations of leases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseTiming {
    /// Time from a claim or renewal after which another node can claim the lease.
    pub ttl: Duration,
    /// Time before that at which the session closes its socket.
    pub margin: Duration,
    /// Time between two renewals, and between two looks for what others ask for and leave behind.
    pub round: Duration,
    /// Most accounts that a node hands over in one round when others have fewer.
    pub moves_at_once: usize,
}

impl LeaseTiming {
    /// Timing in service: the accounts of a node that died are online elsewhere within 10 seconds. A database that is away
    /// for longer than five ends the connections to WhatsApp.
    pub const USUAL: Self = Self {
        ttl: Duration::from_secs(6),
        margin: Duration::from_secs(1),
        round: Duration::from_secs(1),
        moves_at_once: 2,
    };

    /// Time from before a claim or renewal was asked for until the socket is closed.
    pub(in crate::whatsapp) fn held_for(&self) -> Duration {
        self.ttl.saturating_sub(self.margin)
    }
}
