//! How long a session waits for what.

use std::time::Duration;

use crate::id::Ids;

/// How long a session waits for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Before the first try after a lost connection, at most. Doubled for each further try.
    pub first_retry: Duration,
    /// Before any try, at most.
    pub longest_retry: Duration,
    /// A connection that lasted this long was a good one: the next loss counts from the first try again.
    pub stable_after: Duration,
    /// A connection on which nothing arrives for this long is asked whether it lives. The library's own questions are
    /// answered every 15 to 30 seconds, so less than that asks for nothing.
    pub silence: Duration,
    /// How long the answer may take.
    pub probe: Duration,
    /// How long saying goodbye may take: work drained, keys written, socket closed.
    pub goodbye: Duration,
}

impl Timing {
    /// What fits WhatsApp's servers. The longest wait is under a minute, so that a server which comes back finds its
    /// accounts back within one.
    pub const USUAL: Self = Self {
        first_retry: Duration::from_secs(2),
        longest_retry: Duration::from_secs(50),
        stable_after: Duration::from_secs(30),
        silence: Duration::from_secs(40),
        probe: Duration::from_secs(20),
        goodbye: Duration::from_secs(10),
    };

    /// How long to wait before try number `attempt`, from 1: between half and all of what is due, so that accounts
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
