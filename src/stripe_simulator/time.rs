//! The clocks: one of the machine or one that stands still, and the seconds by which billing runs ahead of it.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// One day, in seconds.
pub(super) const DAY: i64 = 86_400;

/// One hour, in seconds.
pub(super) const HOUR: i64 = 3_600;

/// The longest that time passes at once, in seconds: two years.
pub(super) const LONGEST_ADVANCE: i64 = 2 * 366 * DAY;

/// The clock by which the simulator begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StripeTime {
    /// The clock of this machine. Moving the time moves billing alone; signatures carry the machine's time, as Stripe's
    /// do when a test clock is moved.
    Machine,
    /// A clock that begins at these Unix seconds and stands still until it is moved.
    Fixed(i64),
}

/// The time of the simulator.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Time {
    #[serde(skip)]
    fixed: Option<i64>,
    ahead: i64,
}

impl Time {
    pub(super) fn starting(at: StripeTime) -> Self {
        let mut time = Self {
            fixed: None,
            ahead: 0,
        };
        time.restart(at);
        time
    }

    /// Takes the given clock and keeps the seconds by which billing is ahead.
    pub(super) fn restart(&mut self, at: StripeTime) {
        self.fixed = match at {
            StripeTime::Machine => None,
            StripeTime::Fixed(seconds) => Some(seconds),
        };
    }

    /// The present of servers: signatures, events and keys of idempotency.
    pub(super) fn server(self) -> i64 {
        self.fixed.map_or_else(machine, |start| start + self.ahead)
    }

    /// The present of billing.
    pub(super) fn billing(self) -> i64 {
        self.fixed.unwrap_or_else(machine) + self.ahead
    }

    /// Moves billing forward.
    pub(super) fn advance(&mut self, seconds: i64) {
        self.ahead = self.ahead.saturating_add(seconds);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the simulator is another party with a clock of its own, and this is its only reading"
)]
fn machine() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_on_command_alone() {
        let mut time = Time::starting(StripeTime::Fixed(1_000));

        time.advance(DAY);

        assert_eq!(time.billing(), 1_000 + DAY);
        assert_eq!(time.server(), 1_000 + DAY);
    }

    #[test]
    fn by_the_machine_only_billing_runs_ahead() {
        let mut time = Time::starting(StripeTime::Machine);

        time.advance(DAY);

        assert!((time.billing() - time.server() - DAY).abs() <= 1);
    }
}
