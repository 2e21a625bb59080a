use std::time::Duration;

use chrono::TimeDelta;
use thiserror::Error;

/// A rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Number of times at once; at least 1.
    pub burst: u32,
    /// Time in which the whole burst is restored.
    pub per: TimeDelta,
}

impl Rate {
    /// Time in which one time is restored.
    pub(super) fn step(self) -> TimeDelta {
        self.per / i32::try_from(self.burst.max(1)).unwrap_or(i32::MAX)
    }
}

/// Refusal of something done too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("done too often; possible again in {} s", .retry_after.as_secs_f32().ceil())]
pub struct TooOften {
    /// Time until it may be tried again.
    pub retry_after: Duration,
}

/// Refusal of a cost that a bucket does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortage {
    /// The cost that the bucket holds.
    pub left: u32,
    /// Time until it holds enough.
    pub retry_after: Duration,
}
