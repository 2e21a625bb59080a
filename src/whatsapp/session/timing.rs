//! Waits and time limits of a session.

use std::time::Duration;

use crate::id::Ids;

/// Waits and time limits of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Longest wait before the first try after a lost connection. Doubled for each further try.
    pub first_retry: Duration,
    /// Longest wait before any try.
    pub longest_retry: Duration,
    /// Time online after which a connection counts as stable: the next loss starts again with the first try.
    pub stable_after: Duration,
    /// Time without any traffic after which a connection is probed with a keep-alive. The library's own keep-alives are
    /// answered every 15 to 30 seconds, so a longer time probes only connections that are dead.
    pub silence: Duration,
    /// Longest wait for the answer to a probe.
    pub probe: Duration,
    /// Longest time for closing a client: work drained, socket closed, keys written.
    pub goodbye: Duration,
}

impl Timing {
    /// Timing for WhatsApp's servers. The longest wait is under a minute, so that a server which comes back finds its
    /// accounts back within one.
    pub const USUAL: Self = Self {
        first_retry: Duration::from_secs(2),
        longest_retry: Duration::from_secs(50),
        stable_after: Duration::from_secs(30),
        silence: Duration::from_secs(40),
        probe: Duration::from_secs(20),
        goodbye: Duration::from_secs(10),
    };

    /// Random wait before try number `attempt`, from 1: between half and all of the wait for that try, so that accounts
    /// which were lost together do not come back together.
    pub(super) fn retry_after(&self, attempt: u32, ids: &Ids) -> Duration {
        let doublings = attempt.saturating_sub(1).min(16);
        let due = self
            .first_retry
            .saturating_mul(1 << doublings)
            .min(self.longest_retry);
        let most = u64::try_from(due.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(ids.between(most / 2, most))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;

    #[test]
    fn waits_double_up_to_the_longest() {
        let ids = Ids::seeded(Arc::new(SystemClock), 1);

        for (attempt, least, most) in [
            (1, 1_000, 2_000),
            (2, 2_000, 4_000),
            (4, 8_000, 16_000),
            (6, 25_000, 50_000),
            (40, 25_000, 50_000),
        ] {
            let wait = Timing::USUAL.retry_after(attempt, &ids).as_millis();

            assert!(
                (least..=most).contains(&wait),
                "try {attempt} waits {wait} ms, between {least} and {most} were wanted"
            );
        }
    }
}
