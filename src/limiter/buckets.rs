//! The buckets of one process.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;

use super::{Rate, Shortage};
use crate::clock::SharedClock;

/// Number of keys in memory at which those with full buckets are dropped. When no bucket is full, all are dropped,
/// because memory must stay bounded and refusing every key would be worse.
const MAX_KEYS: usize = 100_000;

/// A bucket per key, counted in this process.
#[derive(Debug)]
pub(super) struct Buckets {
    clock: SharedClock,
    rate: Rate,
    /// The time at which each key's bucket is full again.
    recovered: Mutex<HashMap<String, DateTime<Utc>>>,
}

impl Buckets {
    /// Full buckets.
    pub(super) fn new(clock: SharedClock, rate: Rate) -> Self {
        Self {
            clock,
            rate,
            recovered: Mutex::default(),
        }
    }

    /// Takes `cost` from the bucket of `key`; returns what is left in it. Refused, with nothing taken, when it holds less.
    pub(super) fn take(&self, key: &str, cost: u32) -> Result<u32, Shortage> {
        let now = self.clock.now();
        let mut recovered = self.recovered.lock();
        let at = recovered.get(key).map_or(now, |at| (*at).max(now));
        let after = at
            .checked_add_signed(self.time_of(cost))
            .unwrap_or(DateTime::<Utc>::MAX_UTC);
        if after - now > self.rate.per {
            let wait = after - now - self.rate.per;
            return Err(Shortage {
                left: self.left(at - now),
                retry_after: wait.to_std().unwrap_or_default(),
            });
        }
        make_room(&mut recovered, now);
        recovered.insert(key.to_owned(), after);
        Ok(self.left(after - now))
    }

    /// Undoes [`Self::take`].
    pub(super) fn give_back(&self, key: &str, cost: u32) {
        if let Some(at) = self.recovered.lock().get_mut(key) {
            *at -= self.time_of(cost);
        }
    }

    /// Time in which `cost` is restored.
    fn time_of(&self, cost: u32) -> TimeDelta {
        let cost = i32::try_from(cost).unwrap_or(i32::MAX);
        self.rate.step().checked_mul(cost).unwrap_or(TimeDelta::MAX)
    }

    /// What is left in a bucket that is full after `missing`.
    fn left(&self, missing: TimeDelta) -> u32 {
        let steps = |time: TimeDelta| time.num_microseconds().unwrap_or(i64::MAX);
        let left = steps(self.rate.per - missing) / steps(self.rate.step()).max(1);
        u32::try_from(left).unwrap_or(0).min(self.rate.burst)
    }
}

fn make_room(recovered: &mut HashMap<String, DateTime<Utc>>, now: DateTime<Utc>) {
    if recovered.len() < MAX_KEYS {
        return;
    }
    recovered.retain(|_, at| *at > now);
    if recovered.len() >= MAX_KEYS {
        recovered.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::clock::ManualClock;

    fn five_a_minute() -> (Arc<ManualClock>, Buckets) {
        let clock = Arc::new(ManualClock::new(DateTime::UNIX_EPOCH));
        let rate = Rate {
            burst: 5,
            per: TimeDelta::minutes(1),
        };
        (Arc::clone(&clock), Buckets::new(clock, rate))
    }

    #[test]
    fn the_sixth_time_is_refused_until_the_time_that_the_refusal_names() {
        let (clock, buckets) = five_a_minute();
        let left: Vec<u32> = (0..5).map(|_| buckets.take("alice", 1).unwrap()).collect();

        let refused = buckets.take("alice", 1).unwrap_err();

        assert_eq!(left, [4, 3, 2, 1, 0]);
        assert_eq!((refused.left, refused.retry_after), (0, Duration::from_secs(12)));
        assert_eq!(buckets.take("bob", 1), Ok(4));
        clock.advance(TimeDelta::milliseconds(11_999));
        assert!(buckets.take("alice", 1).is_err());
        clock.advance(TimeDelta::milliseconds(1));
        assert_eq!(buckets.take("alice", 1), Ok(0));
    }

    #[test]
    fn what_is_given_back_can_be_spent_again() {
        let (_, buckets) = five_a_minute();

        for _ in 0..20 {
            buckets.take("alice", 1).unwrap();
            buckets.give_back("alice", 1);
        }

        for _ in 0..5 {
            buckets.take("alice", 1).unwrap();
        }
        assert!(buckets.take("alice", 1).is_err());
    }

    #[test]
    fn a_cost_is_taken_whole_or_not_at_all() {
        let (_, buckets) = five_a_minute();
        buckets.take("alice", 3).unwrap();

        let refused = buckets.take("alice", 4).unwrap_err();

        assert_eq!((refused.left, refused.retry_after), (2, Duration::from_secs(24)));
        assert_eq!(buckets.take("alice", 2), Ok(0));
        assert!(buckets.take("bob", u32::MAX).is_err());
    }

    #[test]
    fn no_crowd_of_keys_fills_the_memory() {
        let (_, buckets) = five_a_minute();

        for key in 0..=MAX_KEYS {
            buckets.take(&key.to_string(), 1).unwrap();
        }

        assert_eq!(buckets.recovered.lock().len(), 1);
    }
}
