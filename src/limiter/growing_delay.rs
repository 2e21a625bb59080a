use std::time::Duration;

use chrono::TimeDelta;

use super::TooOften;
use super::delays::Delays;
use super::limiters::{Refusals, SharedCounts};
use crate::clock::SharedClock;

/// The delays after failures in a row.
#[derive(Debug, Clone, Copy)]
pub struct DelayGrowth {
    /// Number of failures that slow nobody down; at least 1.
    pub free: u32,
    /// Delay after one more. Each further one doubles it.
    pub first_delay: TimeDelta,
    /// Longest delay.
    pub longest_delay: TimeDelta,
    /// Time without a failure after which all of them are forgotten.
    pub forgotten_after: TimeDelta,
}

/// Slows failures down, for many keys: more and more with each.
#[derive(Debug)]
pub struct GrowingDelay {
    local: Delays,
    shared: Option<SharedCounts>,
    refusals: Refusals,
    growth: DelayGrowth,
}

impl GrowingDelay {
    pub(super) fn new(
        clock: &SharedClock,
        growth: DelayGrowth,
        refusals: Refusals,
        shared: Option<SharedCounts>,
    ) -> Self {
        Self {
            local: Delays::new(clock, growth),
            shared,
            refusals,
            growth,
        }
    }

    /// Counts an attempt as failed. Waits for other nodes' counts at most 50 ms.
    ///
    /// # Errors
    /// [`TooOften`] while the delay after the last one runs; then nothing was counted.
    pub async fn spend(&self, key: &str) -> Result<(), TooOften> {
        self.refusals.count(self.spend_uncounted(key).await)
    }

    async fn spend_uncounted(&self, key: &str) -> Result<(), TooOften> {
        let former = self.local.spend(key)?;
        let Some(retry_after) = self.count_shared(key, 1).await.filter(|wait| !wait.is_zero()) else {
            return Ok(());
        };
        self.local.restore(key, former);
        Err(TooOften { retry_after })
    }

    /// Undoes one [`Self::spend`] of an attempt that did not fail.
    pub async fn give_back(&self, key: &str) {
        self.local.give_back(key);
        let _ = self.count_shared(key, -1).await;
    }

    /// Counts in Redis, and returns the time to wait; none while Redis is away.
    async fn count_shared(&self, key: &str, number: i64) -> Option<Duration> {
        let DelayGrowth {
            free,
            first_delay,
            longest_delay,
            forgotten_after,
        } = self.growth;
        let args = [
            number,
            i64::from(free.max(1)),
            first_delay.num_microseconds()?,
            longest_delay.num_microseconds()?,
            forgotten_after.num_microseconds()?,
        ];
        let answer = self.shared.as_ref()?.run(key, &args).await?;
        let wait_us = answer.first().and_then(|wait_us| u64::try_from(*wait_us).ok());
        Some(Duration::from_micros(wait_us?))
    }
}
