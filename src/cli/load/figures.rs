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
    /// CPU time of all servers; none where the system does not say.
    pub(super) cpu: Option<Duration>,
    pub(super) memory: Option<Memory>,
    pub(super) database: DatabaseFigures,
}

/// The memory of all servers together, in KiB.
#[derive(Debug, Clone, Copy)]
pub(super) struct Memory {
    /// With every account, behind the traffic.
    pub(super) total_kib: u64,
    /// Of as many servers without an account.
    pub(super) idle_kib: u64,
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

    pub(super) fn transactions_per_second(&self) -> f64 {
        real(self.database.transactions) / self.took.as_secs_f64()
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
        real(self.total_kib) / 1_024.0 / f64::from(nodes)
    }

    /// The growth by each of `accounts`.
    pub(super) fn kib_per_account(self, accounts: u32) -> f64 {
        real(self.total_kib.saturating_sub(self.idle_kib)) / f64::from(accounts)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a figure of more than 52 bits is rounded"
)]
const fn real(count: u64) -> f64 {
    count as f64
}
