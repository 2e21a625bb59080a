use std::time::Duration;

use chrono::TimeDelta;

use crate::id::Ids;

/// Random delay before an automatic action is sent, so that it looks human.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delay {
    /// The shortest delay.
    pub soonest: Duration,
    /// The longest delay.
    pub latest: Duration,
}

impl Delay {
    /// Two to twenty seconds, as a person might take.
    pub const USUAL: Self = Self {
        soonest: Duration::from_secs(2),
        latest: Duration::from_secs(20),
    };

    /// No delay; for tests.
    pub const NONE: Self = Self {
        soonest: Duration::ZERO,
        latest: Duration::ZERO,
    };

    /// A delay within the bounds.
    pub(in crate::features) fn draw(self, ids: &Ids) -> TimeDelta {
        let millis = |wait: Duration| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        let drawn = ids.between(millis(self.soonest), millis(self.latest));
        TimeDelta::milliseconds(i64::try_from(drawn).unwrap_or(i64::MAX))
    }
}
