use std::net::IpAddr;

use chrono::TimeDelta;

use super::buckets::Buckets;
use super::{Rate, address_key};
use crate::clock::SharedClock;

/// Limits the lines that strangers can put into the log of this process, of each network and in all.
#[derive(Debug)]
pub struct LogLimit {
    of_network: Buckets,
    in_all: Buckets,
}

impl LogLimit {
    /// Ten lines a minute of one network, and 300 in all.
    pub fn new(clock: &SharedClock) -> Self {
        let limiter = |burst| {
            let per = TimeDelta::minutes(1);
            Buckets::new(SharedClock::clone(clock), Rate { burst, per })
        };
        Self {
            of_network: limiter(10),
            in_all: limiter(300),
        }
    }

    /// Counts a line about what came from `ip`; false when it must not be written.
    pub fn allows(&self, ip: Option<IpAddr>) -> bool {
        self.of_network.take(&address_key(ip), 1).is_ok() && self.in_all.take("", 1).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::DateTime;

    use super::*;
    use crate::clock::ManualClock;

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
}
