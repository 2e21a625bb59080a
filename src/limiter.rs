//! How often somebody may do something: a bucket per key that empties and fills again.
//!
//! A key (an address, a user, both) may do a thing `burst` times at once, and then once in each `per / burst`. What is
//! kept is one moment per key, and only until it has passed. It is kept in process: several nodes allow each their
//! own share.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use thiserror::Error;

use crate::clock::SharedClock;

/// How many keys are remembered before those that have recovered are dropped; if none have, all are, because memory
/// must end somewhere and refusing everybody would be worse.
const MOST_KEYS: usize = 100_000;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many times at once; at least 1.
    pub burst: u32,
    /// In how long as many become possible again.
    pub per: TimeDelta,
}

/// It was done too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("done too often; possible again in {} s", .retry_after.as_secs_f32().ceil())]
pub struct TooOften {
    /// When it may be tried again.
    pub retry_after: Duration,
}

/// Counts one thing for many keys.
#[derive(Debug)]
pub struct Limiter {
    clock: SharedClock,
    rate: Rate,
    /// When each key's bucket is full again.
    recovered: Mutex<HashMap<String, DateTime<Utc>>>,
}

impl Limiter {
    /// A limiter that has seen nobody.
    pub fn new(clock: SharedClock, rate: Rate) -> Self {
        Self {
            clock,
            rate,
            recovered: Mutex::default(),
        }
    }

    /// Counts once for `key`.
    ///
    /// # Errors
    /// [`TooOften`] when the bucket is empty; then nothing was counted.
    pub fn spend(&self, key: &str) -> Result<(), TooOften> {
        let now = self.clock.now();
        let mut recovered = self.recovered();
        let at = recovered.get(key).map_or(now, |at| (*at).max(now));
        let full = self.rate.per - self.step();
        if let Ok(retry_after) = (at - now - full).to_std()
            && !retry_after.is_zero()
        {
            return Err(TooOften { retry_after });
        }
        make_room(&mut recovered, now);
        recovered.insert(key.to_owned(), at + self.step());
        Ok(())
    }

    /// Takes one count for `key` back: it turned out not to matter.
    pub fn give_back(&self, key: &str) {
        if let Some(at) = self.recovered().get_mut(key) {
            *at -= self.step();
        }
    }

    fn step(&self) -> TimeDelta {
        self.rate.per / i32::try_from(self.rate.burst.max(1)).unwrap_or(i32::MAX)
    }

    fn recovered(&self) -> MutexGuard<'_, HashMap<String, DateTime<Utc>>> {
        self.recovered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The key of an address. One household has 2^64 addresses of IPv6, so those count by their network.
pub fn address_key(ip: Option<IpAddr>) -> String {
    ip.map_or_else(|| "unknown".to_owned(), |ip| network(ip).to_string())
}

/// Where an address counts: by itself, or by its network where one household has the whole of it.
pub fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) if !ip.is_loopback() => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
        ip => ip,
    }
}

fn make_room(recovered: &mut HashMap<String, DateTime<Utc>>, now: DateTime<Utc>) {
    if recovered.len() < MOST_KEYS {
        return;
    }
    recovered.retain(|_, at| *at > now);
    if recovered.len() >= MOST_KEYS {
        recovered.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::ManualClock;

    fn five_a_minute() -> (Arc<ManualClock>, Limiter) {
        let clock = Arc::new(ManualClock::new(DateTime::UNIX_EPOCH));
        let rate = Rate {
            burst: 5,
            per: TimeDelta::minutes(1),
        };
        (Arc::clone(&clock), Limiter::new(clock, rate))
    }

    #[test]
    fn the_sixth_time_is_refused_until_the_time_that_the_refusal_names() {
        let (clock, limiter) = five_a_minute();
        for _ in 0..5 {
            limiter.spend("alice").unwrap();
        }

        let refused = limiter.spend("alice").unwrap_err();

        assert_eq!(refused.retry_after, Duration::from_secs(12));
        assert_eq!(limiter.spend("bob"), Ok(()));
        clock.advance(TimeDelta::milliseconds(11_999));
        assert!(limiter.spend("alice").is_err());
        clock.advance(TimeDelta::milliseconds(1));
        assert_eq!(limiter.spend("alice"), Ok(()));
    }

    #[test]
    fn what_is_given_back_can_be_spent_again() {
        let (_, limiter) = five_a_minute();

        for _ in 0..20 {
            limiter.spend("alice").unwrap();
            limiter.give_back("alice");
        }

        for _ in 0..5 {
            limiter.spend("alice").unwrap();
        }
        assert!(limiter.spend("alice").is_err());
    }

    #[test]
    fn neighbours_in_one_ipv6_network_share_a_key_and_mapped_addresses_are_ipv4() {
        let key = |text: &str| address_key(Some(text.parse().unwrap()));

        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.7"), "192.0.2.7");
        assert_ne!(key("::1"), key("::2"));
    }
}
