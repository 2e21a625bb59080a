use std::time::Duration;

/// What was measured with one number of servers.
#[derive(Debug, Clone)]
pub(super) struct Figures {
    pub(super) nodes: u8,
    /// Time from the start of the servers until every account was online.
    pub(super) online_after: Duration,
    /// Events that the servers committed, so that WhatsApp was acknowledged.
    pub(super) committed: u32,
    /// Time from the first of them to the last acknowledgement.
    pub(super) took: Duration,
    /// Time from the sending of each event to its subscriber's hearing of it, the shortest first.
    pub(super) delays: Vec<Duration>,
    /// Events that no subscriber heard.
    pub(super) unheard: usize,
    /// Events that a subscriber heard again.
    pub(super) doubled: usize,
    /// Time from the kill of a server until every account was online again; none when none was killed.
    pub(super) online_again_after: Option<Duration>,
    /// CPU time of all servers; none where the system does not say, or when one was killed.
    pub(super) cpu: Option<Duration>,
    pub(super) memory: Option<Memory>,
    pub(super) database: DatabaseFigures,
}

/// The memory of all servers together, in KiB.
#[derive(Debug, Clone, Copy)]
pub(super) struct Memory {
    /// With every account, behind the traffic.
    pub(super) total: u64,
    /// With every account online, before the traffic.
    pub(super) online: u64,
    /// Of as many servers without an account.
    pub(super) idle: u64,
}

/// What the servers cost the database.
#[derive(Debug, Clone, Copy)]
pub(super) struct DatabaseFigures {
    pub(super) transactions: u64,
    pub(super) wal_bytes: u64,
    pub(super) connections: u64,
    /// CPU time; none where the system does not say.
    pub(super) cpu: Option<Duration>,
}

impl Figures {
    pub(super) fn events_per_second(&self) -> f64 {
        f64::from(self.committed) / self.took.as_secs_f64()
    }

    /// The delay that this many of a hundred events did not exceed; none when nothing was heard.
    pub(super) fn delay_ms(&self, of_hundred: usize) -> Option<f64> {
        let at = self.delays.len().checked_sub(1)? * of_hundred / 100;
        Some(self.delays[at].as_secs_f64() * 1_000.0)
    }

    pub(super) fn transactions_per_event(&self) -> f64 {
        real(self.database.transactions) / f64::from(self.committed)
    }

    pub(super) fn wal_kib_per_event(&self) -> f64 {
        real(self.database.wal_bytes) / 1_024.0 / f64::from(self.committed)
    }

    /// Milliseconds of a CPU for each event, of `cpu` time in all.
    pub(super) fn ms_per_event(&self, cpu: Option<Duration>) -> Option<f64> {
        Some(cpu?.as_secs_f64() * 1_000.0 / f64::from(self.committed))
    }
}

impl Memory {
    pub(super) fn mib_per_node(self, nodes: u8) -> f64 {
        real(self.total) / 1_024.0 / f64::from(nodes)
    }

    /// The growth by each of `accounts`, behind the traffic.
    pub(super) fn kib_per_account(self, accounts: u32) -> f64 {
        real(self.total.saturating_sub(self.idle)) / f64::from(accounts)
    }

    /// The growth by each of `accounts` that is online and has not received anything.
    pub(super) fn kib_per_idle_account(self, accounts: u32) -> f64 {
        real(self.online.saturating_sub(self.idle)) / f64::from(accounts)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a figure of more than 52 bits is rounded"
)]
const fn real(count: u64) -> f64 {
    count as f64
}
