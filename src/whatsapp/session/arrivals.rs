//! Times at which messages arrived, for how long their decryption takes.

use std::collections::VecDeque;
use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Number of messages whose arrival is remembered. Of a backlog beyond it the first ones are not measured.
const CAPACITY: usize = 64;

/// The arrivals of the messages that the library has not handed over, of one client.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    hasher: RandomState,
    /// The hash of each message's id, and the time of its arrival.
    times: Mutex<VecDeque<(u64, Instant)>>,
}

impl Arrivals {
    /// Notes that the message `id` arrives.
    pub(super) fn add(&self, id: &str) {
        let mut times = self.times.lock();
        if times.len() == CAPACITY {
            times.pop_front();
        }
        times.push_back((self.hasher.hash_one(id), Instant::now()));
    }

    /// The time since the message `id` arrived; none when that is not known.
    pub(super) fn take(&self, id: &str) -> Option<Duration> {
        let hash = self.hasher.hash_one(id);
        let mut times = self.times.lock();
        let at = times.iter().position(|(known, _)| *known == hash)?;
        let (_, arrived) = times.remove(at)?;
        Some(arrived.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_measured_once_and_a_backlog_takes_bounded_room() {
        let arrivals = Arrivals::default();

        for number in 0..2 * CAPACITY {
            arrivals.add(&number.to_string());
        }

        let last = (2 * CAPACITY - 1).to_string();
        assert!(arrivals.take("0").is_none());
        assert!(arrivals.take(&last).is_some() && arrivals.take(&last).is_none());
        assert_eq!(arrivals.times.lock().len(), CAPACITY - 1);
    }
}
