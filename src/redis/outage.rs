//! The absence of Redis: logged once when it begins and once when it ends, however many tasks find out meanwhile.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;
use tracing::{info, warn};

use super::RedisError;
use crate::telemetry;

/// Time for which nothing is asked after a failure, so that who needs an answer at once does not wait for it again.
const PAUSE: Duration = Duration::from_secs(1);

/// The outage, if there is one now.
#[derive(Debug, Default)]
pub(super) struct Outage {
    current: Mutex<Option<Current>>,
}

#[derive(Debug)]
struct Current {
    since: Instant,
    last_failure: Instant,
}

impl Outage {
    /// Notes that Redis did not do what it was asked.
    pub(super) fn failed(&self, error: &RedisError) {
        let now = Instant::now();
        let mut current = self.current.lock();
        match current.as_mut() {
            Some(outage) => outage.last_failure = now,
            None => {
                *current = Some(Current {
                    since: now,
                    last_failure: now,
                });
                drop(current);
                let chain = telemetry::chain(error);
                warn!(
                    "Redis is away, and is tried again every second; until then each node counts limits by itself, and news of \
                     other nodes comes up to a second later: {chain}"
                );
            }
        }
    }

    /// Notes that Redis answers.
    pub(super) fn worked(&self) {
        let ended = self.current.lock().take();
        if let Some(outage) = ended {
            info!(
                "Redis answers again, after {} s",
                outage.since.elapsed().as_secs()
            );
        }
    }

    /// True when the last failure is so fresh that another try would only cost time.
    pub(super) fn is_fresh(&self) -> bool {
        let current = self.current.lock();
        current
            .as_ref()
            .is_some_and(|outage| outage.last_failure.elapsed() < PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_failure_nothing_is_asked_for_a_second() {
        let outage = Outage::default();
        assert!(!outage.is_fresh());

        outage.failed(&RedisError::timeout());

        assert!(outage.is_fresh());
        outage.current.lock().as_mut().unwrap().last_failure -= PAUSE;
        assert!(!outage.is_fresh());
        outage.failed(&RedisError::timeout());
        outage.worked();
        assert!(!outage.is_fresh());
    }
}
