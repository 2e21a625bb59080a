//! The absence of Redis: logged once when it begins and once when it ends, however many tasks find out meanwhile.
//!
//! An answer that comes too late now and then is no outage: it is one when the connection is gone, or several answers in a
//! row failed.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;
use tracing::{info, warn};

use super::RedisError;
use crate::telemetry;

/// Time for which nothing is asked after a failure, so that who needs an answer at once does not wait for it again.
const PAUSE: Duration = Duration::from_secs(1);
/// Number of failures in a row that are logged as an outage while there is a connection.
const LOGGED_FAILURES: u32 = 3;
/// Time between the logged beginnings of two outages.
const LOG_INTERVAL: Duration = Duration::from_mins(1);

/// The outage, if there is one now.
#[derive(Debug, Default)]
pub(super) struct Outage {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    current: Option<Current>,
    /// The time at which the beginning of an outage was last logged.
    logged_at: Option<Instant>,
}

#[derive(Debug)]
struct Current {
    since: Instant,
    last_failure: Instant,
    /// Number of failures since it began.
    failures: u32,
    is_logged: bool,
}

impl Outage {
    /// Notes that Redis did not do what it was asked.
    pub(super) fn failed(&self, error: &RedisError) {
        if self.state.lock().begins(error, Instant::now()) {
            let chain = telemetry::chain(error);
            warn!(
                "Redis is away, and is tried again every second; until then each node counts limits by itself, and news of \
                 other nodes comes up to a second later: {chain}"
            );
        }
    }

    /// Notes that Redis answers.
    pub(super) fn worked(&self) {
        let ended = self.state.lock().current.take();
        if let Some(outage) = ended.filter(|outage| outage.is_logged) {
            info!(
                "Redis answers again, after {} s",
                outage.since.elapsed().as_secs()
            );
        }
    }

    /// True when the last failure is so fresh that another try would only cost time.
    pub(super) fn is_fresh(&self) -> bool {
        let state = self.state.lock();
        let current = state.current.as_ref();
        current.is_some_and(|outage| outage.last_failure.elapsed() < PAUSE)
    }
}

impl State {
    /// Notes a failure; returns whether the beginning of the outage is to be logged now.
    fn begins(&mut self, error: &RedisError, now: Instant) -> bool {
        let current = self.current.get_or_insert(Current {
            since: now,
            last_failure: now,
            failures: 0,
            is_logged: false,
        });
        current.last_failure = now;
        current.failures = current.failures.saturating_add(1);
        let is_outage = current.failures >= LOGGED_FAILURES || !error.is_timeout();
        let may_log = self.logged_at.is_none_or(|at| now - at >= LOG_INTERVAL);
        if current.is_logged || !is_outage || !may_log {
            return false;
        }
        current.is_logged = true;
        self.logged_at = Some(now);
        true
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
        outage.state.lock().current.as_mut().unwrap().last_failure -= PAUSE;
        assert!(!outage.is_fresh());
        outage.failed(&RedisError::timeout());
        outage.worked();
        assert!(!outage.is_fresh());
    }

    #[test]
    fn an_answer_that_is_late_now_and_then_is_not_logged() {
        let outage = Outage::default();

        let logged = (0..20).any(|_| {
            let logged = (0..2).any(|_| outage.state.lock().begins(&RedisError::timeout(), Instant::now()));
            outage.worked();
            logged
        });

        assert!(!logged);
    }

    #[test]
    fn an_outage_is_logged_once_and_at_most_one_a_minute() {
        let (mut state, now) = (State::default(), Instant::now());
        let mut failures_at = |now| [(); 4].map(|()| state.begins(&RedisError::timeout(), now));
        assert_eq!(failures_at(now), [false, false, true, false]);

        state.current = None;
        let mut failures_at = |now| [(); 4].map(|()| state.begins(&RedisError::timeout(), now));

        assert_eq!(failures_at(now + LOG_INTERVAL / 2), [false; 4]);
        assert_eq!(failures_at(now + LOG_INTERVAL), [true, false, false, false]);
    }

    #[test]
    fn a_lost_connection_is_logged_at_once() {
        let mut state = State::default();

        assert!(state.begins(&RedisError::disconnected(), Instant::now()));
    }
}
