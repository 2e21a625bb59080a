//! Rate limits: a token bucket per key.
//!
//! A key (an address, a user, both) may do a thing `burst` times at once, and then once in each `per / burst`. One time
//! per key is held, in process, until it has passed: each of several nodes allows the full rate.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use thiserror::Error;

use crate::clock::SharedClock;

/// Number of keys in memory at which those with full buckets are dropped. When no bucket is full, all are dropped,
/// because memory must stay bounded and refusing every key would be worse.
const MAX_KEYS: usize = 100_000;

/// A rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Number of times at once; at least 1.
    pub burst: u32,
    /// Time in which the whole burst is restored.
    pub per: TimeDelta,
}

/// Refusal of something done too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("done too often; possible again in {} s", .retry_after.as_secs_f32().ceil())]
pub struct TooOften {
    /// Time until it may be tried again.
    pub retry_after: Duration,
}

/// Limits the rate of one thing, for many keys.
#[derive(Debug)]
pub struct Limiter {
    clock: SharedClock,
    rate: Rate,
    /// The time at which each key's bucket is full again.
    recovered: Mutex<HashMap<String, DateTime<Utc>>>,
}

impl Limiter {
    /// A limiter with full buckets.
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
        let mut recovered = self.recovered.lock();
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

    /// Undoes one [`Self::spend`] of `key` that must not count.
    pub fn give_back(&self, key: &str) {
        if let Some(at) = self.recovered.lock().get_mut(key) {
            *at -= self.step();
        }
    }

    fn step(&self) -> TimeDelta {
        self.rate.per / i32::try_from(self.rate.burst.max(1)).unwrap_or(i32::MAX)
    }
}

/// Limits the lines that strangers can put into the log, of each network and in all.
#[derive(Debug)]
pub struct LogLimit {
    of_network: Limiter,
    in_all: Limiter,
}

impl LogLimit {
    /// Ten lines a minute of one network, and 300 in all.
    pub fn new(clock: &SharedClock) -> Self {
        let limiter = |burst| {
            let per = TimeDelta::minutes(1);
            Limiter::new(SharedClock::clone(clock), Rate { burst, per })
        };
        Self {
            of_network: limiter(10),
            in_all: limiter(300),
        }
    }

    /// Counts a line about what came from `ip`; false when it must not be written.
    pub fn allows(&self, ip: Option<IpAddr>) -> bool {
        self.of_network.spend(&address_key(ip)).is_ok() && self.in_all.spend("").is_ok()
    }
}

/// The key of an address. One household has 2^64 addresses of IPv6, so those count by their network.
pub fn address_key(ip: Option<IpAddr>) -> String {
    ip.map_or_else(|| "unknown".to_owned(), |ip| network(ip).to_string())
}

/// The network that an address counts as: the /64 of an IPv6 address, else the address itself.
pub fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) if !ip.is_loopback() => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
        ip => ip,
    }
}

/// The site that an address counts as: the /48 of an IPv6 address, of which one customer has all, else the address
/// itself.
pub fn site(ip: IpAddr) -> IpAddr {
    match network(ip) {
        IpAddr::V6(ip) if !ip.is_loopback() => Ipv6Addr::from_bits(ip.to_bits() >> 80 << 80).into(),
        ip => ip,
    }
}

/// The neighbourhood of an address, in which one person's address changes: the /24 of an IPv4 address, the /48 of an IPv6
/// address.
pub fn neighbourhood(ip: IpAddr) -> IpAddr {
    match site(ip) {
        IpAddr::V4(ip) => Ipv4Addr::from_bits(ip.to_bits() >> 8 << 8).into(),
        ip @ IpAddr::V6(_) => ip,
    }
}

/// The key of the site that an address counts as.
pub fn site_key(ip: Option<IpAddr>) -> String {
    address_key(ip.map(site))
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
    fn a_stranger_writes_ten_lines_a_minute_and_a_crowd_three_hundred() {
        let clock: SharedClock = Arc::new(ManualClock::new(DateTime::UNIX_EPOCH));
        let lines = LogLimit::new(&clock);
        let written = |number: u8| {
            (0..20)
                .filter(|_| lines.allows(Some([192, 0, 2, number].into())))
                .count()
        };

        assert_eq!(written(0), 10);
        assert_eq!((1..=100).map(written).sum::<usize>(), 290);
    }

    #[test]
    fn neighbours_in_one_ipv6_network_share_a_key_and_mapped_addresses_are_ipv4() {
        let key = |text: &str| address_key(Some(text.parse().unwrap()));

        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.7"), "192.0.2.7");
        assert_ne!(key("::1"), key("::2"));
        let site = |text: &str| site_key(Some(text.parse().unwrap()));
        assert_eq!(site("2001:db8:1:2::1"), site("2001:db8:1:3::9"));
        assert_ne!(site("2001:db8:1:2::1"), site("2001:db8:2:2::1"));
        assert_eq!(site("192.0.2.7"), "192.0.2.7");
        let around = |text: &str| neighbourhood(text.parse().unwrap()).to_string();
        assert_eq!(around("::ffff:192.0.2.7"), "192.0.2.0");
        assert_eq!(around("2001:db8:1:2::1"), "2001:db8:1::");
    }
}
