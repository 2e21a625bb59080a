//! The failures that one process counted.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;

use super::{DelayGrowth, TooOften};
use crate::clock::SharedClock;

/// Number of counts in memory at which those that slow nobody down are dropped. When all do, all are dropped, because
/// memory must stay bounded.
const MOST_COUNTS: usize = 100_000;

/// Failures that count together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Count {
    failed: u32,
    last_at: DateTime<Utc>,
}

/// Failures per key, counted in this process.
#[derive(Debug)]
pub(super) struct Delays {
    clock: SharedClock,
    growth: DelayGrowth,
    counts: Mutex<HashMap<String, Count>>,
}

impl Delays {
    pub(super) fn new(clock: &SharedClock, growth: DelayGrowth) -> Self {
        Self {
            clock: SharedClock::clone(clock),
            growth,
            counts: Mutex::default(),
        }
    }

    /// Counts an attempt as failed; returns the count before it, if there was one.
    ///
    /// # Errors
    /// [`TooOften`] while the delay after the last one runs; then nothing was counted.
    pub(super) fn spend(&self, key: &str) -> Result<Option<Count>, TooOften> {
        let now = self.clock.now();
        let mut counts = self.counts.lock();
        let known = counts.get(key).copied();
        let known = known.filter(|count| !self.is_forgotten(count, now));
        let failed = known.map_or(0, |count| count.failed);
        if let Some(count) = known
            && let Ok(retry_after) = (count.last_at + self.delay(failed) - now).to_std()
            && !retry_after.is_zero()
        {
            return Err(TooOften { retry_after });
        }
        self.make_room(&mut counts, now);
        let count = Count {
            failed: failed.saturating_add(1),
            last_at: now,
        };
        counts.insert(key.to_owned(), count);
        Ok(known)
    }

    /// Undoes one [`Self::spend`], which returned `former`, of an attempt that was refused elsewhere: its time does not
    /// count either.
    pub(super) fn restore(&self, key: &str, former: Option<Count>) {
        self.give_back(key);
        if let Some(count) = self.counts.lock().get_mut(key)
            && let Some(former) = former
            // Otherwise another attempt was counted meanwhile.
            && count.failed == former.failed
        {
            *count = former;
        }
    }

    /// Undoes one [`Self::spend`] of an attempt that did not fail.
    pub(super) fn give_back(&self, key: &str) {
        let mut counts = self.counts.lock();
        if let Some(count) = counts.get_mut(key) {
            count.failed = count.failed.saturating_sub(1);
            if count.failed == 0 {
                counts.remove(key);
            }
        }
    }

    /// The delay after so many failures.
    fn delay(&self, failed: u32) -> TimeDelta {
        let Some(doublings) = failed.checked_sub(self.growth.free.max(1)) else {
            return TimeDelta::zero();
        };
        let factor = 1_i32 << doublings.min(20);
        let delay = self.growth.first_delay.checked_mul(factor);
        delay.map_or(self.growth.longest_delay, |delay| {
            delay.min(self.growth.longest_delay)
        })
    }

    fn is_forgotten(&self, count: &Count, now: DateTime<Utc>) -> bool {
        now - count.last_at >= self.growth.forgotten_after
    }

    fn make_room(&self, counts: &mut HashMap<String, Count>, now: DateTime<Utc>) {
        if counts.len() < MOST_COUNTS {
            return;
        }
        counts.retain(|_, count| count.failed >= self.growth.free && !self.is_forgotten(count, now));
        if counts.len() >= MOST_COUNTS {
            counts.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::clock::ManualClock;

    fn three_free() -> (Arc<ManualClock>, Delays) {
        let clock = Arc::new(ManualClock::new(DateTime::UNIX_EPOCH));
        let growth = DelayGrowth {
            free: 3,
            first_delay: TimeDelta::seconds(10),
            longest_delay: TimeDelta::minutes(1),
            forgotten_after: TimeDelta::hours(1),
        };
        let shared: SharedClock = clock.clone();
        (clock, Delays::new(&shared, growth))
    }

    fn wait(delays: &Delays) -> Duration {
        delays
            .spend("alice")
            .map_or_else(|refused| refused.retry_after, |_| Duration::ZERO)
    }

    #[test]
    fn each_failure_too_many_doubles_the_delay_up_to_the_longest() {
        let (clock, delays) = three_free();
        let free = [(); 3].map(|()| wait(&delays));

        let waited = [(); 5].map(|()| {
            let delay = wait(&delays);
            clock.advance(TimeDelta::from_std(delay).unwrap());
            assert_eq!(wait(&delays), Duration::ZERO);
            delay.as_secs()
        });

        assert_eq!(free, [Duration::ZERO; 3]);
        assert_eq!(waited, [10, 20, 40, 60, 60]);
        assert_eq!(delays.spend("bob"), Ok(None));
    }

    #[test]
    fn what_is_given_back_or_long_ago_slows_nobody_down() {
        let (clock, delays) = three_free();
        for _ in 0..9 {
            delays.spend("alice").unwrap();
            delays.give_back("alice");
        }
        assert!(delays.counts.lock().is_empty());
        for _ in 0..3 {
            delays.spend("alice").unwrap();
        }
        assert!(delays.spend("alice").is_err());

        clock.advance(TimeDelta::hours(1));

        assert_eq!([(); 3].map(|()| wait(&delays)), [Duration::ZERO; 3]);
    }

    #[test]
    fn a_refused_attempt_begins_no_delay() {
        let (clock, delays) = three_free();
        for _ in 0..4 {
            clock.advance(TimeDelta::seconds(10));
            delays.spend("alice").unwrap();
        }
        clock.advance(TimeDelta::seconds(20));

        for _ in 0..3 {
            let former = delays.spend("alice").unwrap();
            delays.restore("alice", former);
        }

        assert_eq!(wait(&delays), Duration::ZERO);
        assert_eq!(wait(&delays), Duration::from_secs(40));
    }

    #[test]
    fn a_flood_of_addresses_takes_bounded_memory_and_frees_nobody_who_is_slowed_down() {
        let (_, delays) = three_free();
        for _ in 0..3 {
            delays.spend("alice").unwrap();
        }

        for number in 0..=MOST_COUNTS {
            delays.spend(&format!("u{number}")).unwrap();
        }

        assert!(delays.counts.lock().len() <= MOST_COUNTS);
        assert!(delays.spend("alice").is_err());
    }
}
