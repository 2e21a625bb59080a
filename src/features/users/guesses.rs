//! Guesses at one password by many: slowed more and more, for whoever the owner of the e-mail address never was.
//!
//! A limit on each network does not hold somebody who has thousands of them. So wrong passwords for an address are also
//! counted together, apart for three groups of clients:
//!
//! - strangers, who are everybody else than the following;
//! - the neighbourhood of a network that the address was used from;
//! - a device that shows a refresh token of a session of the user, however old.
//!
//! A crowd of strangers slows strangers down and nobody else: the owner is let in from where they were before. An address
//! that nobody has is known from nowhere, so everybody is a stranger to it, as to an address that was just registered.

use std::collections::HashMap;
use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;

use crate::clock::SharedClock;
use crate::id::SessionId;
use crate::limiter::TooOften;

/// Number of counts in memory at which those that slow nobody down are dropped. When all do, all are dropped, because
/// memory must stay bounded.
const MOST_COUNTS: usize = 100_000;

/// Limits on the wrong passwords for one e-mail address.
#[derive(Debug, Clone, Copy)]
pub struct GuessLimits {
    /// Number of wrong passwords that slow nobody down.
    pub free: u32,
    /// Delay after one more. Each further one doubles it.
    pub first_delay: TimeDelta,
    /// Longest delay.
    pub longest_delay: TimeDelta,
    /// Time without a wrong password after which all of them are forgotten.
    pub forgotten_after: TimeDelta,
}

/// Origin of an attempt to log in, as the owner of the e-mail address knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A device with a refresh token of this session of theirs.
    Device(SessionId),
    /// The neighbourhood of a network that they logged in from.
    Neighbourhood(IpAddr),
    /// Neither.
    Strange,
}

impl Origin {
    /// The key of the attempts as `whom` that count together.
    pub(super) fn key(self, whom: &str) -> String {
        match self {
            Self::Device(session) => format!("{session} {whom}"),
            Self::Neighbourhood(network) => format!("{network} {whom}"),
            Self::Strange => whom.to_owned(),
        }
    }
}

/// Wrong passwords that count together.
#[derive(Debug, Clone, Copy)]
struct Count {
    wrong: u32,
    last_at: DateTime<Utc>,
}

/// Counts wrong passwords.
#[derive(Debug)]
pub(super) struct Guesses {
    clock: SharedClock,
    limits: GuessLimits,
    counts: Mutex<HashMap<String, Count>>,
}

impl Guesses {
    pub(super) fn new(clock: &SharedClock, limits: GuessLimits) -> Self {
        Self {
            clock: SharedClock::clone(clock),
            limits,
            counts: Mutex::default(),
        }
    }

    /// Counts an attempt as wrong.
    ///
    /// # Errors
    /// [`TooOften`] while the delay after the last one runs; then nothing was counted.
    pub(super) fn spend(&self, key: &str) -> Result<(), TooOften> {
        let now = self.clock.now();
        let mut counts = self.counts.lock();
        let known = counts.get(key).filter(|count| !self.is_forgotten(count, now));
        let wrong = known.map_or(0, |count| count.wrong);
        if let Some(count) = known
            && let Ok(retry_after) = (count.last_at + self.delay(wrong) - now).to_std()
            && !retry_after.is_zero()
        {
            return Err(TooOften { retry_after });
        }
        self.make_room(&mut counts, now);
        let count = Count {
            wrong: wrong.saturating_add(1),
            last_at: now,
        };
        counts.insert(key.to_owned(), count);
        Ok(())
    }

    /// Undoes one [`Self::spend`] of an attempt that was not wrong.
    pub(super) fn give_back(&self, key: &str) {
        let mut counts = self.counts.lock();
        if let Some(count) = counts.get_mut(key) {
            count.wrong = count.wrong.saturating_sub(1);
            if count.wrong == 0 {
                counts.remove(key);
            }
        }
    }

    /// The delay after so many wrong passwords.
    fn delay(&self, wrong: u32) -> TimeDelta {
        let Some(doublings) = wrong.checked_sub(self.limits.free.max(1)) else {
            return TimeDelta::zero();
        };
        let factor = 1_i32 << doublings.min(20);
        let delay = self.limits.first_delay.checked_mul(factor);
        delay.map_or(self.limits.longest_delay, |delay| {
            delay.min(self.limits.longest_delay)
        })
    }

    fn is_forgotten(&self, count: &Count, now: DateTime<Utc>) -> bool {
        now - count.last_at >= self.limits.forgotten_after
    }

    fn make_room(&self, counts: &mut HashMap<String, Count>, now: DateTime<Utc>) {
        if counts.len() < MOST_COUNTS {
            return;
        }
        counts.retain(|_, count| count.wrong >= self.limits.free && !self.is_forgotten(count, now));
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

    fn three_free() -> (Arc<ManualClock>, Guesses) {
        let clock = Arc::new(ManualClock::new(DateTime::UNIX_EPOCH));
        let limits = GuessLimits {
            free: 3,
            first_delay: TimeDelta::seconds(10),
            longest_delay: TimeDelta::minutes(1),
            forgotten_after: TimeDelta::hours(1),
        };
        let shared: SharedClock = clock.clone();
        (clock, Guesses::new(&shared, limits))
    }

    fn wait(guesses: &Guesses) -> Duration {
        guesses
            .spend("alice")
            .map_or_else(|refused| refused.retry_after, |()| Duration::ZERO)
    }

    #[test]
    fn each_wrong_password_too_many_doubles_the_delay_up_to_the_longest() {
        let (clock, guesses) = three_free();
        let free = [(); 3].map(|()| wait(&guesses));

        let delays = [(); 5].map(|()| {
            let delay = wait(&guesses);
            clock.advance(TimeDelta::from_std(delay).unwrap());
            assert_eq!(wait(&guesses), Duration::ZERO);
            delay.as_secs()
        });

        assert_eq!(free, [Duration::ZERO; 3]);
        assert_eq!(delays, [10, 20, 40, 60, 60]);
        assert_eq!(guesses.spend("bob"), Ok(()));
    }

    #[test]
    fn what_is_given_back_or_long_ago_slows_nobody_down() {
        let (clock, guesses) = three_free();
        for _ in 0..9 {
            guesses.spend("alice").unwrap();
            guesses.give_back("alice");
        }
        assert!(guesses.counts.lock().is_empty());
        for _ in 0..3 {
            guesses.spend("alice").unwrap();
        }
        assert!(guesses.spend("alice").is_err());

        clock.advance(TimeDelta::hours(1));

        assert_eq!([(); 3].map(|()| wait(&guesses)), [Duration::ZERO; 3]);
    }

    #[test]
    fn a_flood_of_addresses_takes_bounded_memory_and_frees_nobody_who_is_slowed_down() {
        let (_, guesses) = three_free();
        for _ in 0..3 {
            guesses.spend("alice").unwrap();
        }

        for number in 0..=MOST_COUNTS {
            guesses.spend(&format!("u{number}")).unwrap();
        }

        assert!(guesses.counts.lock().len() <= MOST_COUNTS);
        assert!(guesses.spend("alice").is_err());
    }
}
