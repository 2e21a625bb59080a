use std::time::Duration;

/// The limits of connections.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    /// Maximum number of open connections, WebSockets among them.
    pub in_all: usize,
    /// Maximum number of open connections of one address, or one /64 of IPv6. Of addresses that stand for many clients
    /// seven eighths of all may be open: loopback, and with proxies every address.
    pub per_address: usize,
    /// Maximum number of open connections of one /48 of IPv6.
    pub per_site: usize,
    /// Proxies are in front, from whose addresses everybody connects.
    pub has_proxies: bool,
    /// Time within which a client must send the head of a request, counted from the opening of the connection and from
    /// each response.
    pub head_within: Duration,
    /// Time within which a client must read some of what is written to it.
    pub read_within: Duration,
}

impl ConnectionLimits {
    /// Limits for a process that may have `descriptors` open: half of them for connections, the rest for the database,
    /// WhatsApp and files.
    pub fn for_descriptors(descriptors: u64, has_proxies: bool) -> Self {
        let half = usize::try_from(descriptors / 2).unwrap_or(usize::MAX);
        let in_all = half.clamp(64, 10_000);
        let per_address = (in_all / 4).min(256);
        Self {
            in_all,
            per_address,
            per_site: per_address * 2,
            has_proxies,
            head_within: Duration::from_secs(30),
            // Longer than a socket waits, which says why it closes.
            read_within: Duration::from_secs(45),
        }
    }
}
